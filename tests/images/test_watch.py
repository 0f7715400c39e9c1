"""Watching: what happens is told to those who may see it, once, without gaps, and again when missed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from imaging import database
from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import InvalidInput, Overloaded
from imaging.images.edit import Editor, ImageChange
from imaging.images.filter import ImageFilter
from imaging.images.models import Image, ImageState, Visibility
from imaging.images.trash import Trash
from imaging.images.watch import REPLAY_BATCH, ImageEvent, ImageWatch
from imaging.journal import events
from imaging.journal.models import Event, EventKind
from tests.rows import PUBLIC, add_image
from tests.statements import counted

SECRET = b"a secret of thirty-two bytes ..."


@pytest.fixture
async def watch(db: str, wakeups: LocalWakeups) -> AsyncIterator[ImageWatch]:
    opened = ImageWatch(wakeups, SECRET)
    yield opened
    await opened.close()


class Watcher:
    """Somebody who writes down what they are told."""

    def __init__(self, watch: ImageWatch, viewer: Viewer, **asked: Any) -> None:
        self.told: list[ImageEvent] = []
        self.asked = (watch, viewer, asked)
        self.heard = asyncio.Event()
        self.task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        watch, viewer, asked = self.asked
        async with aclosing(watch.follow(viewer, **asked)) as follow:
            async for event in follow:
                self.told.append(event)
                self.heard.set()

    async def hears_at_least(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.told) < count:
                self.heard.clear()
                await self.heard.wait()

    async def hears(self, *kinds: str) -> list[ImageEvent]:
        """Wait until exactly these kinds of events were told, and no more come."""
        await self.hears_at_least(len(kinds))
        await asyncio.sleep(0.03)
        assert [event.kind.name for event in self.told] == list(kinds)
        return self.told

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait((self.task,))


@pytest.fixture
async def watching(watch: ImageWatch) -> AsyncIterator[Callable[..., Any]]:
    """Lets people watch until the test is over; returns when they do."""
    watchers: list[Watcher] = []

    async def begin(viewer: Viewer, **asked: Any) -> Watcher:
        watchers.append(Watcher(watch, viewer, **asked))
        await asyncio.sleep(0.05)
        return watchers[-1]

    yield begin
    for watcher in watchers:
        await watcher.leave()


async def happens(owner: Viewer, wakeups: LocalWakeups, **values: Any) -> Image:
    """An image appears."""
    async with database.transaction():
        image = await add_image(owner, **values)
        public = image.is_public
        await events.record(EventKind.CREATED, image.id, image.owner_id, public_before=False, public_after=public)
    wakeups.announce(events.TOPIC)
    return image


async def test_what_happens_is_told_with_the_image_as_it_is_now(
    watching: Any, owner: Viewer, wakeups: LocalWakeups
) -> None:
    watcher = await watching(owner)
    image = await happens(owner, wakeups)
    await watcher.hears("CREATED")
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"title": "New"})])
    await watcher.hears("CREATED", "UPDATED")
    await Trash(wakeups).trash(owner, [image.id])
    await watcher.hears("CREATED", "UPDATED", "TRASHED")
    await Trash(wakeups).restore(owner, [image.id])
    await watcher.hears("CREATED", "UPDATED", "TRASHED", "RESTORED")
    await Trash(wakeups).delete(owner, [image.id])
    told = await watcher.hears("CREATED", "UPDATED", "TRASHED", "RESTORED", "REMOVED")
    assert told[1].image is not None
    assert told[1].image.title == "New"
    assert (told[4].image, told[4].image_id) == (None, image.id)


async def test_only_what_one_may_see_is_told(
    watching: Any, owner: Viewer, stranger: Viewer, admin: Viewer, wakeups: LocalWakeups
) -> None:
    watchers = [await watching(viewer) for viewer in (owner, stranger, ANONYMOUS, admin)]
    hidden, shown = await happens(owner, wakeups), await happens(owner, wakeups, **PUBLIC)
    told = [
        [event.image_id for event in await watchers[index].hears(*["CREATED"] * count)]
        for index, count in enumerate((2, 1, 1, 2))
    ]
    assert told == [[hidden.id, shown.id], [shown.id], [shown.id], [hidden.id, shown.id]]


@pytest.mark.parametrize("deed", ["make private", "trash", "delete"])
async def test_an_image_that_leaves_ones_sight_gives_one_removed_with_its_id_alone(
    watching: Any, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups, deed: str
) -> None:
    image = await happens(owner, wakeups, **PUBLIC)
    watcher = await watching(stranger)
    editor, trash = Editor(wakeups), Trash(wakeups)
    if deed == "make private":
        await editor.update(owner, [ImageChange(image.id, {"visibility": Visibility.PRIVATE})])
    elif deed == "trash":
        await trash.trash(owner, [image.id])
    if deed != "delete":
        await editor.update(owner, [ImageChange(image.id, {"title": "secret"})])
    await trash.delete(owner, [image.id])
    [event] = await watcher.hears("REMOVED")
    assert (event.image, event.image_id) == (None, image.id)


async def test_an_image_that_comes_into_sight_is_told_whole(
    watching: Any, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    image = await happens(owner, wakeups)
    watcher = await watching(stranger)
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"visibility": Visibility.PUBLIC})])
    [event] = await watcher.hears("UPDATED")
    assert event.image is not None
    assert event.image.id == image.id


async def test_a_replay_is_authorised_by_present_rights(
    watching: Any, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    first = await watching(stranger)
    begin = await happens(owner, wakeups, **PUBLIC)
    [seen] = await first.hears("CREATED")
    image = await happens(owner, wakeups, **PUBLIC)
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"visibility": Visibility.PRIVATE})])
    again = await watching(stranger, after=seen.cursor)
    told = await again.hears("REMOVED")
    assert [event.image_id for event in told] == [image.id]
    assert begin.id != image.id


async def test_a_filter_is_applied_to_the_image_as_it_is_now(
    watching: Any, owner: Viewer, wakeups: LocalWakeups
) -> None:
    cats = await watching(owner, filter=ImageFilter(tags_any=("cat",)))
    await happens(owner, wakeups)
    image = await happens(owner, wakeups, tags=["Cat"])
    await cats.hears("CREATED")
    editor = Editor(wakeups)
    for tags in (["dog"], ["dog", "x"], ["cat"]):
        await editor.update(owner, [ImageChange(image.id, {"tags": tags})])
        await asyncio.sleep(0.05)
    await cats.hears("CREATED", "REMOVED", "UPDATED")


async def test_what_can_never_fit_a_filter_is_not_told_of(watching: Any, owner: Viewer, wakeups: LocalWakeups) -> None:
    films = await watching(owner, filter=ImageFilter(animated=True))
    image = await happens(owner, wakeups)
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"title": "x"})])
    await films.hears()
    assert films.told == []


async def test_only_the_images_asked_for_are_told_of(watching: Any, owner: Viewer, wakeups: LocalWakeups) -> None:
    one, other = await happens(owner, wakeups), await happens(owner, wakeups)
    watcher = await watching(owner, ids=[one.id])
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"title": "x"}) for image in (other, one)])
    [event] = await watcher.hears("UPDATED")
    assert event.image_id == one.id


async def test_a_cursor_replays_what_was_missed_and_then_goes_on(
    watching: Any, owner: Viewer, wakeups: LocalWakeups
) -> None:
    first = await watching(owner)
    await happens(owner, wakeups)
    [seen] = await first.hears("CREATED")
    await first.leave()
    missed = [await happens(owner, wakeups) for _ in range(3)]
    again = await watching(owner, after=seen.cursor)
    live = await happens(owner, wakeups)
    told = await again.hears(*["CREATED"] * 4)
    assert [event.image_id for event in told] == [*(image.id for image in missed), live.id]


async def test_between_replay_and_live_nothing_is_lost_and_nothing_told_twice(
    watch: ImageWatch, owner: Viewer, wakeups: LocalWakeups
) -> None:
    starting = Watcher(watch, owner)
    await asyncio.sleep(0.05)
    await happens(owner, wakeups)
    [seen] = await starting.hears("CREATED")
    writing = asyncio.create_task(write_many(owner, wakeups, REPLAY_BATCH + 150))
    watchers = [starting]
    while not writing.done() and len(watchers) < 10:
        await asyncio.sleep(0.1)
        watchers.append(Watcher(watch, owner, after=seen.cursor))
    await writing
    written = [event.image_id for event in await Event.filter().order_by("id")][1:]
    assert len(watchers) > 3
    for watcher in watchers:
        await watcher.hears_at_least(len(written) + (watcher is starting))
        told = [event.image_id for event in watcher.told]
        assert told[watcher is starting :] == written
        await watcher.leave()


async def write_many(owner: Viewer, wakeups: LocalWakeups, count: int) -> None:
    for _ in range(count):
        await happens(owner, wakeups)


async def test_events_of_another_process_are_told_without_a_wake_up(
    watching: Any, owner: Viewer, wakeups: LocalWakeups
) -> None:
    watcher = await watching(owner)
    await happens(owner, LocalWakeups())
    await watcher.hears("CREATED")
    assert len(watcher.told) == 1


async def drained(follow: AsyncIterator[ImageEvent]) -> list[ImageEvent]:
    return [event async for event in follow]


@pytest.mark.parametrize("spoil", ["forge", "nonsense", "other viewer", "other filter", "above", "compacted"])
async def test_an_unknown_or_expired_cursor_gives_resync_and_then_what_there_is(
    watching: Any, owner: Viewer, admin: Viewer, wakeups: LocalWakeups, spoil: str
) -> None:
    asked: dict[str, Any] = {}
    first = await watching(admin if spoil == "other viewer" else owner)
    images = [await happens(owner, wakeups) for _ in range(3)]
    cursor = (await first.hears(*["CREATED"] * 3))[0].cursor
    if spoil == "forge":
        cursor = ("B" if cursor[0] == "A" else "A") + cursor[1:]
    elif spoil == "nonsense":
        cursor = "é"
    elif spoil == "other filter":
        asked["filter"] = ImageFilter(animated=False)
    elif spoil == "above":
        await Event.all().delete()
    elif spoil == "compacted":
        await Event.filter(id__lte=(await events.newest_id()) - 1).delete()
    again = await watching(owner, after=cursor, **asked)
    told = await again.hears("RESYNC", "PRESENT", "PRESENT", "PRESENT")
    assert [event.image_id for event in told] == [None, *(image.id for image in reversed(images))]
    live = await happens(owner, wakeups)
    assert (await again.hears("RESYNC", *["PRESENT"] * 3, "CREATED"))[-1].image_id == live.id


async def test_who_leaves_in_the_middle_of_a_resync_begins_it_anew(
    watching: Any, owner: Viewer, wakeups: LocalWakeups
) -> None:
    for _ in range(2):
        await happens(owner, wakeups)
    told = await (await watching(owner, after="lost")).hears("RESYNC", "PRESENT", "PRESENT")
    await (await watching(owner, after=told[0].cursor)).hears("RESYNC", "PRESENT", "PRESENT")
    await (await watching(owner, after=told[1].cursor)).hears("RESYNC", "PRESENT", "PRESENT")
    await (await watching(owner, after=told[2].cursor)).hears()
    nothing = await (await watching(ANONYMOUS, after="lost")).hears("RESYNC")
    await (await watching(ANONYMOUS, after=nothing[0].cursor)).hears()
    assert told[0].image_id is None


async def test_trashed_images_are_not_present_after_a_resync(
    watching: Any, owner: Viewer, wakeups: LocalWakeups
) -> None:
    await happens(owner, wakeups, state=ImageState.TRASHED)
    told = await (await watching(owner, after="lost")).hears("RESYNC")
    assert len(told) == 1


async def test_a_slow_reader_is_dropped_with_a_reason(db: str, owner: Viewer, wakeups: LocalWakeups) -> None:
    watch = ImageWatch(wakeups, SECRET, waiting=5)
    follow = watch.follow(owner)
    first = asyncio.create_task(anext(follow))
    await asyncio.sleep(0.05)
    await happens(owner, wakeups)
    await first
    for _ in range(8):
        await happens(owner, wakeups)
        await asyncio.sleep(0.01)
    with pytest.raises(Overloaded, match="too slowly"):
        await drained(follow)
    await watch.close()


async def test_many_watchers_cost_one_reading_of_the_rows(watching: Any, owner: Viewer, wakeups: LocalWakeups) -> None:
    watchers = [await watching(owner) for _ in range(20)]
    with counted() as log:
        await happens(owner, wakeups)
        for watcher in watchers:
            await watcher.hears("CREATED")
    reads = [query for query in log.statements if 'FROM "event"' in query]
    assert len(reads) <= 6


async def test_closing_ends_everybodys_watching(watch: ImageWatch, owner: Viewer) -> None:
    watcher = Watcher(watch, owner)
    await asyncio.sleep(0.05)
    await watch.close()
    await watch.close()
    async with asyncio.timeout(2):
        await watcher.task
    assert watcher.told == []


async def test_too_many_ids_are_refused(watch: ImageWatch, owner: Viewer) -> None:
    images = [await add_image(owner) for _ in range(101)]
    with pytest.raises(InvalidInput):
        await anext(watch.follow(owner, ids=[image.id for image in images]))

"""Watching: nothing is lost, nothing is told twice, and what was missed is told again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import InvalidInput, Overloaded
from imaging.images.filter import ImageFilter
from imaging.images.models import ImageState
from imaging.images.watch import REPLAY_BATCH, ImageEvent, ImageWatch
from imaging.journal import events
from imaging.journal.models import Event
from tests.images.watcher import SECRET, Watcher, happens
from tests.rows import add_image
from tests.statements import counted


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

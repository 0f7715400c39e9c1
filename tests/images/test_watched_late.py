"""Whoever reads slowly is told what may be seen by then, and not what might have been seen before."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.models import Image, Visibility
from imaging.images.watch import REPLAY_BATCH, EventKind, ImageEvent, ImageWatch
from imaging.journal import events
from imaging.journal.models import Event
from imaging.journal.models import EventKind as Recorded
from tests.images.watcher import SECRET, Watcher, happens


@pytest.fixture
async def strict(db: str, wakeups: LocalWakeups) -> AsyncIterator[ImageWatch]:
    """Looks again before it tells anything, however short it had to wait."""
    watch = ImageWatch(wakeups, SECRET, fresh_s=0)
    yield watch
    await watch.close()


async def three(owner: Viewer, wakeups: LocalWakeups) -> list[Image]:
    return [await happens(owner, wakeups, visibility=Visibility.PUBLIC) for _ in range(3)]


async def hide(image: Image) -> None:
    await Image.filter(id=image.id).update(visibility=Visibility.PRIVATE)


async def told(follow: AsyncGenerator[ImageEvent, None], count: int) -> list[object]:
    return [(await anext(follow)).image_id for _ in range(count)]


async def beginning(watch: ImageWatch, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups) -> str:
    """Return a cursor of the stranger's."""
    watcher = Watcher(watch, stranger, after="lost")
    await watcher.hears("RESYNC")
    await watcher.leave()
    return watcher.told[0].cursor


async def test_what_is_hidden_while_it_is_replayed_is_not_told(
    strict: ImageWatch, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    cursor = await beginning(strict, owner, stranger, wakeups)
    first, second, third = await three(owner, wakeups)
    async with aclosing(strict.follow(stranger, after=cursor)) as follow:
        assert await told(follow, 1) == [first.id]
        await hide(second)
        assert await told(follow, 1) == [third.id]


async def test_what_is_hidden_while_it_waits_for_its_reader_is_not_told(
    strict: ImageWatch, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    cursor = await beginning(strict, owner, stranger, wakeups)
    zeroth = await happens(owner, wakeups, visibility=Visibility.PUBLIC)
    async with aclosing(strict.follow(stranger, after=cursor)) as follow:
        assert await told(follow, 1) == [zeroth.id]
        first, second, third = await three(owner, wakeups)
        assert await told(follow, 1) == [first.id]
        await asyncio.sleep(0.1)  # time to be read
        await hide(second)
        assert await told(follow, 1) == [third.id]


async def test_what_is_hidden_in_the_middle_of_a_resync_is_not_present(
    strict: ImageWatch, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    first, second, third = await three(owner, wakeups)
    async with aclosing(strict.follow(stranger, after="lost")) as follow:
        assert await told(follow, 2) == [None, third.id]
        await hide(second)
        assert await told(follow, 1) == [first.id]


async def test_what_is_compacted_in_the_middle_of_a_replay_gives_a_resync(
    strict: ImageWatch, owner: Viewer, wakeups: LocalWakeups
) -> None:
    cursor = await beginning(strict, owner, owner, wakeups)
    image = await happens(owner, wakeups)
    async with database.transaction():
        for _ in range(REPLAY_BATCH + 1):
            await events.record(Recorded.UPDATED, image.id, image.owner_id, public_before=False, public_after=False)
    async with aclosing(strict.follow(owner, after=cursor)) as follow:
        assert await told(follow, 1) == [image.id]
        await Event.filter(id__lt=await events.newest_id()).delete()
        kinds = [(await anext(follow)).kind for _ in range(REPLAY_BATCH + 1)]
    assert kinds == [*[EventKind.UPDATED] * (REPLAY_BATCH - 1), EventKind.RESYNC, EventKind.PRESENT]

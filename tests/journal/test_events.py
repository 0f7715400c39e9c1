"""Events are numbered in the order in which they were committed, and the outbox loses nothing."""

import asyncio
import uuid

import pytest

from imaging import database
from imaging.journal import events, outbox
from imaging.journal.models import EventKind, OutboxEntry


async def note() -> None:
    who = uuid.uuid4()
    await events.record(EventKind.UPDATED, who, who, public_before=False, public_after=False)


async def test_whoever_commits_first_has_the_lower_number(db: str) -> None:
    committed: list[str] = []

    async def write(name: str, pause_s: float) -> None:
        async with database.transaction():
            await asyncio.sleep(pause_s)
            await events.record(
                EventKind.UPDATED, uuid.UUID(int=len(name)), uuid.UUID(int=0), public_before=False, public_after=False
            )
        committed.append(name)

    await asyncio.gather(write("slow", 0.05), write("quick!", 0))
    numbered = [event.image_id.int for event in await events.after(0, 10)]
    assert numbered == [len(name) for name in committed]


async def test_an_event_that_was_not_committed_never_happened(db: str) -> None:
    async def fail() -> None:
        async with database.transaction():
            await note()
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await fail()
    assert await events.newest_id() == 0
    assert await events.is_kept_since(0)
    assert not await events.is_kept_since(1)


async def test_reading_goes_on_behind_the_last_event_that_was_read(db: str) -> None:
    for _ in range(5):
        await note()
    first = await events.after(0, 3)
    rest = await events.after(first[-1].id, 3)
    assert [event.id for event in (*first, *rest)] == [1, 2, 3, 4, 5]
    assert await events.after(5, 3) == []


async def test_outbox_entries_stay_until_they_are_done(db: str) -> None:
    images = [uuid.uuid4() for _ in range(3)]
    for image in images:
        await outbox.enqueue(image)
    taken = await outbox.take(2)
    assert [entry.image_id for entry in taken] == images[:2]
    assert [entry.id for entry in await outbox.take(2)] == [entry.id for entry in taken]
    await outbox.done([entry.id for entry in taken])
    await outbox.done([])
    assert await OutboxEntry.all().values_list("image_id", flat=True) == images[2:]

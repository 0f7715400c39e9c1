"""The feed reads for everybody at once, and stops when nobody listens."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence

import pytest

from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import DatabaseUnavailable, TooSlow
from imaging.journal import events
from imaging.journal.feed import EventFeed, Subscription
from imaging.journal.models import EventKind
from tests.series import counted


class Names:
    """What events are about: a name for every id. Its failure can be arranged."""

    def __init__(self) -> None:
        self.failure: Exception | None = None

    async def __call__(self, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        if self.failure is not None:
            raise self.failure
        return {id: f"name of {id.int}" for id in ids}


async def happens(wakeups: LocalWakeups, number: int) -> None:
    image_id = uuid.UUID(int=number)
    await events.record(EventKind.UPDATED, image_id, image_id, public_before=True, public_after=True)
    wakeups.announce(events.TOPIC)


async def to_the_end(subscription: Subscription[str]) -> None:
    while await subscription.next() is not None:
        pass


async def test_subscribers_hear_the_same_from_the_moment_they_came(db: str, wakeups: LocalWakeups) -> None:
    feed = EventFeed(wakeups, Names(), name="tests")
    await happens(wakeups, 1)
    async with feed.subscribe() as early:
        await happens(wakeups, 2)
        first = await early.next()
        async with feed.subscribe() as late:
            await happens(wakeups, 3)
            second, only = await early.next(), await late.next()
    told = [happening and happening.present for happening in (first, second, only)]
    assert told == ["name of 2", "name of 3", "name of 3"]


async def test_a_feed_that_nobody_hears_runs_no_task(db: str, wakeups: LocalWakeups) -> None:
    feed = EventFeed(wakeups, Names(), name="tests")
    before = asyncio.all_tasks()
    async with feed.subscribe():
        await asyncio.sleep(0.02)
        assert len(asyncio.all_tasks()) > len(before)
    await asyncio.sleep(0.02)
    assert asyncio.all_tasks() == before


async def test_a_reader_that_fails_tells_its_subscribers_and_is_started_again(db: str, wakeups: LocalWakeups) -> None:
    names = Names()
    feed = EventFeed(wakeups, names, name="tests")
    async with feed.subscribe() as subscription:
        names.failure = RuntimeError("the disk is gone")
        await happens(wakeups, 1)
        with pytest.raises(RuntimeError, match="the disk is gone"):
            await subscription.next()
    names.failure = None
    async with feed.subscribe() as subscription:
        await happens(wakeups, 2)
        happening = await subscription.next()
    assert happening is not None
    assert happening.present == "name of 2"


async def test_while_the_database_is_away_subscribers_wait_and_then_miss_nothing(
    db: str, wakeups: LocalWakeups, caplog: pytest.LogCaptureFixture
) -> None:
    names = Names()
    feed = EventFeed(wakeups, names, name="tests")
    async with feed.subscribe() as subscription:
        names.failure = DatabaseUnavailable()
        await happens(wakeups, 1)
        async with asyncio.timeout(30):
            while "database is away" not in caplog.text:  # noqa: ASYNC110 - a line of a log wakes nobody
                await asyncio.sleep(0.01)
            names.failure = None
            await happens(wakeups, 2)
            told = [await subscription.next() for _ in range(2)]
    assert [happening and happening.present for happening in told] == ["name of 1", "name of 2"]


async def test_a_closed_feed_has_nothing_more_to_tell(db: str, wakeups: LocalWakeups) -> None:
    feed = EventFeed(wakeups, Names(), name="tests")
    async with feed.subscribe() as subscription:
        await feed.close()
        assert await subscription.next() is None
    async with feed.subscribe() as subscription:
        assert await subscription.next() is None


async def test_events_that_were_handed_out_and_subscribers_left_behind_are_counted(
    db: str, wakeups: LocalWakeups
) -> None:
    feed, before = EventFeed(wakeups, Names(), name="counted", waiting=1), counted()
    async with feed.subscribe() as subscription:
        for number in (1, 2, 3):
            await happens(wakeups, number)
        with pytest.raises(TooSlow):
            await to_the_end(subscription)
    after, dropped = counted(), "imaging_slow_readers_dropped_total"
    assert after.value(dropped, reason="behind") == (before.value(dropped, reason="behind") or 0) + 1
    assert before.value("imaging_events_pumped_total", feed="counted") == 0
    assert (after.value("imaging_events_pumped_total", feed="counted") or 0) >= 2

"""Wake-ups over a real Redis: they cross processes, and a Redis that is away costs speed only."""

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from imaging.adapters.redis_wakeups import RedisWakeups
from tests.adapters.sharing import PATIENCE_S, process, waiting
from tests.redis import RedisServer, running_redis

pytestmark = pytest.mark.full


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


async def woken_by(announce: Callable[[], None], wakeups: RedisWakeups) -> None:
    """Announce again and again until the other one is woken, as it is while Redis comes back."""
    task = await waiting(wakeups, "jobs")
    while not task.done():
        announce()
        await asyncio.wait({task}, timeout=0.2)
    assert await task


async def test_what_one_process_announces_wakes_who_waits_in_another_at_once(redis_server: RedisServer) -> None:
    async with process(redis_server) as here, process(redis_server) as there:
        for _ in range(3):
            near, far = await waiting(here, "events"), await waiting(there, "events")
            started = time.monotonic()
            here.announce("events")
            assert await asyncio.gather(near, far) == [True, True]
            assert time.monotonic() - started < PATIENCE_S / 2


async def test_another_topic_and_another_prefix_wake_nobody(redis_server: RedisServer) -> None:
    async with process(redis_server) as here, process(redis_server, "others:") as stranger:
        other_topic, other_prefix = await waiting(here, "jobs", 1), await waiting(stranger, "events", 1)
        here.announce("events")
        assert await asyncio.gather(other_topic, other_prefix) == [False, False]


async def test_a_process_is_woken_once_by_what_it_announces_itself(redis_server: RedisServer) -> None:
    async with process(redis_server) as here, process(redis_server) as there:
        mine, theirs = await waiting(here, "jobs"), await waiting(there, "jobs")
        here.announce("jobs")
        assert await asyncio.gather(mine, theirs) == [True, True]
        assert await here.wait("jobs", timeout_s=0.5) is False


async def test_while_redis_is_away_waits_end_by_the_clock_and_one_s_own_are_heard(server: RedisServer) -> None:
    async with process(server) as here:
        server.stop()
        assert await here.wait("events", timeout_s=0.05) is False
        own = await waiting(here, "events")
        here.announce("events")
        assert await own is True


async def test_a_redis_that_was_restarted_is_found_again(server: RedisServer) -> None:
    async with process(server) as here, process(server) as there:
        for _ in range(2):
            server.stop()
            server.start()
            await woken_by(lambda: here.announce("jobs"), there)
            assert there.is_connected


async def test_who_waits_is_woken_to_look_when_redis_is_back(server: RedisServer) -> None:
    async with process(server) as here:
        server.stop()
        task = await waiting(here, "jobs")
        server.start()
        assert await task is True


async def test_a_redis_that_says_nothing_any_more_is_left_and_found_again(server: RedisServer) -> None:
    async with process(server) as here, process(server, ping_s=0.2, silence_s=2.0) as there:
        server.freeze()
        deadline = time.monotonic() + PATIENCE_S
        while there.is_connected:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        server.thaw()
        await woken_by(lambda: here.announce("jobs"), there)


@pytest.mark.parametrize("away", [RedisServer.freeze, RedisServer.stop])
async def test_closing_does_not_wait_for_a_redis_that_does_not_answer(
    server: RedisServer, away: Callable[[RedisServer], None]
) -> None:
    async with process(server) as here:
        away(server)
        here.announce("jobs")
        await asyncio.sleep(0.1)
        async with asyncio.timeout(PATIENCE_S):
            await here.close()
        assert [task for task in asyncio.all_tasks() if "RedisWakeups" in repr(task.get_coro())] == []


async def test_a_burst_of_announcements_reaches_the_others_without_a_queue_growing(redis_server: RedisServer) -> None:
    async with process(redis_server) as here, process(redis_server) as there:
        task = await waiting(there, "jobs")
        for _ in range(10_000):
            here.announce("jobs")
        assert await task is True
        assert len(here._unsaid) == 0

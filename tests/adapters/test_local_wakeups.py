import asyncio
import time

from imaging.adapters.local_wakeups import LocalWakeups


async def test_everybody_who_waits_for_a_topic_is_woken() -> None:
    wakeups = LocalWakeups()
    waiting = [asyncio.create_task(wakeups.wait("events", timeout_s=5)) for _ in range(3)]
    await asyncio.sleep(0)
    wakeups.announce("events")
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_another_topic_wakes_nobody() -> None:
    wakeups = LocalWakeups()
    waiting = asyncio.create_task(wakeups.wait("events", timeout_s=0.05))
    await asyncio.sleep(0)
    wakeups.announce("jobs")
    assert await waiting is False


async def test_the_timeout_answers_false_in_time() -> None:
    started = time.monotonic()
    assert await LocalWakeups().wait("events", timeout_s=0.05) is False
    assert time.monotonic() - started < 1


async def test_a_waiter_can_be_woken_again() -> None:
    wakeups = LocalWakeups()
    for _ in range(3):
        waiting = asyncio.create_task(wakeups.wait("jobs", timeout_s=5))
        await asyncio.sleep(0)
        wakeups.announce("jobs")
        assert await waiting is True


async def test_announcing_to_nobody_is_silent() -> None:
    wakeups = LocalWakeups()
    wakeups.announce("jobs")
    assert await wakeups.wait("jobs", timeout_s=0.01) is False

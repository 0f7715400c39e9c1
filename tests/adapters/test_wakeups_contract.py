"""What wake-ups do, inside one process and over a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from imaging.adapters.local_wakeups import LocalWakeups
from imaging.ports import Wakeups
from tests.adapters.sharing import process, waiting


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.full)])
async def wakeups(request: pytest.FixtureRequest) -> AsyncIterator[Wakeups]:
    if request.param == "local":
        yield LocalWakeups()
        return
    async with process(request.getfixturevalue("redis_server")) as shared:
        yield shared


async def test_everybody_who_waits_for_a_topic_is_woken(wakeups: Wakeups) -> None:
    all_waiting = [await waiting(wakeups, "events") for _ in range(3)]
    wakeups.announce("events")
    assert await asyncio.gather(*all_waiting) == [True, True, True]


async def test_another_topic_wakes_nobody(wakeups: Wakeups) -> None:
    task = await waiting(wakeups, "events", 0.05)
    wakeups.announce("jobs")
    assert await task is False


async def test_the_timeout_answers_false_in_time(wakeups: Wakeups) -> None:
    started = time.monotonic()
    assert await wakeups.wait("events", timeout_s=0.05) is False
    assert time.monotonic() - started < 1


async def test_a_waiter_can_be_woken_again(wakeups: Wakeups) -> None:
    for _ in range(3):
        task = await waiting(wakeups, "jobs")
        wakeups.announce("jobs")
        assert await task is True


async def test_announcing_to_nobody_is_silent(wakeups: Wakeups) -> None:
    wakeups.announce("jobs")
    assert await wakeups.wait("jobs", timeout_s=0.3) is False

"""Coalescing, on a clock that moves only when somebody sleeps."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.images.coalesce import coalesced

INTERVAL_S = 0.2
News = tuple[str | None, int]


class Clock:
    """Sleepers are woken in their order, once everybody else has nothing to do."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = 0

    def read(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number += 1
        self._sleepers.append((self.now_s + seconds, self._number, woken))
        await woken

    async def run(self) -> None:
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[2].done()]
            if self._sleepers:
                at_s, _, woken = min(self._sleepers, key=lambda sleeper: sleeper[:2])
                self.now_s = max(self.now_s, at_s)
                woken.set_result(None)


def about(event: News) -> Hashable | None:
    return event[0]


async def told(script: list[tuple[float, str | None]]) -> list[tuple[float, News]]:
    """Return what is told and when, if these things happen after these pauses."""
    clock = Clock()

    async def happening() -> AsyncGenerator[News, None]:
        for number, (pause_s, thing) in enumerate(script):
            if pause_s:
                await clock.sleep(pause_s)
            yield thing, number

    running = asyncio.create_task(clock.run())
    heard = []
    events = coalesced(happening(), about, interval_s=INTERVAL_S, clock=clock.read, sleep=clock.sleep)
    async with aclosing(events):
        async for event in events:
            heard.append((round(clock.now_s, 3), event))
    running.cancel()
    return heard


async def test_of_a_quick_upload_five_a_second_are_told_and_the_last_one() -> None:
    heard = await told([(0.01, "a")] * 100)
    assert len(heard) == 6
    assert heard[-1][1] == ("a", 99)
    assert heard[0] == (0.01, ("a", 0))


async def test_what_comes_slowly_is_told_at_once() -> None:
    assert await told([(1, "a"), (1, "a"), (1, None)]) == [(1, ("a", 0)), (2, ("a", 1)), (3, (None, 2))]


async def test_what_is_about_nothing_is_never_left_out() -> None:
    assert [event for _, event in await told([(0, None)] * 50)] == [(None, number) for number in range(50)]


async def test_every_upload_is_counted_for_itself() -> None:
    heard = await told([(0, "a"), (0, "b"), (0, "a"), (0, "b"), (0, "a")])
    assert heard == [(0, ("a", 0)), (0, ("b", 1)), (0.2, ("b", 3)), (0.2, ("a", 4))]


async def test_what_comes_behind_something_that_waits_keeps_its_place() -> None:
    heard = await told([(0, "a"), (0.05, "a"), (0.05, None), (0.05, "b")])
    assert heard == [(0, ("a", 0)), (0.2, ("a", 1)), (0.2, (None, 2)), (0.2, ("b", 3))]


async def test_a_failure_is_told_as_it_is() -> None:
    async def happening() -> AsyncGenerator[News, None]:
        yield "a", 0
        raise LookupError

    events = coalesced(happening(), about)
    assert await anext(events) == ("a", 0)
    with pytest.raises(LookupError):
        await anext(events)


async def test_leaving_in_the_middle_closes_the_source() -> None:
    closed = []

    async def happening() -> AsyncGenerator[News, None]:
        try:
            yield "a", 0
            yield "a", 1
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    events = coalesced(happening(), about, interval_s=0.01)
    assert [await anext(events), await anext(events)] == [("a", 0), ("a", 1)]
    waiting = asyncio.create_task(anext(events))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait((waiting,))
    await events.aclose()
    assert closed == [True]


things = st.sampled_from([None, "a", "b", "c"])
scripts = st.lists(st.tuples(st.sampled_from([0.0, 0.03, 0.11, 0.5]), things), max_size=25)


@given(scripts)
def test_whatever_happens_the_order_the_last_and_the_rate_are_kept(script: list[tuple[float, str | None]]) -> None:
    heard = asyncio.run(told(script))
    numbers = [number for _, (_, number) in heard]
    assert numbers == sorted(numbers)
    for thing in ("a", "b", "c"):
        times = [at_s for at_s, (about_it, _) in heard if about_it == thing]
        assert all(later - earlier >= INTERVAL_S - 0.002 for earlier, later in itertools.pairwise(times))
        happened = [number for number, (_, about_it) in enumerate(script) if about_it == thing]
        assert [number for _, (about_it, number) in heard if about_it == thing][-1:] == happened[-1:]
    assert [number for _, (about_it, number) in heard if about_it is None] == [
        number for number, (_, about_it) in enumerate(script) if about_it is None
    ]

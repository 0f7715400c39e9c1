"""Coalescing: of news that come faster than anybody looks, only the newest is told, and the last one always."""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from typing import Generic, TypeVar

INTERVAL_S = 0.2
_REMEMBERED = 100

News = TypeVar("News")
About = Callable[[News], Hashable | None]


async def coalesced(
    events: AsyncGenerator[News, None],
    about: About[News],
    *,
    interval_s: float = INTERVAL_S,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[News, None]:
    """Tell of each thing at most once in `interval_s`; what is `about` None is never left out.

    The order stays: while something waits for its turn, what came after it waits too. So whoever leaves
    and comes back behind the last event they were told has missed nothing and is told nothing twice.
    """
    queue = _Queue(about, interval_s)
    coming: asyncio.Future[News] | None = None
    has_ended = False
    async with contextlib.aclosing(events):
        try:
            while not has_ended or queue.is_waiting:
                wait_s = queue.wait_s(clock())
                if queue.is_waiting and wait_s <= 0:
                    yield queue.next(clock())
                    continue
                if has_ended:
                    await sleep(wait_s)
                    continue
                if queue.is_waiting:
                    coming = coming or asyncio.ensure_future(anext(events))
                    if not await _comes(coming, sleep, wait_s):
                        continue
                try:
                    queue.put(await (coming or anext(events)))
                except StopAsyncIteration:
                    has_ended = True
                coming = None
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.wait((coming,))


async def _comes(coming: "asyncio.Future[News]", sleep: Callable[[float], Awaitable[None]], within_s: float) -> bool:
    """Return True once the next event is there, False when it takes longer."""
    sleeping = asyncio.ensure_future(sleep(within_s))
    try:
        await asyncio.wait((coming, sleeping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleeping.cancel()
    return coming.done()


class _Queue(Generic[News]):
    """Events that wait for their turn, in their order; of one thing only the newest."""

    def __init__(self, about: About[News], interval_s: float) -> None:
        self._about = about
        self._interval_s = interval_s
        self._waiting: OrderedDict[Hashable, News] = OrderedDict()
        self._told_at: dict[Hashable, float] = {}

    @property
    def is_waiting(self) -> bool:
        return bool(self._waiting)

    def put(self, event: News) -> None:
        thing = self._about(event)
        thing = object() if thing is None else thing
        self._waiting.pop(thing, None)
        self._waiting[thing] = event

    def wait_s(self, now: float) -> float:
        """Return how long the first one has to wait still."""
        told_at = self._told_at.get(next(iter(self._waiting), None))
        return 0.0 if told_at is None else told_at + self._interval_s - now

    def next(self, now: float) -> News:
        thing, event = self._waiting.popitem(last=False)
        if self._about(event) is not None:
            self._told_at[thing] = now
            if len(self._told_at) > _REMEMBERED:
                since = now - self._interval_s
                self._told_at = {key: told_at for key, told_at in self._told_at.items() if told_at > since}
        return event

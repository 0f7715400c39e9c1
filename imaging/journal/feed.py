"""Events as they happen: one reader of rows for all the subscribers of a process."""

import asyncio
import contextlib
import contextvars
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from imaging import metrics
from imaging.errors import DatabaseUnavailable, TooSlow
from imaging.journal import events
from imaging.journal.models import Event
from imaging.ports import Wakeups

BATCH = 200
POLL_S = 1.0
WAITING = 1_000

Thing = TypeVar("Thing")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Happening(Generic[Thing]):
    """An event, and what it is about as that was at `read_at` (by the monotonic clock): None when it is gone."""

    event: Event
    present: Thing | None
    read_at: float = field(default_factory=time.monotonic)


class Subscription(Generic[Thing]):
    """Everything that happens from the moment of subscribing on; each subscriber reads at its own pace."""

    def __init__(self, waiting: int) -> None:
        self._queue: asyncio.Queue[Happening[Thing] | None] = asyncio.Queue(waiting + 1)
        self._waiting = waiting
        self._reason: BaseException | None = None
        self._closed = False

    def put(self, happenings: Sequence[Happening[Thing]]) -> None:
        """Hand over what happened; a subscriber that cannot keep up is dropped."""
        if self._closed:
            return
        if self._queue.qsize() + len(happenings) > self._waiting:
            metrics.SLOW_READERS_DROPPED.labels(metrics.BEHIND).inc()
            self.end(TooSlow("You read too slowly: connect again with your last cursor.", retry_after_s=1))
            return
        for happening in happenings:
            self._queue.put_nowait(happening)

    def end(self, reason: BaseException | None = None) -> None:
        """Let the subscriber read what it was handed, then stop."""
        if not self._closed:
            self._closed = True
            self._reason = reason
            self._queue.put_nowait(None)

    async def next(self) -> Happening[Thing] | None:
        """Return the next happening, None when the feed was closed.

        Raises:
            TooSlow: this subscriber read too slowly and was dropped.
        """
        happening = await self._queue.get()
        if happening is None and self._reason is not None:
            raise self._reason
        return happening


class EventFeed(Generic[Thing]):
    """Reads new event rows once and hands them to all subscribers; reads nothing while there are none.

    `present` fetches, in one query, what events are about; `name` is what the feed is counted as. Wake-ups make it
    quick; rows written by other processes are found within a second without any. While the database is away its
    subscribers wait: once it is back they are told what they missed.
    """

    def __init__(
        self,
        wakeups: Wakeups,
        present: Callable[[Sequence[uuid.UUID]], Awaitable[Mapping[uuid.UUID, Thing]]],
        *,
        name: str,
        waiting: int = WAITING,
    ) -> None:
        self._wakeups = wakeups
        self._present = present
        self._pumped = metrics.EVENTS_PUMPED.labels(name)
        self._waiting = waiting
        self._subscriptions: set[Subscription[Thing]] = set()
        self._reader: asyncio.Task[None] | None = None
        self._position = 0
        self._starting = asyncio.Lock()
        self._closed = False

    @contextlib.asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Subscription[Thing]]:
        """Give everything that happens after this moment, and perhaps a few events before it."""
        subscription: Subscription[Thing] = Subscription(self._waiting)
        async with self._starting:
            await self._start()
            self._subscriptions.add(subscription)
        if self._closed:
            subscription.end()
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            if not self._subscriptions:
                await self._stop()

    async def load(self, found: Sequence[Event]) -> list[Happening[Thing]]:
        """Put beside each event what it is about, as that is now."""
        ids, read_at = list({event.image_id for event in found}), time.monotonic()
        present = await self._present(ids) if ids else {}
        return [Happening(event, present.get(event.image_id), read_at) for event in found]

    async def close(self) -> None:
        """End every subscription; idempotent."""
        self._closed = True
        await self._stop()
        for subscription in tuple(self._subscriptions):
            subscription.end()

    async def _start(self) -> None:
        if self._closed or (self._reader is not None and not self._reader.done()):
            return
        self._position = await events.newest_id()
        # A task shares its creator's context, and with it an open transaction: give it a clean one.
        self._reader = asyncio.create_task(self._read(), context=contextvars.Context())
        self._reader.add_done_callback(self._ended)

    async def _stop(self) -> None:
        reader, self._reader = self._reader, None
        if reader is None:
            return
        reader.cancel()
        await asyncio.wait((reader,))

    async def _read(self) -> None:
        while True:
            # Waiting begins before reading, so that what is committed meanwhile is not overslept.
            woken = asyncio.create_task(self._wakeups.wait(events.TOPIC, timeout_s=POLL_S))
            try:
                await asyncio.sleep(0)
                await self._catch_up()
                await woken
            finally:
                woken.cancel()

    def _ended(self, reader: "asyncio.Task[None]") -> None:
        """Let subscribers hear why nothing more comes; the next one starts a new reader."""
        if not reader.cancelled() and (error := reader.exception()) is not None:
            for subscription in tuple(self._subscriptions):
                subscription.end(error)

    async def _catch_up(self) -> None:
        try:
            await self._hand_out()
        except DatabaseUnavailable:
            _log.warning("the database is away; what happens is told once it is back")

    async def _hand_out(self) -> None:
        while found := await events.after(self._position, BATCH):
            happenings = await self.load(found)
            self._position = found[-1].id
            self._pumped.inc(len(found))
            for subscription in tuple(self._subscriptions):
                subscription.put(happenings)

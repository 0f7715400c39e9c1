"""What nobody waits for: made one by one, when nothing else is being made."""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable

from imaging.delivery.admission import PixelGate
from imaging.errors import ImagingError, Overloaded

_log = logging.getLogger(__name__)

MOST_WAITING = 100
MOST_REMEMBERED = 1_000
QUIET_S = 0.1
"""How long nothing may have been rendered before something of this begins."""


class Later:
    """A short queue of deeds, each for a key: what does not fit, or is dropped at the end, is asked for again."""

    def __init__(self, gate: PixelGate) -> None:
        self._gate = gate
        self._most = MOST_WAITING
        self._waiting: dict[str, Callable[[], Awaitable[object]]] = {}
        self._refused: dict[str, None] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, key: str, deed: Callable[[], Awaitable[object]]) -> None:
        """Remember to do this, unless it is waiting already, was refused before, or too much is waiting."""
        if key in self._waiting or key in self._refused or len(self._waiting) >= self._most:
            return
        self._waiting[key] = deed
        if self._task is None:
            # A clean context: a task started inside a transaction would keep its connection.
            self._task = asyncio.get_running_loop().create_task(self._do_all(), context=contextvars.Context())
            self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Drop what waits, and stop waiting for what is being done."""
        self._waiting.clear()
        self._most = 0
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _do_all(self) -> None:
        while self._waiting:
            await self._gate.idle(QUIET_S)
            key, deed = next(iter(self._waiting.items()))
            try:
                await deed()
            except Overloaded:
                _log.info("put off for another asker: %s", key)
            except ImagingError as refusal:
                self._remember(key)
                _log.info("cannot be made: %s: %s", key, refusal.message)
            finally:
                self._waiting.pop(key, None)

    def _remember(self, key: str) -> None:
        while len(self._refused) >= MOST_REMEMBERED:
            del self._refused[next(iter(self._refused))]
        self._refused[key] = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (failure := task.exception()):
            _log.error("making a picture in the background failed", exc_info=failure)
        if self._waiting:
            self._waiting.clear()

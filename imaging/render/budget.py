"""How much memory may be in use at once: who does not fit in waits, in the order of arrival."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class MemoryBudget:
    """Lets deeds begin while what they are expected to use together stays within the budget; one is always let in."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._held_bytes = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, need_bytes: int) -> AsyncIterator[None]:
        """Wait for so much, and hold it for as long as the context lasts."""
        await self._take(need_bytes)
        try:
            yield
        finally:
            self._give_back(need_bytes)

    async def _take(self, need_bytes: int) -> None:
        if not self._waiting and self._has_room(need_bytes):
            self._held_bytes += need_bytes
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((need_bytes, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back(need_bytes)
            else:
                self._waiting.remove((need_bytes, turn))
                self._let_in()
            raise

    def _give_back(self, need_bytes: int) -> None:
        self._held_bytes -= need_bytes
        self._let_in()

    def _let_in(self) -> None:
        # Whoever was cancelled takes itself out of the queue as soon as it runs, and lets in who comes next.
        while self._waiting and not self._waiting[0][1].cancelled() and self._has_room(self._waiting[0][0]):
            need_bytes, turn = self._waiting.popleft()
            self._held_bytes += need_bytes
            turn.set_result(None)

    def _has_room(self, need_bytes: int) -> bool:
        return not self._held_bytes or self._held_bytes + need_bytes <= self._budget_bytes

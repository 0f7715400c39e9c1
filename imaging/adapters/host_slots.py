"""Politeness: a few connections to one host at a time, however many people want something from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class HostSlots:
    """Gives each host `at_once` places; who finds none waits for one."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._places: dict[str, asyncio.Semaphore] = {}
        self._asking: dict[str, int] = {}

    @asynccontextmanager
    async def place(self, host: str) -> AsyncIterator[None]:
        """Hold a place for as long as the context lasts."""
        self._asking[host] = self._asking.get(host, 0) + 1
        try:
            async with self._places.setdefault(host, asyncio.Semaphore(self._at_once)):
                yield
        finally:
            self._asking[host] -= 1
            if not self._asking[host]:
                del self._asking[host], self._places[host]

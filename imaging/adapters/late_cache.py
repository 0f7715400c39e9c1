"""A cache that is made when it is first asked, so that a start does not wait for what it loads."""

import asyncio
from collections.abc import Callable

from imaging.ports import Cache


class LateCache:
    """Makes a cache in a thread at the first question, and hands this and all later ones to it."""

    def __init__(self, make: Callable[[], Cache]) -> None:
        self._make = make
        self._cache: Cache | None = None
        self._making = asyncio.Lock()

    async def get(self, key: str) -> bytes | None:
        """Return what was remembered, or None."""
        return await (await self._made()).get(key)

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Remember for at most `ttl_s`."""
        await (await self._made()).set(key, value, ttl_s=ttl_s)

    async def delete(self, key: str) -> None:
        """Forget; silent when there is nothing."""
        await (await self._made()).delete(key)

    async def _made(self) -> Cache:
        if self._cache is None:
            async with self._making:
                if self._cache is None:
                    self._cache = await asyncio.to_thread(self._make)
        return self._cache

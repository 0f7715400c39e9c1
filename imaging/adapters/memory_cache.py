"""A cache in memory, on aiocache, bounded by bytes: what was not asked for longest goes first."""

from collections import OrderedDict

from aiocache import SimpleMemoryCache
from aiocache.serializers import NullSerializer

DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024
ENTRY_OVERHEAD_BYTES = 200


class MemoryCache:
    """Remembers bytes for a while. aiocache keeps entries and their time; the bound it lacks is ours."""

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._cache = SimpleMemoryCache(serializer=NullSerializer(), timeout=None)
        self._weights: OrderedDict[str, int] = OrderedDict()
        self._held_bytes = 0

    async def get(self, key: str) -> bytes | None:
        """Return what was remembered, or None."""
        value: bytes | None = await self._cache.get(key)
        if value is None:
            self._forget(key)
        else:
            self._weights.move_to_end(key)
        return value

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Remember for at most `ttl_s`; a value larger than the whole cache is not kept."""
        await self.delete(key)
        weight = len(key) + len(value) + ENTRY_OVERHEAD_BYTES
        if ttl_s <= 0 or weight > self._limit_bytes:
            return
        await self._cache.set(key, value, ttl=ttl_s)
        self._weights[key] = weight
        self._held_bytes += weight
        while self._held_bytes > self._limit_bytes:
            await self.delete(next(iter(self._weights)))

    async def delete(self, key: str) -> None:
        """Forget; silent when there is nothing."""
        self._forget(key)
        await self._cache.delete(key)

    def _forget(self, key: str) -> None:
        self._held_bytes -= self._weights.pop(key, 0)

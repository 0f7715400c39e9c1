"""A cache in memory, bounded by bytes: what was not asked for longest goes first."""

import time
from collections import OrderedDict
from collections.abc import Callable

DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024
ENTRY_OVERHEAD_BYTES = 200


class MemoryCache:
    """Remembers bytes for a while; `clock` gives seconds that never go back."""

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._held_bytes = 0

    async def get(self, key: str) -> bytes | None:
        """Return what was remembered, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock():
            self._forget(key)
            return None
        self._entries.move_to_end(key)
        return entry[1]

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Remember for at most `ttl_s`; a value larger than the whole cache is not kept."""
        self._forget(key)
        if ttl_s <= 0 or _weight(key, value) > self._limit_bytes:
            return
        self._entries[key] = (self._clock() + ttl_s, value)
        self._held_bytes += _weight(key, value)
        while self._held_bytes > self._limit_bytes:
            self._forget(next(iter(self._entries)))

    async def delete(self, key: str) -> None:
        """Forget; silent when there is nothing."""
        self._forget(key)

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._held_bytes -= _weight(key, entry[1])


def _weight(key: str, value: bytes) -> int:
    return len(key) + len(value) + ENTRY_OVERHEAD_BYTES

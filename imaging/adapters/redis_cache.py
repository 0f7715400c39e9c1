"""A cache that processes share, on aiocache over Redis: every entry has its time, and without Redis there is none."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from aiocache import RedisCache as AioRedisCache
from aiocache.serializers import NullSerializer
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

ANSWER_S = 0.5
PAUSE_S = 1.0
LARGEST_BYTES = 8 * 1024 * 1024

T = TypeVar("T")
_log = logging.getLogger(__name__)


class RedisCache:
    """Remembers bytes for a while, for all processes.

    A Redis that is away or slow counts as one that remembers nothing: after a failure it is not asked for a moment,
    except to forget. How much it holds in all is for its `maxmemory` to say, with an eviction policy.
    """

    def __init__(self, pool: BlockingConnectionPool, prefix: str) -> None:
        # aiocache would make a pool by host and port; ours comes from a URL, which may also name a socket or TLS.
        self._cache = AioRedisCache(
            serializer=NullSerializer(encoding=None),
            connection_pool_class=lambda **_: pool,
            namespace=f"{prefix}cache",
            timeout=None,
        )
        self._asked_again_at = 0.0

    async def get(self, key: str) -> bytes | None:
        """Return what was remembered, or None."""
        return None if self._is_resting() else await self._try(self._cache.get(key))

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Remember for at most `ttl_s`; what is too large, or for less than a millisecond, is not kept."""
        if ttl_s < 0.001 or len(value) > LARGEST_BYTES:
            await self.delete(key)
        elif not self._is_resting():
            await self._try(self._cache.set(key, value, ttl=float(ttl_s)))

    async def delete(self, key: str) -> None:
        """Forget; silent when there is nothing."""
        await self._try(self._cache.delete(key))

    def _is_resting(self) -> bool:
        return asyncio.get_running_loop().time() < self._asked_again_at

    async def _try(self, asking: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await asking
        except (RedisError, OSError, TimeoutError) as error:
            if not self._is_resting():
                _log.warning("the cache is away: %s", type(error).__name__)
            self._asked_again_at = asyncio.get_running_loop().time() + PAUSE_S
            return None

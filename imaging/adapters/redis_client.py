"""One pool of connections to Redis, and what may go wrong with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from imaging.adapters.redis_cache import RedisCache
from imaging.adapters.redis_wakeups import RedisWakeups
from imaging.work_settings import RedisSettings

MAX_CONNECTIONS = 20
CLOSING_S = 1.0
ANSWER_S = 5.0


@asynccontextmanager
async def open_redis(settings: RedisSettings) -> AsyncIterator[tuple[RedisWakeups, RedisCache]]:
    """Open wake-ups and a cache over the Redis that is configured; it may be away, now or later."""
    pool = new_pool(settings)
    wakeups = RedisWakeups(Redis(connection_pool=pool), settings.prefix)
    wakeups.open()
    try:
        yield wakeups, RedisCache(pool, settings.prefix)
    finally:
        await wakeups.close()
        await close(pool)


async def ask_version(settings: RedisSettings) -> str:
    """Return which Redis answers.

    Raises:
        ConnectionError: none does, or it does not let us in.
    """
    pool = new_pool(settings)
    try:
        async with asyncio.timeout(ANSWER_S):
            told = await Redis(connection_pool=pool).info("server")
        return f"Redis {told['redis_version']}"
    except (RedisError, OSError, TimeoutError) as error:
        raise ConnectionError(f"Redis does not answer ({type(error).__name__})") from error
    finally:
        await close(pool)


def new_pool(settings: RedisSettings) -> BlockingConnectionPool:
    """Return a pool that makes callers wait for a connection rather than fail, and tries nothing twice by itself.

    No time limits of the client's own: it loses cancellations over them on Python 3.11. Whoever asks sets one.
    """
    assert settings.url is not None, "only where a Redis is configured"
    return BlockingConnectionPool.from_url(
        settings.url.get_secret_value(),
        max_connections=MAX_CONNECTIONS,
        timeout=None,
        socket_timeout=None,
        socket_connect_timeout=None,
        retry=Retry(NoBackoff(), 0),
    )


async def close(pool: BlockingConnectionPool) -> None:
    """Hang up; a Redis that does not answer is not waited for."""
    closing = asyncio.create_task(pool.disconnect())
    await asyncio.wait({closing}, timeout=CLOSING_S)
    closing.cancel()

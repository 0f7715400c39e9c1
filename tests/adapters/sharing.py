"""What processes that share a Redis have, for tests that are all of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr
from redis.asyncio import Redis

from imaging.adapters.redis_client import close, new_pool
from imaging.adapters.redis_wakeups import PING_S, SILENCE_S, RedisWakeups
from imaging.ports import Wakeups
from imaging.settings import RedisSettings
from tests.redis import RedisServer

PATIENCE_S = 40


def settings(server: RedisServer, prefix: str = "tests:") -> RedisSettings:
    return RedisSettings(url=SecretStr(server.url), prefix=prefix)


@asynccontextmanager
async def process(
    server: RedisServer, prefix: str = "tests:", *, ping_s: float = PING_S, silence_s: float = SILENCE_S
) -> AsyncIterator[RedisWakeups]:
    """What one process has; it hears the others when this begins."""
    pool = new_pool(settings(server, prefix))
    wakeups = RedisWakeups(Redis(connection_pool=pool), prefix, ping_s=ping_s, silence_s=silence_s)
    wakeups.open()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await wakeups.connected()
        yield wakeups
    finally:
        await wakeups.close()
        await close(pool)


async def waiting(wakeups: Wakeups, topic: str, timeout_s: float = PATIENCE_S) -> "asyncio.Task[bool]":
    """Somebody who waits by now."""
    task = asyncio.create_task(wakeups.wait(topic, timeout_s=timeout_s))
    await asyncio.sleep(0)
    return task

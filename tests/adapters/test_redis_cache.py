"""The cache over a real Redis: shared, bounded, and nothing worse than empty when Redis is away."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from imaging.adapters import redis_cache
from imaging.adapters.redis_cache import LARGEST_BYTES, RedisCache
from imaging.adapters.redis_client import close, new_pool
from tests.adapters.sharing import PATIENCE_S, settings
from tests.redis import RedisServer, running_redis

pytestmark = pytest.mark.full


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
async def cache(server: RedisServer) -> AsyncIterator[RedisCache]:
    pool = new_pool(settings(server))
    yield RedisCache(pool, "tests:")
    await close(pool)


async def test_processes_share_it_and_other_prefixes_do_not(server: RedisServer, cache: RedisCache) -> None:
    pool = new_pool(settings(server))
    await cache.set("a", b"1", ttl_s=60)
    assert await RedisCache(pool, "tests:").get("a") == b"1"
    assert await RedisCache(pool, "others:").get("a") is None
    await close(pool)


async def test_every_entry_has_its_time(server: RedisServer, cache: RedisCache) -> None:
    await cache.set("a", b"1", ttl_s=60)
    assert 0 < int(server.ask("PTTL tests:cache:a").removeprefix(":")) <= 60_000


async def test_what_is_too_large_is_not_kept(server: RedisServer, cache: RedisCache) -> None:
    await cache.set("a", bytes(LARGEST_BYTES + 1), ttl_s=60)
    assert await cache.get("a") is None
    assert server.ask("DBSIZE") == ":0"


@pytest.mark.parametrize("away", [RedisServer.freeze, RedisServer.stop])
async def test_without_redis_nothing_is_remembered_and_nobody_waits_long(
    server: RedisServer, cache: RedisCache, away: Callable[[RedisServer], None], caplog: pytest.LogCaptureFixture
) -> None:
    await cache.set("a", b"1", ttl_s=60)
    away(server)
    started = time.monotonic()
    with caplog.at_level(logging.WARNING, redis_cache.__name__):
        assert [await cache.get("a") for _ in range(100)] == [None] * 100
        await cache.set("a", b"2", ttl_s=60)
        await cache.delete("a")
    assert time.monotonic() - started < PATIENCE_S / 2
    assert 1 <= len(caplog.records) < 20


async def test_it_remembers_again_when_redis_is_back(server: RedisServer, cache: RedisCache) -> None:
    server.stop()
    assert await cache.get("a") is None
    server.start()
    deadline = time.monotonic() + PATIENCE_S
    while await cache.get("a") is None:
        assert time.monotonic() < deadline
        await cache.set("a", b"1", ttl_s=60)
        await asyncio.sleep(0.1)
    assert await cache.get("a") == b"1"


async def test_who_gives_up_asking_leaves_no_answer_for_the_next(cache: RedisCache) -> None:
    await cache.set("mine", b"mine", ttl_s=60)
    await cache.set("yours", bytes(4_000_000), ttl_s=60)
    for pause_s in (0, 0.0005, 0.001, 0.002, 0.004):
        asking = asyncio.create_task(cache.get("yours"))
        await asyncio.sleep(pause_s)
        asking.cancel()
        await asyncio.wait({asking})
        assert await cache.get("mine") == b"mine"

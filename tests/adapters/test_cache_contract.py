"""What a cache does, in memory and in a real Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from imaging.adapters.late_cache import LateCache
from imaging.adapters.memory_cache import MemoryCache
from imaging.adapters.redis_cache import RedisCache
from imaging.adapters.redis_client import close, new_pool
from imaging.ports import Cache
from tests.adapters.sharing import settings


@pytest.fixture(params=["memory", "late", pytest.param("redis", marks=pytest.mark.full)])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    if request.param != "redis":
        yield MemoryCache() if request.param == "memory" else LateCache(MemoryCache)
        return
    server = request.getfixturevalue("redis_server")
    server.ask("FLUSHALL")
    pool = new_pool(settings(server))
    yield RedisCache(pool, "tests:")
    await close(pool)


@pytest.mark.parametrize("value", [b"", b"text", b"\x00\xff\n", bytes(range(256)) * 4096])
async def test_what_was_remembered_comes_back_byte_for_byte(cache: Cache, value: bytes) -> None:
    await cache.set("a", value, ttl_s=60)
    assert await cache.get("a") == value


async def test_what_was_never_remembered_is_none(cache: Cache) -> None:
    assert await cache.get("a") is None


async def test_an_entry_is_gone_after_its_time(cache: Cache) -> None:
    await cache.set("a", b"1", ttl_s=0.3)
    await cache.set("b", b"1", ttl_s=60)
    await asyncio.sleep(0.6)
    assert [await cache.get(key) for key in "ab"] == [None, b"1"]


@pytest.mark.parametrize("ttl_s", [0, -1, 0.0001])
async def test_what_has_no_time_is_not_kept_and_takes_the_place_of_what_was(cache: Cache, ttl_s: float) -> None:
    await cache.set("a", b"1", ttl_s=60)
    await cache.set("a", b"2", ttl_s=ttl_s)
    await asyncio.sleep(0.01)
    assert await cache.get("a") is None


async def test_a_second_value_replaces_the_first_and_its_time(cache: Cache) -> None:
    await cache.set("a", b"1", ttl_s=0.3)
    await cache.set("a", b"2", ttl_s=60)
    await asyncio.sleep(0.6)
    assert await cache.get("a") == b"2"


async def test_deleting_forgets_and_may_be_repeated(cache: Cache) -> None:
    await cache.set("a", b"1", ttl_s=60)
    await cache.delete("a")
    await cache.delete("a")
    assert await cache.get("a") is None


async def test_many_may_ask_at_once(cache: Cache) -> None:
    await asyncio.gather(*(cache.set(str(number), b"%d" % number, ttl_s=60) for number in range(100)))
    found = await asyncio.gather(*(cache.get(str(number)) for number in range(100)))
    assert found == [b"%d" % number for number in range(100)]

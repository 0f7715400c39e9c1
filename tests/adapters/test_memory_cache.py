"""The bound of the cache in memory; what any cache does is in test_cache_contract."""

from imaging.adapters.memory_cache import ENTRY_OVERHEAD_BYTES, MemoryCache


async def test_what_was_not_asked_for_longest_goes_first_when_the_cache_is_full() -> None:
    cache = MemoryCache(limit_bytes=2 * (ENTRY_OVERHEAD_BYTES + 11))
    await cache.set("a", b"0123456789", ttl_s=60)
    await cache.set("b", b"0123456789", ttl_s=60)
    await cache.get("a")
    await cache.set("c", b"0123456789", ttl_s=60)
    assert [await cache.get(key) is not None for key in "abc"] == [True, False, True]


async def test_a_value_larger_than_the_cache_is_not_kept_and_evicts_nothing() -> None:
    cache = MemoryCache(limit_bytes=1_000)
    await cache.set("small", b"1", ttl_s=60)
    await cache.set("large", bytes(2_000), ttl_s=60)
    assert await cache.get("large") is None
    assert await cache.get("small") == b"1"


async def test_ten_thousand_entries_stay_within_the_limit() -> None:
    cache = MemoryCache(limit_bytes=50 * (ENTRY_OVERHEAD_BYTES + 104))
    for number in range(10_000):
        await cache.set(f"{number:04}", bytes(100), ttl_s=60)
    kept = [number for number in range(10_000) if await cache.get(f"{number:04}") is not None]
    assert kept == list(range(9_950, 10_000))

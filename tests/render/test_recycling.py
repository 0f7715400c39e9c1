"""Decoder processes that have kept memory, or have done their share, are replaced without anybody noticing."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from imaging.errors import FileRejected
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Limits
from tests import pictures

MIB = 1024 * 1024


@pytest.fixture
async def pool() -> AsyncIterator[DecoderPool]:
    pool = DecoderPool(2, 1024 * MIB, 30, Limits())
    await pool.start()
    yield pool
    await pool.close()


@pytest.fixture
async def strict() -> AsyncIterator[DecoderPool]:
    """A pool whose processes may keep next to nothing."""
    pool = DecoderPool(2, 1024 * MIB, 30, Limits(), spare_bytes=MIB)
    await pool.start()
    yield pool
    await pool.close()


@pytest.fixture
async def busy() -> AsyncIterator[DecoderPool]:
    """A pool whose processes have soon done their share."""
    pool = DecoderPool(2, 1024 * MIB, 30, Limits(), share=4)
    await pool.start()
    yield pool
    await pool.close()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return _write(tmp_path / "small", pictures.png(8, 8))


@pytest.fixture
def hungry(tmp_path: Path) -> Path:
    return _write(tmp_path / "hungry", pictures.avif(1_600, 1_200))


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    data = pictures.avif(1_600, 1_200)
    middle = len(data) // 2
    return _write(tmp_path / "broken", data[:middle] + b"\xaa" * 2_000 + data[middle + 2_000 :])


async def test_a_process_that_keeps_memory_is_replaced(strict: DecoderPool, hungry: Path) -> None:
    seen = set(_decoders())
    for _ in range(3):
        assert (await strict.inspect(hungry)).source.width == 1_600
        await _settled()
        seen |= set(_decoders())
    assert len(seen) >= 4


async def test_a_process_that_was_refused_a_picture_is_replaced_for_what_that_left_behind(
    strict: DecoderPool, broken: Path
) -> None:
    before = set(_decoders())
    for _ in range(3):
        with pytest.raises(FileRejected):
            await strict.inspect(broken)
    await _settled()
    assert set(_decoders()) != before


async def test_processes_that_keep_little_stay(pool: DecoderPool, small: Path, hungry: Path) -> None:
    before = set(_decoders())
    for path in (small, hungry) * 5:
        await pool.inspect(path)
    assert set(_decoders()) == before


async def test_after_its_share_of_pictures_a_process_is_replaced(busy: DecoderPool, small: Path) -> None:
    seen = set(_decoders())
    for _ in range(12):
        assert (await busy.inspect(small)).source.width == 8
        await _settled()
        seen |= set(_decoders())
    assert len(seen) >= 4


@pytest.mark.full
async def test_of_two_hundred_requests_none_is_lost_while_processes_come_and_go(
    strict: DecoderPool, small: Path, hungry: Path
) -> None:
    seen: set[int] = set()
    slots = asyncio.Semaphore(8)

    async def ask(number: int) -> int:
        async with slots:
            found = await strict.inspect(hungry if number % 12 == 0 else small)
            seen.update(_decoders())
            return found.source.width

    widths = await asyncio.gather(*(ask(number) for number in range(200)))
    assert widths == [1_600 if number % 12 == 0 else 8 for number in range(200)]
    assert 6 < len(seen) < 40
    await _settled()
    assert all(child.memory_info().rss < 150 * MIB for child in _decoders().values())


async def test_a_pool_that_is_closed_while_some_still_start_complains_of_nothing() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: complaints.append(told))
    pool = DecoderPool(4, 1024 * MIB, 30, Limits())
    await pool.start()
    await pool.close()
    await asyncio.sleep(0)
    gc.collect()
    assert complaints == []


async def _settled() -> None:
    """Wait until the processes that were replaced are gone."""
    for _ in range(100):
        if len(_decoders()) == 2:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"there are {len(_decoders())} decoders instead of two")


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _decoders() -> dict[int, psutil.Process]:
    found = {}
    for child in psutil.Process().children():
        try:
            if "spawn_main" in " ".join(child.cmdline()):
                found[child.pid] = child
        except psutil.Error:
            continue
    return found

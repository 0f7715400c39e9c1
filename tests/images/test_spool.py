"""Files on their way in are hashed, bounded, and gone when nobody wants them."""

import asyncio
import hashlib
import random
from pathlib import Path

import pytest

from imaging.errors import TooManyBytes
from imaging.images.spool import Spool


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("size", [0, 1, 999, 3_000_000])
async def test_a_file_lies_on_the_disk_as_it_was_sent(tmp_path: Path, size: int) -> None:
    content = random.Random(size).randbytes(size)
    file = Spool(tmp_path, 10_000_000).open("a.jpg")
    for start in range(0, size, 64 * 1024):
        await file.write(content[start : start + 64 * 1024])
    await file.finish()
    assert file.path.read_bytes() == content
    assert (file.size_bytes, file.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert file.path.name == file.image_id.hex


async def test_a_file_that_is_too_large_is_freed_at_once_and_says_why(tmp_path: Path) -> None:
    file = Spool(tmp_path, 2_000_000).open("a.jpg")
    for _ in range(40):
        await file.write(bytes(100_000))
    await file.finish()
    assert isinstance(file.rejected, TooManyBytes)
    assert "2000000" in file.rejected.message
    assert left_in(tmp_path) == []


async def test_a_file_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    file = Spool(tmp_path, 100).open("a.jpg")
    await file.write(bytes(100))
    await file.finish()
    assert (file.rejected, file.path.stat().st_size) == (None, 100)


async def test_discarding_twice_is_discarding_once(tmp_path: Path) -> None:
    file = Spool(tmp_path, 10_000_000).open("a.jpg")
    await file.write(bytes(2_000_000))
    await file.discard()
    await file.discard()
    await file.write(bytes(2_000_000))
    await file.finish()
    assert left_in(tmp_path) == []


async def test_a_sender_who_hangs_up_at_any_moment_leaves_nothing(tmp_path: Path) -> None:
    spool, chance = Spool(tmp_path, 50_000_000), random.Random(1)

    async def receive() -> None:
        file = spool.open("a.jpg")
        try:
            for _ in range(20):
                await file.write(bytes(1_500_000))
            await file.finish()
        finally:
            await file.discard()

    tasks = [asyncio.create_task(receive()) for _ in range(20)]
    for task in tasks:
        await asyncio.sleep(chance.random() * 0.01)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert left_in(tmp_path) == []

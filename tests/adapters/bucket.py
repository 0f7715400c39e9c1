"""What the tests of the S3 store share."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import psutil

from imaging.adapters.s3_store import S3Store, open_s3_store
from imaging.settings import S3Settings

MIB = 1024 * 1024


@contextlib.asynccontextmanager
async def opened(settings: S3Settings, tmp_path: Path) -> AsyncIterator[S3Store]:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    async with open_s3_store(settings, scratch) as store:
        yield store
    assert list(scratch.iterdir()) == []


def given(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / f"given-{len(list(tmp_path.glob('given-*')))}"
    path.write_bytes(content)
    return path


def large(tmp_path: Path, mebibytes: int) -> Path:
    """A file of random bytes, written a mebibyte at a time."""
    path = tmp_path / f"large-{mebibytes}"
    with path.open("wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(MIB))
    return path


async def content(store: S3Store, key: str) -> bytes:
    return b"".join([chunk async for chunk in store.read(key)])


async def listing(store: S3Store, prefix: str = "") -> set[str]:
    return {key async for key in store.keys(prefix)}


def sockets(port: int) -> int:
    """How many connections of this process lead to the port."""
    return sum(bool(found.raddr) and found.raddr.port == port for found in psutil.Process().net_connections("tcp"))


@contextlib.asynccontextmanager
async def growth() -> AsyncIterator[list[int]]:
    """Gives a list whose last entry, afterwards, is by how many bytes this process grew at most."""
    process, seen = psutil.Process(), [0]
    before = process.memory_info().rss

    async def watch() -> None:
        while True:
            seen.append(max(seen[-1], process.memory_info().rss - before))
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()

"""Reading from a bucket, in ranges: each is a request of its own, whose connection is free before its bytes are used.

So a slow reader holds a little memory and no connection, one who goes away leaves none behind, and a line that
breaks costs one range.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from imaging.adapters.s3_client import Bucket, code_of, status_of
from imaging.adapters.together import all_of
from imaging.cancellation import to_the_end
from imaging.errors import NotFound, StorageUnavailable

RANGE_BYTES = 1024 * 1024
DOWNLOAD_BYTES = 4 * RANGE_BYTES
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of an object; `total_bytes` is the size of the whole, `etag` the server's name for its state."""

    content: bytes
    total_bytes: int
    etag: str


async def pieces(bucket: Bucket, key: str, start: int, end: int | None) -> AsyncIterator[bytes]:
    """Stream the bytes from `start` up to but not including `end`, all of the same state of the object.

    Raises:
        NotFound: there is no such object, or it was replaced meanwhile.
    """
    etag: str | None = None
    while end is None or start < end:
        stop = start + RANGE_BYTES if end is None else min(end, start + RANGE_BYTES)
        piece = await fetch(bucket, key, start, stop, etag)
        if piece.content:
            yield piece.content
        start, etag = stop, piece.etag
        if start >= piece.total_bytes:
            return


async def download(bucket: Bucket, key: str, target: Path, slots: asyncio.Semaphore) -> None:
    """Write an object into a new file, several ranges at a time; each takes one of the slots.

    Raises:
        NotFound: there is no such object.
    """
    file = await to_the_end(asyncio.to_thread(os.open, target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:

        async def bring(start: int, etag: str | None) -> tuple[int, str]:
            async with slots:
                piece = await fetch(bucket, key, start, start + DOWNLOAD_BYTES, etag)
                # A cancelled caller must not leave a thread behind that writes to a file that is closed.
                await to_the_end(asyncio.to_thread(_write, file, piece.content, start))
                return piece.total_bytes, piece.etag

        total_bytes, etag = await bring(0, None)
        await all_of(bring(start, etag) for start in range(DOWNLOAD_BYTES, total_bytes, DOWNLOAD_BYTES))
    finally:
        os.close(file)


async def fetch(bucket: Bucket, key: str, start: int, end: int, etag: str | None) -> Piece:
    """Return one range of an object, empty behind its end; with `etag`, only of that state of it.

    Raises:
        NotFound: there is no such object, or not in this state.
    """
    for attempt in range(ATTEMPTS):
        try:
            return await _fetch(bucket, key, start, end, etag)
        except (aiohttp.ClientError, BotoCoreError, TimeoutError, OSError):
            await asyncio.sleep(random.uniform(0.1, 0.2) * 4**attempt)  # noqa: S311 - jitter, not a secret
    raise StorageUnavailable


async def _fetch(bucket: Bucket, key: str, start: int, end: int, etag: str | None) -> Piece:
    condition = {} if etag is None else {"IfMatch": etag}
    try:
        answer = await bucket.ask("get_object", Key=key, Range=f"bytes={start}-{end - 1}", **condition)
    except ClientError as error:
        if status_of(error) == 416:
            return Piece(b"", 0, "")
        if status_of(error) == 412 or code_of(error) in ("NoSuchKey", "404"):
            raise absent() from None
        raise
    async with asyncio.timeout(bucket.timeout_s), answer["Body"] as body:
        content = await body.read()
    total = int(str(answer.get("ContentRange", len(content))).rpartition("/")[2])
    if len(content) != min(end, total) - start:
        raise aiohttp.ClientPayloadError
    return Piece(content, total, answer["ETag"])


def absent() -> NotFound:
    """Return what is said about an object that is not there."""
    return NotFound("There is no such object.")


def _write(file: int, content: bytes, start: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(file, view, start)
        view, start = view[written:], start + written

"""A place in a file where bytes come down: hashed while they are written, a megabyte at a time."""

import asyncio
import errno
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from imaging.cancellation import to_the_end
from imaging.errors import ChecksumMismatch, StorageUnavailable

BUFFER_BYTES = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Landing:
    """Some bytes of the file at `path`, from `start` on; to be closed, however it ends."""

    def __init__(self, path: Path, start: int = 0) -> None:
        self.path = path
        self._position = start
        self._file: int | None = None

    def create(self) -> None:
        """Make the file; FileNotFoundError when its folder is gone."""
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def share(self) -> bool:
        """Open a file that others write to, too; False when it is gone, or somebody is finishing it."""
        try:
            self._file = os.open(self.path, os.O_WRONLY)
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return os.path.samestat(os.fstat(self._file), self.path.stat())
        except (FileNotFoundError, NotADirectoryError, BlockingIOError):
            return False

    async def take(self, body: AsyncIterator[bytes], size_bytes: int) -> str:
        """Write exactly so many bytes and sync them; return their SHA-256 in hex.

        Raises:
            ChecksumMismatch: there are more, or less.
            StorageUnavailable: the disk is full.
        """
        digest, waiting, waiting_bytes, left = hashlib.sha256(), list[bytes](), 0, size_bytes
        async for chunk in body:
            left -= len(chunk)
            if left < 0:
                break
            waiting.append(chunk)
            waiting_bytes += len(chunk)
            if waiting_bytes >= BUFFER_BYTES:
                await self._write(digest, waiting)
                waiting, waiting_bytes = [], 0
        if left:
            raise ChecksumMismatch(
                f"There came {'more' if left < 0 else 'less'} than the {size_bytes} bytes announced."
            )
        await self._write(digest, waiting, sync=True)
        return digest.hexdigest()

    def close(self) -> None:
        """Let go of the file; idempotent."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    async def _write(self, digest: "hashlib._Hash", chunks: list[bytes], *, sync: bool = False) -> None:
        # A cancelled caller must not leave a thread behind that writes to a file that is closed.
        await to_the_end(asyncio.to_thread(self._append, digest, chunks, sync))

    def _append(self, digest: "hashlib._Hash", chunks: list[bytes], sync: bool) -> None:
        assert self._file is not None
        try:
            for chunk in chunks:
                digest.update(chunk)
                view = memoryview(chunk)
                while view:
                    written = os.pwrite(self._file, view, self._position)
                    view, self._position = view[written:], self._position + written
            if sync:
                os.fdatasync(self._file)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise StorageUnavailable("There is no room for these bytes; try again later.") from error

"""Files on their way in: hashed while they are written, bounded, gone when nobody takes them over."""

import asyncio
import hashlib
import uuid
from pathlib import Path
from typing import BinaryIO

from imaging.cancellation import to_the_end
from imaging.errors import FileRejected, TooManyBytes
from imaging.images.fields import clean_filename

BUFFER_BYTES = 1024 * 1024


class SpoolFile:
    """One file being received. It lies at `path`, which is named after the image it may become.

    `sha256` (hex) and `size_bytes` are final after `finish`. `rejected` says why the file will not be
    taken in; from then on what is written to it is thrown away. `staged_key` is None: no store has it yet.
    """

    def __init__(self, directory: Path, filename: str, limit_bytes: int) -> None:
        self.image_id = uuid.uuid4()
        self.filename = clean_filename(filename)
        self.path = directory / self.image_id.hex
        self.size_bytes = 0
        self.rejected: FileRejected | None = None
        self.staged_key: str | None = None
        self._limit_bytes = limit_bytes
        self._hash = hashlib.sha256()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._file: BinaryIO | None = None
        self._finished = False

    @property
    def sha256(self) -> str:
        """The hash of what was written, in hex."""
        return self._hash.hexdigest()

    async def write(self, chunk: bytes) -> None:
        """Append some bytes."""
        if self.rejected is not None or self._finished:
            return
        self.size_bytes += len(chunk)
        if self.size_bytes > self._limit_bytes:
            self.rejected = TooManyBytes(f"The file is larger than the {self._limit_bytes} bytes that are allowed.")
            await self._free()
            return
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        if self._waiting_bytes >= BUFFER_BYTES:
            await self._flush()

    async def finish(self) -> None:
        """Write what is left; the file is complete."""
        if self.rejected is not None or self._finished:
            return
        await self._flush()
        self._finished = True
        await to_the_end(asyncio.to_thread(self._close))

    async def discard(self) -> None:
        """Remove the file; idempotent, and done even when the caller is cancelled."""
        self._finished = True
        await self._free()

    async def _flush(self) -> None:
        chunks, self._waiting, self._waiting_bytes = self._waiting, [], 0
        # A cancelled caller must not leave a thread behind that still writes to a file being removed.
        await to_the_end(asyncio.to_thread(self._append, chunks))

    async def _free(self) -> None:
        self._waiting, self._waiting_bytes = [], 0
        await to_the_end(asyncio.to_thread(self._remove))

    def _append(self, chunks: list[bytes]) -> None:
        if self._file is None:
            self._file = self.path.open("xb")
        for chunk in chunks:
            self._hash.update(chunk)
        self._file.writelines(chunks)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _remove(self) -> None:
        self._close()
        self.path.unlink(missing_ok=True)


class Spool:
    """A folder for files being received; `limit_bytes` is the most that one may have."""

    def __init__(self, directory: Path, limit_bytes: int) -> None:
        self._directory = directory
        self._limit_bytes = limit_bytes

    def open(self, filename: str) -> SpoolFile:
        """Begin to receive a file; nothing is on the disk before its first megabyte or its end."""
        return SpoolFile(self._directory, filename, self._limit_bytes)

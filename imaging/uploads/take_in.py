"""The worker's part: staged bytes are looked at, and become an image or a failure that says why."""

import asyncio
import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from imaging.cancellation import to_the_end
from imaging.errors import ChecksumMismatch, FileRejected, NotFound, StorageUnavailable
from imaging.images.ingest import Ingest
from imaging.images.replace import Replacement
from imaging.ports import ObjectStore, Wakeups
from imaging.uploads.models import Upload, UploadKind
from imaging.uploads.settle import Settling

_CHUNK_BYTES = 1024 * 1024
_CHUNKS_A_TURN = 16


@dataclass(frozen=True, slots=True)
class StagedBytes:
    """Bytes that were staged, as a `ReceivedFile`: read once, and compared with what was announced."""

    image_id: uuid.UUID
    filename: str
    path: Path
    size_bytes: int
    sha256: str
    rejected: FileRejected | None
    staged_key: str | None

    async def discard(self) -> None:
        """Leave everything as it is: the file is the store's."""


class TakingIn:
    """Makes images of uploads whose bytes are staged. Every step may be cut off, and all of it may run twice."""

    def __init__(self, store: ObjectStore, ingest: Ingest, replacement: Replacement, wakeups: Wakeups) -> None:
        self._store = store
        self._replacement = replacement
        self._settling = Settling(ingest, wakeups)

    async def ingest(self, upload_id: str) -> None:
        """Take the upload in; nothing is done for one that has ended.

        Raises:
            Overloaded: the store or the decoder does not answer now; to be tried again.
        """
        upload = await self._settling.waiting(upload_id)
        if upload is None or not await self._settling.begin(upload):
            return
        try:
            async with self._store.local_file(upload.staging_key) as path:
                file = await _looked_at(upload, path)
                if upload.replaces_id is None:
                    await self._settling.take_in(upload, file)
                else:
                    await self._settling.replace(upload, file, self._replacement)
        except NotFound:
            await self._settling.fail(upload, NotFound("The bytes that were sent are gone; upload the file again."))

    async def give_up(self, upload_id: str, _reason: str) -> None:
        """Let an upload fail that could not be taken in however often it was tried."""
        upload = await self._settling.waiting(upload_id)
        if upload is not None:
            error = StorageUnavailable("It was tried many times without success; upload the file again.")
            await self._settling.fail(upload, error)


async def _looked_at(upload: Upload, path: Path) -> StagedBytes:
    size_bytes, sha256 = await _measured(path)
    rejected = None
    if size_bytes != upload.size_bytes:
        rejected = ChecksumMismatch(f"{size_bytes} bytes have arrived; {upload.size_bytes} were announced.")
    elif sha256 != upload.sha256:
        rejected = ChecksumMismatch("The bytes that have arrived have another SHA-256 than was announced.")
    # What was joined of parts stays as it is. A single PUT could be sent again while we look at what it brought:
    # what we looked at is stored, not what lies in the store by then.
    staged_key = upload.staging_key if upload.kind is UploadKind.MULTIPART else None
    return StagedBytes(upload.image_id, upload.filename, path, size_bytes, sha256, rejected, staged_key)


async def _measured(path: Path) -> tuple[int, str]:
    """Return how many bytes the file has, and their SHA-256; a little at a time, so that it can be cut off."""
    digest = hashlib.sha256()
    size_bytes = 0
    with await asyncio.to_thread(path.open, "rb") as file:
        # A cancelled caller must not leave a thread behind that reads from a closed file.
        while read := await to_the_end(asyncio.to_thread(_read_on, file, digest)):
            size_bytes += read
    return size_bytes, digest.hexdigest()


def _read_on(file: BinaryIO, digest: "hashlib._Hash") -> int:
    read = 0
    for _ in range(_CHUNKS_A_TURN):
        chunk = file.read(_CHUNK_BYTES)
        digest.update(chunk)
        read += len(chunk)
        if len(chunk) < _CHUNK_BYTES:
            break
    return read

"""Writing into a bucket: a small file in one request, a large one in parts, several at a time; whole or not at all."""

import asyncio
import hashlib
import io
import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from imaging.adapters.s3_abilities import Abilities
from imaging.adapters.s3_client import Bucket, code_of, status_of
from imaging.adapters.together import all_of
from imaging.cancellation import to_the_end
from imaging.errors import ImagingError, StorageUnavailable

PART_BYTES = 8 * 1024 * 1024
MAX_PARTS = 10_000
LARGE_BYTES = 1024 * 1024
ATTEMPTS = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file to be stored, and what is known of it; `headers` are kept with the object."""

    key: str
    path: Path
    size_bytes: int
    headers: Mapping[str, Any]  # Any: as the SDK names and types them

    @property
    def part_bytes(self) -> int:
        """How long every part is but the last."""
        return max(PART_BYTES, -(-self.size_bytes // MAX_PARTS))


@dataclass(frozen=True)
class Uploads:
    """Writes files into a bucket; each body above a megabyte takes one of the slots, so memory is bounded."""

    bucket: Bucket
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(3))

    async def whole(self, file: Incoming, can: Abilities, *, once: bool) -> bool:
        """Store a file by one request; with `once`, return False when the server says that the key is taken.

        Raises:
            StorageUnavailable: it does not arrive.
        """
        async with self._slot(file.size_bytes):
            body, checksum = await asyncio.to_thread(_part, file.path, 0, file.size_bytes, can)
            condition = {"IfNoneMatch": "*"} if once and can.writes_once else {}
            try:
                await self._ask("put_object", Key=file.key, Body=body, **file.headers, **checksum, **condition)
            except ClientError as error:
                if condition and status_of(error) in (409, 412):
                    return False
                raise
        return True

    async def in_parts(self, file: Incoming, can: Abilities) -> bool:
        """Store a file in parts; return False when somebody took the unfinished upload away, or nobody knows.

        Raises:
            StorageUnavailable: it does not arrive.
        """
        upload: dict[str, str] = {}
        numbers = range(1, -(-file.size_bytes // file.part_bytes) + 1)
        try:
            # Who is cancelled while the server begins would never learn the id of what is to be aborted.
            await to_the_end(self._begin(file, can, upload))
            parts = await all_of(self._part(file, can, upload, number) for number in numbers)
            await self._ask("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts})
        except ClientError as error:
            if code_of(error) == "NoSuchUpload":
                return False
            await to_the_end(self.abort(upload))
            raise
        except BaseException:
            await to_the_end(self.abort(upload))
            raise
        return True

    async def abort(self, upload: Mapping[str, str]) -> None:
        """Throw away the parts of an unfinished upload; silent when there are none, or the server does not answer."""
        if not upload:
            return
        try:
            await self.bucket.ask("abort_multipart_upload", **upload)
        except (ClientError, ImagingError) as error:
            if not isinstance(error, ClientError) or code_of(error) != "NoSuchUpload":
                _log.warning("an unfinished upload is left in the bucket: %s", type(error).__name__)

    async def _begin(self, file: Incoming, can: Abilities, upload: dict[str, str]) -> None:
        algorithm = {"ChecksumAlgorithm": "SHA256"} if can.checks_sha256 else {}
        begun = await self._ask("create_multipart_upload", Key=file.key, **file.headers, **algorithm)
        upload.update(Key=file.key, UploadId=begun["UploadId"])

    async def _part(self, file: Incoming, can: Abilities, upload: Mapping[str, str], number: int) -> dict[str, Any]:
        async with self._slot(file.part_bytes):
            start = (number - 1) * file.part_bytes
            body, checksum = await asyncio.to_thread(_part, file.path, start, file.part_bytes, can)
            answer = await self._ask("upload_part", **upload, PartNumber=number, Body=body, **checksum)
        told = {"ChecksumSHA256": checksum["ChecksumSHA256"]} if can.checks_sha256 else {}
        return {"PartNumber": number, "ETag": answer["ETag"], **told}

    async def _ask(self, operation: str, **parameters: Any) -> dict[str, Any]:  # Any: as the operation defines them
        """Ask the bucket; bytes that were damaged on the way are sent again."""
        for _ in range(ATTEMPTS):
            try:
                return await self.bucket.ask(operation, **parameters)
            except ClientError as error:
                if code_of(error) not in ("BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch"):
                    raise
                _log.warning("s3 %s: the bytes did not arrive as they were sent", operation)
                parameters["Body"].seek(0)
        raise StorageUnavailable

    def _slot(self, size_bytes: int) -> AbstractAsyncContextManager[None]:
        return self.slots if size_bytes > LARGE_BYTES else nullcontext()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _part(path: Path, start: int, length: int, can: Abilities) -> tuple[io.BytesIO, dict[str, str]]:
    """Return some bytes of a file, and their checksum; not as `bytes`, of which aiohttp would make a copy."""
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        content = file.read(length)
    return io.BytesIO(content), can.checksum(content)

"""Keeps objects in an S3 bucket: the `ObjectStore` for production.

The ETag that we tell is the SHA-256 of the bytes, kept with each object as `x-amz-meta-sha256`; the server's own
depends on how an object was sent.
"""

import asyncio
import datetime
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from imaging.adapters.object_keys import is_key
from imaging.adapters.s3_abilities import Abilities, ask_abilities
from imaging.adapters.s3_client import Bucket, open_bucket, status_of
from imaging.adapters.s3_copy import Copies
from imaging.adapters.s3_read import absent, download, pieces
from imaging.adapters.s3_scratch import Scratch
from imaging.adapters.s3_upload import PART_BYTES, Incoming, Uploads, sha256_of
from imaging.errors import StorageUnavailable
from imaging.object_ports import Entry, Unfinished
from imaging.ports import ObjectInfo
from imaging.settings import S3Settings

DIGEST = "sha256"
RESTARTS = 5

_log = logging.getLogger(__name__)


@asynccontextmanager
async def open_s3_store(settings: S3Settings, scratch_dir: Path) -> AsyncIterator["S3Store"]:
    """Give the store in the configured bucket; `scratch_dir` is for copies that are being read.

    A server that does not answer yet is no reason not to begin.

    Raises:
        Misconfigured: the bucket is not there, or we may not use it.
    """
    async with open_bucket(settings) as bucket:
        store = S3Store(bucket, scratch_dir)
        try:
            await store.abilities()
        except StorageUnavailable:
            _log.warning("the S3 server does not answer; beginning without it")
        yield store


class S3Store:
    """An `ObjectStore` in one bucket, below its prefix."""

    def __init__(self, bucket: Bucket, scratch_dir: Path) -> None:
        self.bucket = bucket
        self._uploads = Uploads(bucket)
        self._copies = Copies(bucket, self._uploads)
        self._scratch = Scratch(scratch_dir, self._download)
        self._abilities: Abilities | None = None

    async def abilities(self) -> Abilities:
        """Return what the server can do; asked once."""
        if self._abilities is None:
            self._abilities = await ask_abilities(self.bucket)
        return self._abilities

    async def put(self, key: str, path: Path, *, content_type: str, sha256: str | None = None) -> ObjectInfo:
        """Store the file's bytes under the key; where the same bytes are stored already, they stay.

        Raises:
            StorageUnavailable: the server does not answer; nothing half-stored can be seen.
        """
        full_key, size_bytes = self._key(key), (await asyncio.to_thread(path.stat)).st_size
        digest = sha256 if sha256 is not None else await asyncio.to_thread(sha256_of, path)
        headers = {"ContentType": content_type, "Metadata": {DIGEST: digest}}
        file = Incoming(full_key, path, size_bytes, headers)
        put = self._put_whole if size_bytes <= PART_BYTES else self._put_in_parts
        await put(key, file, digest)
        return ObjectInfo(key, size_bytes, digest)

    async def stat(self, key: str) -> ObjectInfo | None:
        """Return what is known about the object, or None when there is none."""
        try:
            found = await self.bucket.ask("head_object", Key=self._key(key))
        except ClientError as error:
            if status_of(error) == 404:
                return None
            raise
        return ObjectInfo(key, found["ContentLength"], found["Metadata"].get(DIGEST) or found["ETag"].strip('"'))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Stream the bytes from `start` up to but not including `end`; between chunks no connection is held.

        Raises:
            NotFound: there is no such object.
        """
        if end is not None and start >= end:
            if await self.stat(key) is None:
                raise absent()
            return
        async for chunk in pieces(self.bucket, self._key(key), start, end):
            yield chunk

    def local_file(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Give a copy of the object on this disk, to read for as long as the context lasts.

        Raises:
            NotFound: there is no such object.
        """
        return self._scratch.file(self._key(key))

    async def delete(self, key: str) -> None:
        """Forget the object; silent when there is none."""
        await self.bucket.ask("delete_object", Key=self._key(key))

    async def delete_prefix(self, prefix: str) -> int:
        """Forget everything below `prefix`, unfinished uploads too; return how many objects."""
        top = self._below(prefix)
        async for page in self._pages("list_multipart_uploads", top, "KeyMarker", "UploadIdMarker"):
            for upload in page.get("Uploads", ()):
                await self._uploads.abort({"Key": upload["Key"], "UploadId": upload["UploadId"]})
        removed = 0
        async for page in self._pages("list_objects_v2", top, "ContinuationToken"):
            found = [{"Key": entry["Key"]} for entry in page.get("Contents", ())]
            if found:
                answer = await self.bucket.ask("delete_objects", Delete={"Objects": found, "Quiet": True})
                if answer.get("Errors"):
                    raise StorageUnavailable
            removed += len(found)
        return removed

    async def keys(self, prefix: str, *, before: datetime.datetime | None = None) -> AsyncIterator[str]:
        """List the keys below `prefix`, in no order; of those only that were last written before a time, if given."""
        async for entry in self.entries(prefix):
            if before is None or entry.used_at < before:
                yield entry.key

    async def entries(self, prefix: str) -> AsyncIterator[Entry]:
        """List what lies below `prefix`, in no order, with its size and when it was written: S3 tells of no reading."""
        async for page in self._pages("list_objects_v2", self._below(prefix), "ContinuationToken"):
            for found in page.get("Contents", ()):
                key = found["Key"].removeprefix(self.bucket.prefix)
                if is_key(key):
                    yield Entry(key, found["Size"], found["LastModified"])

    async def unfinished(self, *, before: datetime.datetime) -> AsyncIterator[Unfinished]:
        """List the uploads in parts that were begun before a time, in the whole store, and not completed."""
        async for page in self._pages("list_multipart_uploads", self.bucket.prefix, "KeyMarker", "UploadIdMarker"):
            for upload in page.get("Uploads", ()):
                key = upload["Key"].removeprefix(self.bucket.prefix)
                if is_key(key) and upload["Initiated"] < before:
                    yield Unfinished(key, upload["UploadId"])

    async def abandon(self, begun: Unfinished) -> None:
        """Forget an upload in parts; silent when there is none.

        Raises:
            StorageUnavailable: the server does not answer.
        """
        try:
            await self.bucket.ask("abort_multipart_upload", Key=self._key(begun.key), UploadId=begun.id)
        except ClientError as error:
            if status_of(error) != 404:
                raise

    async def copy(self, source: str, key: str, *, content_type: str, sha256: str) -> ObjectInfo:
        """Have the server store the bytes of another object under the key, too.

        Raises:
            NotFound: there is no object `source`.
            StorageUnavailable: the server does not answer.
        """
        headers = {"ContentType": content_type, "Metadata": {DIGEST: sha256}}
        return ObjectInfo(key, await self._copies.copy(self._key(source), self._key(key), headers), sha256)

    async def _put_whole(self, key: str, file: Incoming, sha256: str) -> None:
        can = await self.abilities()
        if not await self._uploads.whole(file, can, once=True) and not await self._holds(key, sha256):
            await self._uploads.whole(file, can, once=False)

    async def _put_in_parts(self, key: str, file: Incoming, sha256: str) -> None:
        can = await self.abilities()
        for _ in range(RESTARTS):
            if await self._holds(key, sha256) or await self._uploads.in_parts(file, can):
                return
        raise StorageUnavailable

    async def _holds(self, key: str, sha256: str) -> bool:
        found = await self.stat(key)
        return found is not None and found.etag == sha256

    async def _download(self, full_key: str, path: Path) -> None:
        await download(self.bucket, full_key, path, self._uploads.slots)

    async def _pages(self, operation: str, top: str, *markers: str) -> AsyncIterator[dict[str, Any]]:
        """List page by page, each when it is wanted; `markers` say where the next page begins."""
        place: dict[str, Any] = {}  # Any: as the SDK gives them
        while True:
            page = await self.bucket.ask(operation, Prefix=top, **place)
            yield page
            place = {marker: page.get(f"Next{marker}") for marker in markers}
            if not page.get("IsTruncated") or not all(place.values()):
                return

    def _below(self, prefix: str) -> str:
        return f"{self._key(prefix.rstrip('/'))}/" if prefix else self.bucket.prefix

    def _key(self, key: str) -> str:
        return self.bucket.full_key(key)

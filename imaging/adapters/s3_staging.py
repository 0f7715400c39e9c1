"""Lets people put bytes straight into the bucket, by presigned addresses: the `Staging` for production.

What a server verifies, measured with Ceph's gateway [16.2]: it refuses another length, type, key or part number,
addresses that have expired, and, of whole objects, other bytes. Of parts, which have no hash, it takes any bytes of the
right length. Metadata and an ACL it takes from whoever puts, though they are not signed (Amazon's servers do not): so
nothing that is told of a staged object is believed, and its copy carries none of it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from imaging.adapters.s3_abilities import Abilities
from imaging.adapters.s3_client import Bucket, code_of, open_bucket, status_of
from imaging.adapters.s3_presign import Binding, Presigner, ask_binding
from imaging.adapters.s3_store import S3Store, open_s3_store
from imaging.errors import Conflict, NotFound
from imaging.ports import SignedPut, StagedPart
from imaging.settings import S3Settings

MIB = 1024 * 1024
PART_LIMITS_BYTES = (5 * MIB, 5 * 1024 * MIB)

_OTHER_PARTS = frozenset({"EntityTooSmall", "InvalidPart", "InvalidPartOrder", "MalformedXML"})


@asynccontextmanager
async def open_s3(settings: S3Settings, scratch_dir: Path) -> AsyncIterator[tuple[S3Store, "S3Staging"]]:
    """Give the store in the configured bucket, and what lets people put bytes into it.

    Raises:
        Misconfigured: the bucket is not there, or we may not use it.
    """
    public = settings.model_copy(update={"endpoint_url": settings.public_endpoint_url or settings.endpoint_url})
    async with open_s3_store(settings, scratch_dir) as store, open_bucket(public) as as_seen_by_clients:
        yield store, S3Staging(store.bucket, as_seen_by_clients, store.abilities)


class S3Staging:
    """A `Staging` in one bucket; `signing` is the same bucket by the address that clients know."""

    part_limits_bytes = PART_LIMITS_BYTES

    def __init__(self, bucket: Bucket, signing: Bucket, abilities: Callable[[], Awaitable[Abilities]]) -> None:
        self._bucket = bucket
        self._presigner = Presigner(signing)
        self._abilities = abilities
        self._binding: Binding | None = None

    async def sign_put(self, key: str, *, size_bytes: int, sha256: str, content_type: str, ttl_s: int) -> SignedPut:
        """Admit one PUT of exactly these bytes; `sha256` in hex."""
        return await self._presigner.put(
            self._key(key),
            size_bytes=size_bytes,
            sha256=sha256,
            content_type=content_type,
            ttl_s=ttl_s,
            binding=await self._how_bytes_are_bound(),
        )

    async def begin_parts(self, key: str, *, content_type: str, part_bytes: int) -> str:  # noqa: ARG002
        """Begin an upload in parts; return the server's id for it."""
        begun = await self._bucket.ask("create_multipart_upload", Key=self._key(key), ContentType=content_type)
        return str(begun["UploadId"])

    async def sign_part(self, key: str, upload_id: str, number: int, *, size_bytes: int, ttl_s: int) -> SignedPut:
        """Admit one PUT of one part, of exactly this size."""
        return await self._presigner.part(self._key(key), upload_id, number, size_bytes=size_bytes, ttl_s=ttl_s)

    async def parts(self, key: str, upload_id: str) -> Sequence[StagedPart]:
        """Return the parts that have arrived, by number.

        Raises:
            NotFound: there is no such upload, or it is finished.
        """
        found: list[StagedPart] = []
        place: dict[str, Any] = {}  # Any: as the SDK gives them
        while True:
            try:
                page = await self._bucket.ask("list_parts", Key=self._key(key), UploadId=upload_id, **place)
            except ClientError as error:
                if status_of(error) == 404:
                    raise _absent() from None
                raise
            for part in page.get("Parts", ()):
                found.append(StagedPart(part["PartNumber"], part["Size"], part["ETag"].strip('"')))
            place = {"PartNumberMarker": page.get("NextPartNumberMarker")}
            if not page.get("IsTruncated") or not place["PartNumberMarker"]:
                return sorted(found, key=lambda part: part.number)

    async def complete_parts(self, key: str, upload_id: str, parts: Sequence[StagedPart]) -> None:
        """Make one object of the parts, under the key; done already, it stays done.

        Raises:
            NotFound: there is no such upload, and no object under the key.
            Conflict: a part is missing or is another by now.
        """
        try:
            arrived = await self.parts(key, upload_id)
        except NotFound:
            return await self._must_be_done(key)
        if not parts or [part.number for part in parts] != list(range(1, len(parts) + 1)) or set(parts) - set(arrived):
            raise Conflict("A part is missing, or is another by now.")
        listed = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in parts]
        place = {"Key": self._key(key), "UploadId": upload_id}
        try:
            await self._bucket.ask("complete_multipart_upload", **place, MultipartUpload={"Parts": listed})
        except ClientError as error:
            if code_of(error) in _OTHER_PARTS:
                raise Conflict(
                    "A part is missing, is another by now, or is shorter than a part that others follow."
                ) from None
            if status_of(error) != 404:
                raise
            await self._must_be_done(key)

    async def abort_parts(self, key: str, upload_id: str) -> None:
        """Forget the upload and its parts; silent when there is none."""
        try:
            await self._bucket.ask("abort_multipart_upload", Key=self._key(key), UploadId=upload_id)
        except ClientError as error:
            if status_of(error) != 404:
                raise

    async def _must_be_done(self, key: str) -> None:
        try:
            await self._bucket.ask("head_object", Key=self._key(key))
        except ClientError as error:
            if status_of(error) == 404:
                raise _absent() from None
            raise

    async def _how_bytes_are_bound(self) -> Binding:
        if self._binding is None:
            self._binding = await ask_binding(self._bucket, await self._abilities())
        return self._binding

    def _key(self, key: str) -> str:
        return self._bucket.full_key(key)


def _absent() -> NotFound:
    return NotFound("There is no such upload; it was finished or given up.")

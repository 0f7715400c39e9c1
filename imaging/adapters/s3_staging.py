"""Lets people put bytes straight into the bucket, by presigned addresses: the `Staging` for production."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from imaging.adapters.s3_abilities import Abilities
from imaging.adapters.s3_client import Bucket, code_of, open_bucket, status_of
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
        self._signing = signing
        self._abilities = abilities

    async def sign_put(self, key: str, *, size_bytes: int, sha256: str, content_type: str, ttl_s: int) -> SignedPut:
        """Admit one PUT of exactly these bytes; `sha256` in hex."""
        signed = {"Content-Type": content_type}
        checksum = {}
        if (await self._abilities()).checks_sha256:
            told = base64.b64encode(bytes.fromhex(sha256)).decode()
            checksum["ChecksumSHA256"] = signed["x-amz-checksum-sha256"] = told
        url = await self._url(
            "put_object", ttl_s, Key=self._key(key), ContentLength=size_bytes, ContentType=content_type, **checksum
        )
        return SignedPut(url, signed)

    async def begin_parts(self, key: str, *, content_type: str, part_bytes: int) -> str:  # noqa: ARG002
        """Begin an upload in parts; return the server's id for it."""
        begun = await self._bucket.ask("create_multipart_upload", Key=self._key(key), ContentType=content_type)
        return str(begun["UploadId"])

    async def sign_part(self, key: str, upload_id: str, number: int, *, size_bytes: int, ttl_s: int) -> SignedPut:
        """Admit one PUT of one part, of exactly this size."""
        place = {"Key": self._key(key), "UploadId": upload_id, "PartNumber": number}
        return SignedPut(await self._url("upload_part", ttl_s, ContentLength=size_bytes, **place), {})

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
        if [part.number for part in parts] != list(range(1, len(parts) + 1)) or not parts:
            raise Conflict("A part is missing.")
        listed = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in parts]
        place = {"Key": self._key(key), "UploadId": upload_id}
        try:
            await self._bucket.ask("complete_multipart_upload", **place, MultipartUpload={"Parts": listed})
        except ClientError as error:
            if code_of(error) in _OTHER_PARTS:
                raise Conflict("A part is missing, is another by now, or is too short.") from None
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

    async def _url(self, operation: str, ttl_s: int, **parameters: Any) -> str:  # Any: as the operation defines them
        told = {"Bucket": self._signing.name, **parameters}
        url: str = await self._signing.client.generate_presigned_url(operation, Params=told, ExpiresIn=ttl_s)
        return url

    def _key(self, key: str) -> str:
        return self._bucket.full_key(key)


def _absent() -> NotFound:
    return NotFound("There is no such upload; it was finished or given up.")

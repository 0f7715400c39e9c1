"""Copying within a bucket, by the server: a small object in one request, a large one in parts, several at a time.

So no request lasts long, and an object may be larger than the 5 GiB that one request copies.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from imaging.adapters.s3_client import Bucket, code_of, status_of
from imaging.adapters.s3_read import absent
from imaging.adapters.s3_upload import MAX_PARTS, Uploads
from imaging.adapters.together import all_of
from imaging.cancellation import to_the_end
from imaging.errors import StorageUnavailable

WHOLE_BYTES = 256 * 1024 * 1024
PART_BYTES = 64 * 1024 * 1024
RESTARTS = 5


@dataclass(frozen=True)
class Copies:
    """Copies objects of a bucket under other keys; what is kept with them is told anew, not copied.

    What has at most `whole_bytes` is copied in one request.
    """

    bucket: Bucket
    uploads: Uploads
    whole_bytes: int = WHOLE_BYTES
    part_bytes: int = PART_BYTES
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(8))

    async def copy(self, source: str, key: str, headers: Mapping[str, Any]) -> int:  # Any: as the SDK types them
        """Store the bytes of an object under another key, too, with these headers; return how many they are.

        Raises:
            NotFound: there is no object `source`, or it was replaced meanwhile.
            StorageUnavailable: the server does not answer; nothing half-copied can be seen.
        """
        for _ in range(RESTARTS):
            try:
                found = await self.bucket.ask("head_object", Key=source)
                size_bytes: int = found["ContentLength"]
                origin = {
                    "CopySource": {"Bucket": self.bucket.name, "Key": source},
                    "CopySourceIfMatch": found["ETag"],
                }
                if size_bytes <= self.whole_bytes:
                    whole = {**headers, **origin, "MetadataDirective": "REPLACE"}
                    await self.bucket.ask("copy_object", Key=key, **whole)
                else:
                    await self._in_parts(key, size_bytes, origin, headers)
            except ClientError as error:
                if code_of(error) == "NoSuchUpload":
                    continue  # somebody who removes what is below the prefix took the unfinished copy away
                if status_of(error) in (404, 412):
                    raise absent() from None
                raise
            return size_bytes
        raise StorageUnavailable

    async def _in_parts(self, key: str, size_bytes: int, origin: Mapping[str, Any], headers: Mapping[str, Any]) -> None:
        part_bytes = max(self.part_bytes, -(-size_bytes // MAX_PARTS))
        upload: dict[str, str] = {}
        try:
            # Who is cancelled while the server begins would never learn the id of what is to be aborted.
            await to_the_end(self._begin(key, headers, upload))
            ranges = [(start, min(start + part_bytes, size_bytes)) for start in range(0, size_bytes, part_bytes)]
            parts = await all_of(
                self._part(upload, number, f"bytes={start}-{end - 1}", origin)
                for number, (start, end) in enumerate(ranges, 1)
            )
            await self.bucket.ask("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts})
        except BaseException:
            await to_the_end(self.uploads.abort(upload))
            raise

    async def _begin(self, key: str, headers: Mapping[str, Any], upload: dict[str, str]) -> None:
        begun = await self.bucket.ask("create_multipart_upload", Key=key, **headers)
        upload.update(Key=key, UploadId=begun["UploadId"])

    async def _part(
        self, upload: Mapping[str, str], number: int, span: str, origin: Mapping[str, Any]
    ) -> dict[str, Any]:
        async with self.slots:
            answer = await self.bucket.ask(
                "upload_part_copy", **upload, **origin, PartNumber=number, CopySourceRange=span
            )
        return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

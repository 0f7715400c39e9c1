"""Letting people put bytes straight into the store: URLs for what has not arrived yet."""

import asyncio
import datetime
from collections.abc import Sequence

from imaging.errors import Conflict, NotFound
from imaging.ports import ObjectStore, Staging
from imaging.uploads.life import note_received
from imaging.uploads.models import Upload, UploadKind, UploadState
from imaging.uploads.parts import Span, count_of, missing_of, spans
from imaging.uploads.plans import MultipartPut, SinglePut, UploadPart

_SIGNED_AT_ONCE = 32


class Signing:
    """Signs URLs for uploads that are prepared; each lives for `ttl_s`."""

    def __init__(self, store: ObjectStore, staging: Staging, *, ttl_s: int) -> None:
        self._store = store
        self._staging = staging
        self._ttl_s = ttl_s

    async def plan(self, upload: Upload) -> SinglePut | MultipartPut:
        """Return how the bytes that are missing are to be sent.

        Raises:
            StorageUnavailable: the store does not answer.
            Conflict: the upload has ended meanwhile.
        """
        expires_at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self._ttl_s)
        if upload.kind is UploadKind.SINGLE:
            return await self._single(upload, expires_at)
        return await self._multipart(upload, expires_at)

    async def _single(self, upload: Upload, expires_at: datetime.datetime) -> SinglePut:
        signed = await self._staging.sign_put(
            upload.staging_key,
            size_bytes=upload.size_bytes,
            sha256=upload.sha256 or "",
            content_type=upload.content_type or "",
            ttl_s=self._ttl_s,
        )
        return SinglePut(upload, signed.url, signed.headers, expires_at)

    async def _multipart(self, upload: Upload, expires_at: datetime.datetime) -> MultipartPut:
        missing = await self._missing(upload)
        parts = [await self._part(upload, span) for span in missing]
        count = count_of(upload.size_bytes, upload.part_bytes)
        return MultipartPut(upload, upload.part_bytes, count, parts, expires_at)

    async def _part(self, upload: Upload, span: Span) -> UploadPart:
        if span.number % _SIGNED_AT_ONCE == 0:
            # Signing is arithmetic: a thousand parts must not keep everybody else waiting.
            await asyncio.sleep(0)
        signed = await self._staging.sign_part(
            upload.staging_key, upload.store_upload_id, span.number, size_bytes=span.size_bytes, ttl_s=self._ttl_s
        )
        return UploadPart(span.number, span.offset_bytes, span.size_bytes, signed.url, signed.headers)

    async def _missing(self, upload: Upload) -> Sequence[Span]:
        if not upload.store_upload_id:
            return await self._begin(upload)
        try:
            arrived = await self._staging.parts(upload.staging_key, upload.store_upload_id)
        except NotFound:
            # Made into one object by somebody who was killed before saying so; or given up by the store.
            if await self._store.stat(upload.staging_key) is None:
                return await self._begin(upload)
            missing = []
        else:
            missing = missing_of(upload.size_bytes, upload.part_bytes, arrived)
        await note_received(upload, upload.size_bytes - sum(span.size_bytes for span in missing))
        return missing

    async def _begin(self, upload: Upload) -> Sequence[Span]:
        """Begin the parts in the store; when somebody else has done so meanwhile, theirs are the ones."""
        key, known = upload.staging_key, upload.store_upload_id
        begun = await self._staging.begin_parts(
            key, content_type=upload.content_type or "", part_bytes=upload.part_bytes
        )
        still = Upload.filter(id=upload.id, state=UploadState.PREPARED)
        if await still.filter(store_upload_id=known).update(store_upload_id=begun):
            upload.store_upload_id = begun
        else:
            await self._staging.abort_parts(key, begun)
            if (winner := await still.first()) is None:
                raise Conflict("The upload has ended meanwhile; prepare the file again.")
            upload.store_upload_id = winner.store_upload_id
        return list(spans(upload.size_bytes, upload.part_bytes))

"""When all bytes have been sent: are they there? Then the upload takes its turn to become an image."""

import asyncio
import uuid
from collections.abc import Sequence

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.errors import Conflict, ImagingError, NotFound
from imaging.journal import jobs
from imaging.ports import ObjectStore, StagedPart, Staging, Wakeups
from imaging.uploads import life
from imaging.uploads.look import UploadResult, check_count, refusal, rows_by_id
from imaging.uploads.models import Upload, UploadKind, UploadState
from imaging.uploads.parts import Span, count_of, missing_of

_AT_ONCE = 8
_MOST_NAMED = 10

_ENDED = {
    UploadState.ABORTED: Conflict("The upload was aborted; prepare the file again."),
    UploadState.EXPIRED: Conflict("The upload has expired; prepare the file again."),
}


class Completion:
    """Looks whether all bytes of uploads have come, and queues those that are whole."""

    def __init__(self, store: ObjectStore, staging: Staging, wakeups: Wakeups) -> None:
        self._store = store
        self._staging = staging
        self._wakeups = wakeups

    async def complete(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[UploadResult]:
        """Queue uploads to become images, and tell of each, in order; doing it twice is doing it once.

        An upload of which bytes are missing stays as it is, so that they can still be sent.

        Raises:
            Unauthenticated, Forbidden: the viewer may upload nothing.
            InvalidInput: there are too many ids.
        """
        viewer.must_edit()
        check_count(len(ids))
        rows = await rows_by_id(ids)
        results: dict[uuid.UUID, UploadResult] = {}
        slots = asyncio.Semaphore(_AT_ONCE)

        async def complete(id: uuid.UUID) -> None:
            async with slots:
                results[id] = await self._try(viewer, rows.get(id))

        async with asyncio.TaskGroup() as tasks:
            for id in dict.fromkeys(ids):
                tasks.create_task(complete(id))
        life.announce(self._wakeups)
        return [results[id] for id in ids]

    async def _try(self, viewer: Viewer, upload: Upload | None) -> UploadResult:
        error = refusal(viewer, upload)
        if error is not None or upload is None:
            return UploadResult(None, error)
        try:
            await self._complete(upload)
        except ImagingError as failure:
            return UploadResult(None, failure)
        return UploadResult(upload)

    async def _complete(self, upload: Upload) -> None:
        if upload.state is UploadState.PREPARED:
            if upload.kind is UploadKind.MULTIPART:
                await self._join(upload)
            else:
                await self._must_be_whole(upload)
            if await _queue(upload):
                return
            await upload.refresh_from_db()
            await _forget_what_came_late(upload)
        if upload.state in _ENDED:
            raise Conflict(_ENDED[upload.state].message)

    async def _join(self, upload: Upload) -> None:
        """Make one object of the parts.

        Raises:
            Conflict: some have not arrived.
        """
        if not upload.store_upload_id:
            raise _incomplete(upload, missing_of(upload.size_bytes, upload.part_bytes, []))
        try:
            arrived = await self._staging.parts(upload.staging_key, upload.store_upload_id)
        except NotFound:
            # Joined before, by somebody who was killed before saying so; or given up by the store.
            await self._must_be_whole(upload)
            return
        missing = missing_of(upload.size_bytes, upload.part_bytes, arrived)
        await life.note_received(upload, upload.size_bytes - sum(span.size_bytes for span in missing))
        if missing:
            raise _incomplete(upload, missing)
        await self._staging.complete_parts(upload.staging_key, upload.store_upload_id, _wanted(upload, arrived))

    async def _must_be_whole(self, upload: Upload) -> None:
        staged = await self._store.stat(upload.staging_key)
        found = 0 if staged is None else staged.size_bytes
        await life.note_received(upload, min(found, upload.size_bytes))
        if found != upload.size_bytes:
            came = f"{found} bytes have arrived" if staged else "No bytes have arrived"
            raise Conflict(f"{came}; {upload.size_bytes} were announced. Send the file, then complete the upload.")


async def _queue(upload: Upload) -> bool:
    """Promise to take the upload in; False when somebody else has moved it on."""
    async with database.transaction():
        whole = {"expires_at": None, "received_bytes": upload.size_bytes}
        queued = await life.step(upload, UploadState.QUEUED, **whole)
        if queued:
            await jobs.promise(jobs.INGEST_UPLOAD, upload.id.hex)
        return queued


async def _forget_what_came_late(upload: Upload) -> None:
    """Remove what was joined after the upload's end: its staged bytes may have been removed before that."""
    if upload.state in _ENDED:
        async with database.transaction():
            await life.forget_staged(upload)


def _wanted(upload: Upload, arrived: Sequence[StagedPart]) -> list[StagedPart]:
    return [part for part in arrived if part.number <= count_of(upload.size_bytes, upload.part_bytes)]


def _incomplete(upload: Upload, missing: Sequence[Span]) -> Conflict:
    count = count_of(upload.size_bytes, upload.part_bytes)
    named = ", ".join(str(span.number) for span in missing[:_MOST_NAMED])
    more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    found = f"{count - len(missing)} of {count} parts have arrived"
    return Conflict(f"{found}; missing: {named}{more}. Prepare the file again for their URLs.")

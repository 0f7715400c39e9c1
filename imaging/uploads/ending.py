"""Uploads that end before they are images: aborted by people, or expired; and rows that nobody looks at any more."""

import datetime
import uuid
from collections.abc import Sequence

from tortoise.queryset import QuerySet

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.errors import Conflict
from imaging.ports import Wakeups
from imaging.uploads import life
from imaging.uploads.look import UploadResult, check_count, locked_rows, refusal
from imaging.uploads.models import Upload, UploadKind, UploadState

KEPT_FOR = datetime.timedelta(days=7)

_BATCH = 100
_ABORTABLE = (UploadState.PREPARED, UploadState.QUEUED)
_TOO_LATE = {
    UploadState.PROCESSING: "The upload is being taken in by now; delete the image when it is there.",
    UploadState.COMPLETED: "The upload is complete; delete its image instead.",
}


class Ending:
    """Ends uploads; what was staged for them is removed soon after."""

    def __init__(self, wakeups: Wakeups) -> None:
        self._wakeups = wakeups

    async def abort(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[UploadResult]:
        """Abort uploads that are not being taken in yet, and tell of each, in order; twice is once.

        Raises:
            Unauthenticated, Forbidden: the viewer may upload nothing.
            InvalidInput: there are too many ids.
        """
        viewer.must_edit()
        check_count(len(ids))
        results: dict[uuid.UUID, UploadResult] = {}
        async with database.transaction():
            rows = await locked_rows(ids)
            for id in dict.fromkeys(ids):
                results[id] = await _abort(viewer, rows.get(id))
        life.announce(self._wakeups)
        return [results[id] for id in ids]

    async def expire(self, now: datetime.datetime) -> int:
        """End all uploads whose bytes were not completed in time; return how many."""
        overdue = _overdue(now).order_by("expires_at").limit(_BATCH)
        expired = 0
        while batch := await overdue:
            async with database.transaction():
                ended = [await life.end(upload, UploadState.EXPIRED) for upload in batch]
            life.announce(self._wakeups)
            expired += sum(ended)
        return expired

    async def forget(self, now: datetime.datetime) -> int:
        """Delete the rows of uploads that ended some days ago; return how many."""
        old = _old(now).order_by("finished_at").limit(_BATCH)
        forgotten = 0
        while batch := await old:
            forgotten += await Upload.filter(id__in=[upload.id for upload in batch]).delete()
        return forgotten

    async def overdue(self, now: datetime.datetime) -> int:
        """Return how many uploads `expire` would end."""
        return await _overdue(now).count()

    async def forgettable(self, now: datetime.datetime) -> int:
        """Return how many rows `forget` would delete."""
        return await _old(now).count()


def _overdue(now: datetime.datetime) -> QuerySet[Upload]:
    return Upload.filter(state=UploadState.PREPARED, expires_at__lte=now)


def _old(now: datetime.datetime) -> QuerySet[Upload]:
    return Upload.filter(finished_at__lte=now - KEPT_FOR)


def _is_abortable(upload: Upload) -> bool:
    """Return True while nothing is made of the upload; one that is being fetched looks whether it is still wanted."""
    is_fetched = upload.kind is UploadKind.IMPORT and upload.state is UploadState.PROCESSING
    return is_fetched or upload.state in _ABORTABLE


async def _abort(viewer: Viewer, upload: Upload | None) -> UploadResult:
    error = refusal(viewer, upload)
    if error is not None or upload is None:
        return UploadResult(None, error)
    if _is_abortable(upload) and not await life.end(upload, UploadState.ABORTED):
        await upload.refresh_from_db()
    if upload.state in _TOO_LATE:
        return UploadResult(None, Conflict(_TOO_LATE[upload.state]))
    return UploadResult(upload)

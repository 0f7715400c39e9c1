"""Uploads that wait for a job which nobody promised, or which was lost: such as after a backup was restored."""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from imaging import database
from imaging.journal import jobs
from imaging.ports import Wakeups
from imaging.upkeep.task import Looked
from imaging.uploads.life import WAITING
from imaging.uploads.models import Upload, UploadKind

PAGE = 500

_KINDS = {
    UploadKind.SINGLE: jobs.INGEST_UPLOAD,
    UploadKind.MULTIPART: jobs.INGEST_UPLOAD,
    UploadKind.IMPORT: jobs.IMPORT_URL,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Finds such uploads and promises their jobs again."""

    wakeups: Wakeups

    async def without_job(self, looked: Looked) -> AsyncIterator[str]:
        """Yield the ids of uploads that wait and whose job is not there."""
        last = uuid.UUID(int=0)
        while page := await Upload.filter(state__in=WAITING, id__gt=last).order_by("id").limit(PAGE):
            last = page[-1].id
            looked(len(page))
            for upload in await _jobless(page):
                yield upload.id.hex

    async def promise(self, id: str) -> None:
        """Promise the job of an upload, if it still waits and still has none."""
        async with database.transaction():
            upload = await Upload.get_or_none(id=uuid.UUID(hex=id), state__in=WAITING)
            if upload is not None and await _jobless([upload]):
                await jobs.promise(_KINDS[upload.kind], id)
        self.wakeups.announce(jobs.TOPIC)


async def _jobless(uploads: Sequence[Upload]) -> list[Upload]:
    ids = [upload.id.hex for upload in uploads]
    promised = {kind: await jobs.pending(kind, ids) for kind in (jobs.INGEST_UPLOAD, jobs.IMPORT_URL)}
    return [upload for upload in uploads if upload.id.hex not in promised[_KINDS[upload.kind]]]

"""A gate where pictures are sent to: what the room of uploads does, on a folder, without GraphQL or HTTP."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from imaging.accounts.viewer import Viewer
from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.ingest import Ingest, Inspector
from imaging.images.replace import Replacement
from imaging.images.said import Said
from imaging.journal import jobs
from imaging.journal.models import Job
from imaging.uploads.announced import StagedFile
from imaging.uploads.complete import Completion
from imaging.uploads.ending import Ending
from imaging.uploads.look import UploadResult
from imaging.uploads.models import Upload
from imaging.uploads.plans import MultipartPut, PlanResult, SinglePut, UploadPart
from imaging.uploads.prepare import Preparation
from imaging.uploads.reception import Reception
from imaging.uploads.take_in import TakingIn

MIB = 1024 * 1024
PART_BYTES = 5 * MIB


def staged(content: bytes, **told: Any) -> StagedFile:
    """What is told about these bytes; values given replace what is true."""
    true = {
        "filename": "duck.jpg",
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_type": "image/jpeg",
        "said": Said(),
    }
    return StagedFile(**true | told)


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 256 * 1024):
        yield content[start : start + 256 * 1024]


def worker(store: FolderStore, inspector: Inspector, wakeups: LocalWakeups) -> TakingIn:
    """Who takes in what was sent."""
    ingest = Ingest(store, inspector, wakeups)
    return TakingIn(store, ingest, Replacement(store, inspector, wakeups, ingest.slots), wakeups)


@dataclass
class Gate:
    wakeups: LocalWakeups
    store: FolderStore
    staging: FolderStaging
    reception: Reception
    preparation: Preparation
    completion: Completion
    taking_in: TakingIn
    ending: Ending

    async def plan(self, viewer: Viewer, content: bytes, **told: Any) -> Any:
        """Prepare one file, and expect a plan."""
        [result] = await self.preparation.prepare(viewer, [staged(content, **told)])
        assert result.errors == ()
        return result.plan

    async def put(self, url: str, content: bytes) -> None:
        """Send bytes to a signed address, as the HTTP door does."""
        parts = urlsplit(url)
        address = self.reception.admit(parts.path, dict(parse_qsl(parts.query)))
        await self.reception.receive(address, in_pieces(content))

    async def put_part(self, part: UploadPart, content: bytes) -> None:
        await self.put(part.url, content[part.offset_bytes : part.offset_bytes + part.size_bytes])

    async def send(self, plan: SinglePut | MultipartPut, content: bytes) -> Upload:
        """Send all that a plan asks for."""
        if isinstance(plan, SinglePut):
            await self.put(plan.url, content)
        else:
            for part in plan.parts:
                await self.put_part(part, content)
        return plan.upload

    async def sent(self, viewer: Viewer, content: bytes, **told: Any) -> Upload:
        """Prepare one file and send it."""
        return await self.send(await self.plan(viewer, content, **told), content)

    async def queued(self, viewer: Viewer, content: bytes, **told: Any) -> Upload:
        """Prepare, send and complete one file."""
        upload = await self.sent(viewer, content, **told)
        [result] = await self.completion.complete(viewer, [upload.id])
        assert result.error is None
        return upload

    async def taken_in(self, viewer: Viewer, content: bytes, **told: Any) -> Upload:
        """Let one file go all the way, and tidy up; returns the upload at its end."""
        upload = await self.queued(viewer, content, **told)
        await self.taking_in.ingest(upload.id.hex)
        await self.tidy()
        return await Upload.get(id=upload.id)

    async def complete(self, viewer: Viewer, *uploads: Upload) -> list[UploadResult]:
        return await self.completion.complete(viewer, [upload.id for upload in uploads])

    async def abort(self, viewer: Viewer, *uploads: Upload) -> list[UploadResult]:
        return await self.ending.abort(viewer, [upload.id for upload in uploads])

    async def tidy(self) -> None:
        """Do the removals that were promised."""
        deeds = {jobs.REMOVE_OBJECTS: self.store.delete_prefix, jobs.REMOVE_OBJECT: self.store.delete}
        for job in await Job.filter(kind__in=list(deeds)):
            await deeds[job.kind](job.subject)
            await jobs.finish(job)

    async def forget_promises(self) -> None:
        """Count the removals that were promised as done."""
        await Job.filter(kind=jobs.REMOVE_OBJECTS).delete()

    async def stored(self) -> set[str]:
        """The keys of all objects."""
        return {key async for key in self.store.keys("")}


def errors_of(results: list[PlanResult]) -> list[list[tuple[str, list[str] | None]]]:
    """The codes and fields of what was refused, file by file."""
    return [[(error.code, error.field) for error in result.errors] for result in results]

"""An upload that waits for a job gets one, also when the job was lost."""

import datetime

import pytest

from imaging.accounts.viewer import Viewer
from imaging.journal import jobs
from imaging.journal.models import Job
from imaging.upkeep.upkeep import Upkeep
from imaging.uploads.models import Upload, UploadKind, UploadState
from tests import pictures
from tests.uploads.gate import Gate

TASK = "requeue-uploads"


async def requeued(upkeep: Upkeep) -> list[str]:
    return (await upkeep.run_now(TASK, lambda _: None)).examples


async def test_a_lost_job_is_promised_again_and_done(upkeep: Upkeep, gate: Gate, owner: Viewer) -> None:
    upload = await gate.queued(owner, pictures.jpeg(64, 48))
    assert await requeued(upkeep) == []
    await Job.filter(kind=jobs.INGEST_UPLOAD).delete()
    assert await requeued(upkeep) == [upload.id.hex]
    [job] = await jobs.claim([jobs.INGEST_UPLOAD])
    await gate.taking_in.ingest(job.subject)
    assert (await Upload.get(id=upload.id)).state is UploadState.COMPLETED
    assert await requeued(upkeep) == []


@pytest.mark.parametrize("state", [UploadState.QUEUED, UploadState.PROCESSING])
@pytest.mark.parametrize("kind", list(UploadKind))
async def test_every_kind_of_upload_gets_its_own_kind_of_job(
    upkeep: Upkeep, owner: Viewer, kind: UploadKind, state: UploadState
) -> None:
    upload = await Upload.create(owner_id=owner.user_id, kind=kind, state=state, filename="duck.jpg")
    assert await requeued(upkeep) == [upload.id.hex]
    expected = jobs.IMPORT_URL if kind is UploadKind.IMPORT else jobs.INGEST_UPLOAD
    assert await Job.exclude(kind=jobs.UPKEEP).values_list("kind", "subject") == [(expected, upload.id.hex)]


async def test_a_job_that_was_given_up_begins_anew(upkeep: Upkeep, gate: Gate, owner: Viewer) -> None:
    upload = await gate.queued(owner, pictures.jpeg(64, 48))
    await Job.filter(kind=jobs.INGEST_UPLOAD).update(failed_at=datetime.datetime.now(datetime.UTC), attempts=20)
    assert await requeued(upkeep) == [upload.id.hex]
    job = await Job.get(kind=jobs.INGEST_UPLOAD)
    assert (job.failed_at, job.attempts) == (None, 0)


@pytest.mark.parametrize("state", [UploadState.PREPARED, UploadState.COMPLETED, UploadState.FAILED])
async def test_what_waits_for_no_job_gets_none(upkeep: Upkeep, owner: Viewer, state: UploadState) -> None:
    await Upload.create(owner_id=owner.user_id, kind=UploadKind.SINGLE, state=state, filename="duck.jpg")
    assert await requeued(upkeep) == []


async def test_more_than_a_page_of_uploads_is_looked_at_whole(upkeep: Upkeep, owner: Viewer) -> None:
    told = {"owner_id": owner.user_id, "kind": UploadKind.IMPORT, "state": UploadState.QUEUED, "filename": "x.jpg"}
    await Upload.bulk_create([Upload(**told) for _ in range(1_001)])
    report = await upkeep.run_now(TASK, lambda _: None)
    assert (report.looked_at, report.mended) == (1_001, 1_001)
    assert await Job.filter(kind=jobs.IMPORT_URL).count() == 1_001

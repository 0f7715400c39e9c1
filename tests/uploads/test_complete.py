"""An upload is complete when all its bytes are there; until then it waits for them."""

import asyncio
import uuid

import pytest

from imaging.accounts.viewer import ANONYMOUS, Role, Viewer
from imaging.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from imaging.journal import jobs
from imaging.journal.models import Event, EventKind, Job
from imaging.uploads.models import Upload, UploadState
from tests import pictures
from tests.uploads.gate import MIB, Gate

LARGE = pictures.jpeg() + bytes(11 * MIB)


async def test_a_complete_upload_is_queued_with_a_job_and_an_event(gate: Gate, owner: Viewer) -> None:
    upload = await gate.sent(owner, pictures.jpeg())
    [result] = await gate.complete(owner, upload)
    assert result.upload is not None
    assert (result.upload.id, result.upload.state, result.upload.progress) == (upload.id, UploadState.QUEUED, 1)
    row, job, event = await Upload.get(), await Job.get(), await Event.get()
    assert (row.state, row.expires_at, row.received_bytes) == (UploadState.QUEUED, None, upload.size_bytes)
    assert (job.kind, job.subject) == (jobs.INGEST_UPLOAD, upload.id.hex)
    assert (event.kind, event.upload_id, event.owner_id) == (EventKind.UPLOAD, upload.id, owner.user_id)


async def test_completing_twice_is_completing_once(gate: Gate, owner: Viewer) -> None:
    for content in (pictures.jpeg(), LARGE):
        upload = await gate.sent(owner, content)
        answers = await asyncio.gather(*(gate.complete(owner, upload, upload) for _ in range(3)))
        results = [result for answer in answers for result in answer]
        assert {result.upload.state for result in results if result.upload} == {UploadState.QUEUED}
        assert [result.error for result in results] == [None] * 6
        assert await Event.filter(upload_id=upload.id).count() == await Job.filter(subject=upload.id.hex).count() == 1


async def test_an_upload_without_bytes_waits_for_them(gate: Gate, owner: Viewer) -> None:
    content = pictures.jpeg()
    plan = await gate.plan(owner, content)
    [result] = await gate.complete(owner, plan.upload)
    assert result.upload is None
    assert isinstance(result.error, Conflict)
    assert f"No bytes have arrived; {len(content)} were announced" in result.error.message
    await gate.send(plan, content)
    [result] = await gate.complete(owner, plan.upload)
    assert result.error is None


async def test_parts_that_are_missing_are_named_and_can_still_be_sent(gate: Gate, owner: Viewer) -> None:
    plan = await gate.plan(owner, LARGE)
    [result] = await gate.complete(owner, plan.upload)
    assert isinstance(result.error, Conflict)
    assert "0 of 3 parts have arrived; missing: 1, 2, 3." in result.error.message
    await gate.put_part(plan.parts[1], LARGE)
    [result] = await gate.complete(owner, plan.upload)
    assert isinstance(result.error, Conflict)
    assert "1 of 3 parts have arrived; missing: 1, 3." in result.error.message
    upload = await Upload.get()
    assert (upload.state, upload.received_bytes) == (UploadState.PREPARED, plan.part_bytes)
    await gate.send(await gate.plan(owner, LARGE), LARGE)
    [result] = await gate.complete(owner, plan.upload)
    assert result.error is None
    assert b"".join([chunk async for chunk in gate.store.read(plan.upload.staging_key)]) == LARGE


async def test_a_completion_that_was_cut_off_after_the_parts_were_joined_goes_on(gate: Gate, owner: Viewer) -> None:
    upload = await gate.sent(owner, LARGE)
    arrived = await gate.staging.parts(upload.staging_key, upload.store_upload_id)
    await gate.staging.complete_parts(upload.staging_key, upload.store_upload_id, arrived)
    again = await gate.plan(owner, LARGE)
    assert (again.upload.id, again.parts) == (upload.id, [])
    [result] = await gate.complete(owner, upload)
    assert result.error is None
    assert await Job.all().count() == 1


async def test_what_has_ended_cannot_be_completed(gate: Gate, owner: Viewer) -> None:
    for state, words in ((UploadState.ABORTED, "aborted"), (UploadState.EXPIRED, "expired")):
        upload = await gate.sent(owner, pictures.jpeg())
        await Upload.filter(id=upload.id).update(state=state)
        [result] = await gate.complete(owner, upload)
        assert isinstance(result.error, Conflict)
        assert words in result.error.message
    assert await Job.all().count() == 0


async def test_an_upload_that_ends_while_it_is_completed_leaves_nothing(gate: Gate, owner: Viewer) -> None:
    uploads = [await gate.sent(owner, LARGE), await gate.sent(owner, pictures.jpeg())]
    answers = await asyncio.gather(gate.complete(owner, *uploads), gate.abort(owner, *uploads))
    completed, aborted = ([result.error for result in answer] for answer in answers)
    assert aborted == [None, None]
    for upload, error in zip(uploads, completed, strict=True):
        assert (await Upload.get(id=upload.id)).state is UploadState.ABORTED
        assert error is None or isinstance(error, Conflict)
        await gate.taking_in.ingest(upload.id.hex)
    await gate.tidy()
    assert await gate.stored() == set()


async def test_each_upload_is_answered_for_itself(gate: Gate, owner: Viewer, stranger: Viewer, admin: Viewer) -> None:
    mine, hers = await gate.sent(owner, pictures.jpeg()), await gate.sent(stranger, pictures.jpeg())
    results = await gate.completion.complete(owner, [hers.id, uuid.uuid4(), mine.id])
    assert [type(result.error) for result in results] == [NotFound, NotFound, type(None)]
    assert (await Upload.get(id=hers.id)).state is UploadState.PREPARED
    [result] = await gate.complete(admin, hers)
    assert result.error is None


async def test_only_editors_and_admins_may_complete(gate: Gate, owner: Viewer) -> None:
    upload = await gate.sent(owner, pictures.jpeg())
    for viewer, refusal in ((Viewer(owner.user_id, Role.VIEWER), Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            await gate.complete(viewer, upload)
    with pytest.raises(InvalidInput, match="101 were given"):
        await gate.completion.complete(owner, [uuid.uuid4()] * 101)

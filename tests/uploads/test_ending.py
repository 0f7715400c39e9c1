"""Uploads that never become images end when somebody aborts them, or when their time is over; nothing of them stays."""

import datetime
import uuid

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from imaging.journal.models import Event
from imaging.uploads.models import Upload, UploadState
from tests import pictures
from tests.uploads.gate import MIB, Gate

LARGE = pictures.jpeg() + bytes(11 * MIB)


def later(**spans: float) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(**spans)


async def test_an_aborted_upload_is_told_and_its_bytes_and_parts_are_removed(gate: Gate, owner: Viewer) -> None:
    whole, plan = await gate.sent(owner, pictures.jpeg()), await gate.plan(owner, LARGE)
    await gate.put_part(plan.parts[0], LARGE)
    for _ in range(2):
        results = await gate.abort(owner, whole, plan.upload, whole)
        assert [result.upload and result.upload.state for result in results] == [UploadState.ABORTED] * 3
    assert await Event.all().count() == 2
    await gate.tidy()
    assert await gate.stored() == set()
    with pytest.raises(NotFound):
        await gate.put_part(plan.parts[1], LARGE)
    assert [row.expires_at for row in await Upload.all()] == [None, None]


async def test_an_upload_that_waits_for_its_turn_can_be_aborted(gate: Gate, owner: Viewer) -> None:
    upload = await gate.queued(owner, pictures.jpeg())
    [result] = await gate.abort(owner, upload)
    assert result.error is None
    await gate.taking_in.ingest(upload.id.hex)
    await gate.tidy()
    assert (await Upload.get()).state is UploadState.ABORTED
    assert await gate.stored() == set()


@pytest.mark.parametrize("state", [UploadState.PROCESSING, UploadState.COMPLETED])
async def test_what_is_an_image_or_about_to_be_one_cannot_be_aborted(
    gate: Gate, owner: Viewer, state: UploadState
) -> None:
    upload = await gate.sent(owner, pictures.jpeg())
    await Upload.all().update(state=state)
    [result] = await gate.abort(owner, upload)
    assert isinstance(result.error, Conflict)
    assert (await Upload.get()).state is state


async def test_aborting_what_ended_otherwise_changes_nothing(gate: Gate, owner: Viewer) -> None:
    upload = await gate.sent(owner, pictures.jpeg())
    await Upload.all().update(state=UploadState.FAILED)
    [result] = await gate.abort(owner, upload)
    assert result.upload is not None
    assert result.upload.state is UploadState.FAILED


async def test_only_who_rules_an_upload_may_abort_it(
    gate: Gate, owner: Viewer, stranger: Viewer, onlooker: Viewer, admin: Viewer
) -> None:
    upload = await gate.sent(owner, pictures.jpeg())
    results = await gate.ending.abort(stranger, [upload.id, uuid.uuid4()])
    assert [type(result.error) for result in results] == [NotFound, NotFound]
    for viewer, refusal in ((onlooker, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            await gate.abort(viewer, upload)
    with pytest.raises(InvalidInput):
        await gate.ending.abort(owner, [uuid.uuid4()] * 101)
    [result] = await gate.abort(admin, upload)
    assert result.error is None


async def test_what_nobody_completes_in_time_expires_and_leaves_nothing(gate: Gate, owner: Viewer) -> None:
    sent, plan = await gate.sent(owner, pictures.jpeg()), await gate.plan(owner, LARGE)
    await gate.put_part(plan.parts[0], LARGE)
    queued = await gate.queued(owner, pictures.jpeg(seed=2))
    assert await gate.ending.expire(later(hours=23)) == 0
    assert await gate.ending.expire(later(hours=25)) == 2
    assert await gate.ending.expire(later(hours=25)) == 0
    states = {upload.id: upload.state for upload in await Upload.all()}
    assert states[sent.id] is states[plan.upload.id] is UploadState.EXPIRED
    assert states[queued.id] is UploadState.QUEUED
    assert await Event.filter(upload_id__in=[sent.id, plan.upload.id]).count() == 2
    await gate.tidy()
    assert await gate.stored() == {queued.staging_key}


async def test_more_than_one_batch_expires(gate: Gate, owner: Viewer) -> None:
    rows = [{"owner_id": owner.user_id, "kind": "SINGLE", "filename": "a", "expires_at": later()} for _ in range(230)]
    await Upload.bulk_create([Upload(**row) for row in rows])
    assert await gate.ending.expire(later(minutes=1)) == 230
    assert await gate.ending.forget(later(days=8)) == 230
    assert await Upload.all().count() == 0


async def test_rows_are_kept_for_a_week_after_their_end(gate: Gate, owner: Viewer) -> None:
    upload, _open = await gate.sent(owner, pictures.jpeg()), await gate.sent(owner, pictures.jpeg(seed=2))
    await gate.abort(owner, upload)
    assert await gate.ending.forget(later(days=6.9)) == 0
    assert await gate.ending.forget(later(days=7.1)) == 1
    assert await Upload.all().values_list("id", flat=True) == [_open.id]

"""A queued upload becomes an image, or a failure that says why, however often the worker is killed on the way."""

import asyncio
import uuid
from pathlib import Path

import pytest

from imaging.accounts.viewer import Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import Overloaded, StorageUnavailable
from imaging.images.models import Image, Visibility
from imaging.images.said import Said
from imaging.images.trash import Trash
from imaging.journal.models import Event, EventKind, Job
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Inspection
from imaging.uploads.models import Upload, UploadState
from tests import pictures
from tests.images.inspector import PillowInspector
from tests.uploads.gate import MIB, Gate, worker

LARGE = pictures.jpeg() + bytes(11 * MIB)


async def steps(upload: Upload) -> int:
    """How often was told that the upload moved on."""
    return await Event.filter(kind=EventKind.UPLOAD, upload_id=upload.id).count()


@pytest.mark.parametrize("content", [pictures.jpeg(80, 60), LARGE], ids=["single", "parts"])
async def test_an_upload_becomes_an_image_with_all_that_was_said(gate: Gate, owner: Viewer, content: bytes) -> None:
    said = Said(title="A duck", tags=["Pond"], visibility=Visibility.PUBLIC, focal_point=(0, 1), custom={"job": 7})
    upload = await gate.taken_in(owner, content, filename="duck.jpg", content_type="image/png", said=said)
    image = await Image.get()
    assert (upload.state, upload.image_id, upload.existed) == (UploadState.COMPLETED, image.id, False)
    assert (image.owner_id, image.filename, image.format.name) == (owner.user_id, "duck.jpg", "JPEG")
    assert (image.size_bytes, image.sha256) == (len(content), upload.sha256)
    assert (image.title, image.tags, image.custom) == ("A duck", ["Pond"], {"job": 7})
    assert (image.visibility, image.focal_x, image.focal_y) == (Visibility.PUBLIC, 0, 1)
    assert await gate.stored() == {image.original_key}
    assert b"".join([chunk async for chunk in gate.store.read(image.original_key)]) == content
    assert await steps(upload) == 3
    assert upload.finished_at is not None


async def test_other_bytes_than_announced_fail_and_leave_nothing(gate: Gate, owner: Viewer) -> None:
    plan = await gate.plan(owner, LARGE)
    await gate.send(plan, LARGE[:-1] + b"!")
    await gate.complete(owner, plan.upload)
    await gate.taking_in.ingest(plan.upload.id.hex)
    await gate.tidy()
    upload = await Upload.get()
    assert (upload.state, upload.failure_code) == (UploadState.FAILED, "CHECKSUM_MISMATCH")
    assert "SHA-256" in upload.failure_message
    assert await Image.all().count() == 0
    assert await gate.stored() == set()


async def test_fewer_bytes_than_announced_fail(gate: Gate, owner: Viewer, tmp_path: Path) -> None:
    upload = await gate.queued(owner, pictures.jpeg())
    (tmp_path / "other").write_bytes(b"x" * 10)
    await gate.store.put(upload.staging_key, tmp_path / "other", content_type="image/jpeg")
    await gate.taking_in.ingest(upload.id.hex)
    upload = await Upload.get()
    assert upload.failure_code == "CHECKSUM_MISMATCH"
    assert f"10 bytes have arrived; {upload.size_bytes} were announced" in upload.failure_message


async def test_what_is_no_picture_fails_and_can_be_sent_again(gate: Gate, owner: Viewer) -> None:
    for _ in range(2):
        upload = await gate.taken_in(owner, b"no picture at all")
        assert (upload.state, upload.failure_code) == (UploadState.FAILED, "UNSUPPORTED_FORMAT")
        assert upload.failure_message
        assert await gate.stored() == set()


async def test_real_pictures_go_through_the_real_decoder(
    gate: Gate, owner: Viewer, decoder: DecoderPool, store: FolderStore, wakeups: LocalWakeups
) -> None:
    gate.taking_in = worker(store, decoder, wakeups)
    photo = await gate.taken_in(owner, pictures.tiff(2_000, 1_900), content_type="image/tiff")
    broken = await gate.taken_in(owner, pictures.jpeg(300, 200)[:2000])
    image = await Image.get()
    assert (photo.image_id, image.width, image.format.name) == (image.id, 2_000, "TIFF")
    assert (broken.state, broken.failure_code) == (UploadState.FAILED, "TRUNCATED")
    assert await gate.stored() == {image.original_key}


async def test_bytes_that_became_an_image_meanwhile_are_that_image(gate: Gate, owner: Viewer) -> None:
    content = pictures.jpeg()
    first, plan = await gate.queued(owner, content), await gate.plan(owner, content)
    await gate.send(plan, content)
    await gate.complete(owner, plan.upload)
    for upload in (first, plan.upload):
        await gate.taking_in.ingest(upload.id.hex)
    await gate.tidy()
    image, (one, two) = await Image.get(), await Upload.all().order_by("created_at")
    assert (one.image_id, two.image_id) == (image.id, image.id)
    assert (one.existed, two.existed, two.state) == (False, True, UploadState.COMPLETED)
    assert await gate.stored() == {image.original_key}


async def test_taking_in_twice_is_taking_in_once(gate: Gate, owner: Viewer) -> None:
    upload = await gate.taken_in(owner, pictures.jpeg())
    before = await Event.all().count()
    await gate.taking_in.ingest(upload.id.hex)
    await gate.taking_in.ingest(uuid.uuid4().hex)
    assert (await Image.all().count(), await Event.all().count()) == (1, before)
    assert await Job.filter(kind="remove-objects").count() == 0


async def test_two_workers_at_once_make_one_image_that_keeps_its_bytes(gate: Gate, owner: Viewer) -> None:
    for seed in range(5):
        content = pictures.jpeg(seed=seed)
        upload = await gate.queued(owner, content)
        await asyncio.gather(*(gate.taking_in.ingest(upload.id.hex) for _ in range(4)))
        await gate.tidy()
        image = await Image.get(sha256=upload.sha256)
        assert (await Upload.get(id=upload.id)).image_id == image.id
        assert b"".join([chunk async for chunk in gate.store.read(image.original_key)]) == content
    assert await Image.all().count() == len(await gate.stored()) == 5


class Killed(BaseException):
    """The worker dies."""


class Killing(PillowInspector):
    async def inspect(self, _path: Path) -> Inspection:
        raise Killed


async def test_a_worker_that_is_killed_while_it_looks_is_followed_by_another(
    gate: Gate, owner: Viewer, store: FolderStore, wakeups: LocalWakeups
) -> None:
    upload = await gate.queued(owner, pictures.jpeg())
    with pytest.raises(Killed):
        await worker(store, Killing(), wakeups).ingest(upload.id.hex)
    assert (await Upload.get()).state is UploadState.PROCESSING
    await gate.taking_in.ingest(upload.id.hex)
    await gate.tidy()
    row, image = await Upload.get(), await Image.get()
    assert (row.state, row.image_id, row.existed) == (UploadState.COMPLETED, image.id, False)
    assert await gate.stored() == {image.original_key}


async def test_an_image_that_was_deleted_does_not_come_back_when_the_job_runs_again(gate: Gate, owner: Viewer) -> None:
    upload = await gate.taken_in(owner, pictures.jpeg())
    await Trash(gate.wakeups).delete(owner, [upload.image_id])
    await gate.taking_in.ingest(upload.id.hex)
    await gate.tidy()
    assert (await Image.all().count(), await gate.stored()) == (0, set())


class GivingUp(PillowInspector):
    """While it looks, the job is given up by somebody else."""

    def __init__(self, gate: Gate, upload: Upload) -> None:
        super().__init__()
        self._gate = gate
        self._upload = upload

    async def inspect(self, path: Path) -> Inspection:
        await self._gate.taking_in.give_up(self._upload.id.hex, "late")
        return await super().inspect(path)


async def test_an_upload_that_ended_while_it_was_looked_at_makes_no_image(
    gate: Gate, owner: Viewer, store: FolderStore, wakeups: LocalWakeups
) -> None:
    upload = await gate.queued(owner, pictures.jpeg())
    await worker(store, GivingUp(gate, upload), wakeups).ingest(upload.id.hex)
    await gate.tidy()
    assert (await Upload.get()).state is UploadState.FAILED
    assert (await Image.all().count(), await gate.stored()) == (0, set())


async def test_staged_bytes_that_are_gone_are_told_so(gate: Gate, owner: Viewer) -> None:
    upload = await gate.queued(owner, pictures.jpeg())
    await gate.store.delete_prefix(upload.staging_prefix)
    await gate.taking_in.ingest(upload.id.hex)
    row = await Upload.get()
    assert (row.state, row.failure_code) == (UploadState.FAILED, "NOT_FOUND")
    assert "upload the file again" in row.failure_message


class Away(FolderStore):
    """A store that keeps what it has, and takes nothing."""

    async def put(self, *_arguments: object, **_options: object) -> None:
        raise StorageUnavailable

    async def copy(self, *_arguments: object, **_options: object) -> None:
        raise StorageUnavailable


class Busy(PillowInspector):
    async def inspect(self, _path: Path) -> Inspection:
        raise Overloaded("Too many pictures are waiting", retry_after_s=1)


@pytest.mark.parametrize("content", [pictures.jpeg(), LARGE], ids=["single", "parts"])
async def test_what_is_not_the_files_fault_is_tried_again(
    gate: Gate, owner: Viewer, tmp_path: Path, wakeups: LocalWakeups, content: bytes
) -> None:
    upload = await gate.queued(owner, content)
    away = Away(tmp_path / "objects")
    for store, inspector in ((away, PillowInspector()), (gate.store, Busy())):
        with pytest.raises(Overloaded):
            await worker(store, inspector, wakeups).ingest(upload.id.hex)
        assert (await Upload.get()).state is UploadState.PROCESSING
    await gate.taking_in.ingest(upload.id.hex)
    assert (await Upload.get()).state is UploadState.COMPLETED


async def test_what_is_given_up_fails_instead_of_hanging_for_ever(gate: Gate, owner: Viewer) -> None:
    upload = await gate.queued(owner, pictures.jpeg())
    for _ in range(2):
        await gate.taking_in.give_up(upload.id.hex, "OSError: /secret/path")
    await gate.tidy()
    row = await Upload.get()
    assert (row.state, row.failure_code) == (UploadState.FAILED, "OVERLOADED")
    assert "secret" not in row.failure_message
    assert (await steps(row), await gate.stored()) == (2, set())
    done = await gate.taken_in(owner, pictures.jpeg(seed=2))
    await gate.taking_in.give_up(done.id.hex, "late")
    assert (await Upload.get(id=done.id)).state is UploadState.COMPLETED

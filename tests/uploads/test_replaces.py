"""An upload that replaces gives an image of its sender other bytes, once, however often the worker is killed."""

import asyncio
import uuid
from typing import Any

import pytest

from imaging.accounts.viewer import Viewer
from imaging.errors import Overloaded
from imaging.images.models import Image, ImageState, ImageVersion
from imaging.images.said import Said
from imaging.images.trash import Trash
from imaging.uploads.models import Upload, UploadState
from imaging.uploads.plans import ExistingImage, MultipartPut, SinglePut
from tests import pictures
from tests.rows import PUBLIC, add_image
from tests.uploads.gate import MIB, Gate, errors_of, staged, worker
from tests.uploads.test_take_in import Busy, Killed, Killing

OLD, NEW, LARGE = pictures.jpeg(), pictures.jpeg(80, 60, seed=1), pictures.jpeg() + bytes(6 * MIB)


@pytest.fixture
async def image(gate: Gate, owner: Viewer) -> Image:
    """An image that was uploaded."""
    upload = await gate.taken_in(owner, OLD, filename="old.jpg", said=Said(title="A duck"))
    return await Image.get(id=upload.image_id)


async def refusal(gate: Gate, viewer: Viewer, **told: Any) -> tuple[str, list[str] | None]:
    [[error]] = errors_of(await gate.preparation.prepare(viewer, [staged(NEW, **told)]))
    return error


@pytest.mark.parametrize(("content", "kind"), [(NEW, SinglePut), (LARGE, MultipartPut)], ids=["single", "parts"])
async def test_the_bytes_become_the_next_version_and_what_was_said_stays(
    gate: Gate, owner: Viewer, image: Image, content: bytes, kind: type
) -> None:
    told = {"filename": "new.jpg", "said": Said(title="Other"), "replaces": image.id}
    assert isinstance(await gate.plan(owner, content, **told), kind)
    upload = await gate.taken_in(owner, content, **told)
    now = await Image.get()
    assert (upload.state, upload.image_id, upload.existed) == (UploadState.COMPLETED, image.id, False)
    assert (now.id, now.version, now.filename, now.title) == (image.id, 2, "new.jpg", "A duck")
    assert b"".join([chunk async for chunk in gate.store.read(now.original_key)]) == content
    assert (await ImageVersion.get()).sha256 == image.sha256
    assert await gate.stored() == {image.original_key, now.original_key}


async def test_only_what_one_may_change_can_be_replaced(
    gate: Gate, owner: Viewer, stranger: Viewer, admin: Viewer, image: Image
) -> None:
    shown = await add_image(owner, **PUBLIC)
    assert await refusal(gate, stranger, replaces=image.id) == ("NOT_FOUND", ["replaces"])
    assert await refusal(gate, stranger, replaces=shown.id) == ("FORBIDDEN", ["replaces"])
    assert await refusal(gate, owner, replaces=uuid.uuid4()) == ("NOT_FOUND", ["replaces"])
    assert isinstance(await gate.plan(admin, NEW, replaces=image.id), SinglePut)
    await Trash(gate.wakeups).trash(owner, [image.id])
    assert await refusal(gate, owner, replaces=image.id) == ("CONFLICT", ["replaces"])


async def test_bytes_that_are_there_already_are_not_sent(gate: Gate, owner: Viewer, image: Image) -> None:
    plan = await gate.plan(owner, OLD, replaces=image.id)
    assert isinstance(plan, ExistingImage)
    assert plan.image.id == image.id
    other = await add_image(owner, sha256=staged(NEW).sha256)
    [result] = await gate.preparation.prepare(owner, [staged(NEW, replaces=image.id)])
    assert result.plan is None
    assert (result.errors[0].code, getattr(result.errors[0], "image_id", None)) == ("CONFLICT", other.id)
    await Image.filter(id=image.id).update(state=ImageState.FAILED)
    assert isinstance(await gate.plan(owner, OLD, replaces=image.id), SinglePut)


async def test_the_same_bytes_for_another_image_are_another_upload(gate: Gate, owner: Viewer, image: Image) -> None:
    other = await add_image(owner)
    plans = [await gate.plan(owner, NEW, replaces=id) for id in (None, image.id, other.id, image.id)]
    ids = [plan.upload.id for plan in plans]
    assert len(set(ids)) == 3
    assert ids[1] == ids[3]


async def test_killed_and_run_again_it_replaces_once(gate: Gate, owner: Viewer, image: Image) -> None:
    upload = await gate.queued(owner, NEW, replaces=image.id)
    with pytest.raises(Killed):
        await worker(gate.store, Killing(), gate.wakeups).ingest(upload.id.hex)
    with pytest.raises(Overloaded):
        await worker(gate.store, Busy(), gate.wakeups).ingest(upload.id.hex)
    await asyncio.gather(*(gate.taking_in.ingest(upload.id.hex) for _ in range(4)))
    await gate.taking_in.ingest(upload.id.hex)
    await gate.tidy()
    now = await Image.get()
    assert (await Upload.get(id=upload.id)).state is UploadState.COMPLETED
    assert (now.sha256, await ImageVersion.all().count()) == (upload.sha256, 1)
    assert await gate.stored() == {image.original_key, now.original_key}


@pytest.mark.parametrize("meanwhile", ["trashed", "deleted", "elsewhere", "no picture"])
async def test_what_can_no_longer_replace_fails_and_changes_nothing(
    gate: Gate, owner: Viewer, image: Image, meanwhile: str
) -> None:
    content = b"no picture" if meanwhile == "no picture" else NEW
    upload = await gate.queued(owner, content, replaces=image.id)
    trash = Trash(gate.wakeups)
    if meanwhile == "trashed":
        await trash.trash(owner, [image.id])
    elif meanwhile == "deleted":
        await trash.delete(owner, [image.id])
    elif meanwhile == "elsewhere":
        await gate.taken_in(owner, NEW)
    await gate.taking_in.ingest(upload.id.hex)
    row = await Upload.get(id=upload.id)
    codes = {"trashed": "CONFLICT", "deleted": "NOT_FOUND", "elsewhere": "CONFLICT", "no picture": "UNSUPPORTED_FORMAT"}
    assert (row.state, row.failure_code) == (UploadState.FAILED, codes[meanwhile])
    assert await Image.filter(id=image.id, version__gt=1).count() == 0


async def test_given_up_it_fails_and_the_image_stays_as_it_was(gate: Gate, owner: Viewer, image: Image) -> None:
    upload = await gate.queued(owner, NEW, replaces=image.id)
    await gate.taking_in.give_up(upload.id.hex, "OSError")
    assert (await Upload.get(id=upload.id)).state is UploadState.FAILED
    assert (await Image.get()).version == 1

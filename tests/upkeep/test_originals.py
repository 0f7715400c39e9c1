"""Images whose originals are gone or damaged say so, and nothing of them is deleted."""

import logging
import uuid
from pathlib import Path

import pytest

from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import StorageUnavailable
from imaging.images.models import Image, ImageState
from imaging.journal.models import Event, EventKind, OutboxEntry
from imaging.upkeep.originals import FEW, Originals
from imaging.upkeep.task import Report
from imaging.upkeep.upkeep import Upkeep
from tests import pictures
from tests.rows import add_image
from tests.uploads.gate import Gate

LOST, DAMAGED = "check-originals", "verify-originals"


async def run(upkeep: Upkeep, task: str) -> Report:
    return await upkeep.run_now(task, lambda _: None)


async def taken_in(gate: Gate, owner: Viewer, width: int = 64) -> Image:
    upload = await gate.taken_in(owner, pictures.jpeg(width, 48))
    return await Image.get(id=upload.image_id)


async def damage(gate: Gate, image: Image, tmp_path: Path) -> None:
    """Put other bytes where the original was, as a broken disk does."""
    path = tmp_path / uuid.uuid4().hex
    path.write_bytes(b"not what was uploaded")
    await gate.store.delete(image.original_key)
    await gate.store.put(image.original_key, path, content_type="image/jpeg")
    path.unlink()


async def test_an_image_whose_original_is_gone_says_so(
    upkeep: Upkeep, gate: Gate, owner: Viewer, caplog: pytest.LogCaptureFixture
) -> None:
    image, other = await taken_in(gate, owner), await taken_in(gate, owner, 65)
    await gate.store.delete(image.original_key)
    await Event.all().delete()
    await OutboxEntry.all().delete()
    seen = await upkeep.look(LOST, lambda _: None)
    assert (seen.looked_at, seen.found, seen.examples) == (2, 1, [f"{image.id.hex} 1"])
    assert (await Image.get(id=image.id)).state is ImageState.READY
    report = await run(upkeep, LOST)
    assert (report.looked_at, report.found, report.mended) == (2, 1, 1)
    told = await Image.get(id=image.id)
    assert (told.state, told.failure_code) == (ImageState.FAILED, "ORIGINAL_MISSING")
    assert "Upload the picture again" in told.failure_message
    assert (await Image.get(id=other.id)).state is ImageState.READY
    event = await Event.get()
    assert (event.kind, event.image_id) == (EventKind.UPDATED, image.id)
    assert (await OutboxEntry.get()).image_id == image.id
    assert f"the original of image {image.id} is missing" in caplog.text
    assert (await run(upkeep, LOST)).found == 0


async def test_an_original_that_is_there_again_mends_its_image(
    upkeep: Upkeep, gate: Gate, owner: Viewer, tmp_path: Path
) -> None:
    image = await taken_in(gate, owner)
    await gate.store.copy(image.original_key, "o/backup", content_type="image/jpeg", sha256=image.sha256)
    await gate.store.delete(image.original_key)
    assert (await run(upkeep, LOST)).mended == 1
    await gate.store.copy("o/backup", image.original_key, content_type="image/jpeg", sha256=image.sha256)
    assert (await run(upkeep, LOST)).mended == 1
    told = await Image.get(id=image.id)
    assert (told.state, told.failure_code, told.failure_message) == (ImageState.READY, "", "")


@pytest.mark.parametrize("state", [ImageState.TRASHED, ImageState.QUARANTINED])
async def test_what_is_out_of_sight_stays_there_whatever_became_of_its_bytes(
    upkeep: Upkeep, gate: Gate, owner: Viewer, state: ImageState
) -> None:
    image = await add_image(owner, state=state)
    assert (await run(upkeep, LOST)).found == 0
    await Originals(gate.store, LocalWakeups(), 10).tell_lost(f"{image.id.hex} 1")
    assert (await Image.get(id=image.id)).state is state


async def test_bytes_that_were_replaced_meanwhile_are_not_held_against_the_image(gate: Gate, owner: Viewer) -> None:
    image = await add_image(owner, bytes_version=2)
    originals = Originals(gate.store, LocalWakeups(), 10)
    await originals.tell_lost(f"{image.id.hex} 1")
    await originals.tell_damaged(f"{image.id.hex} 1")
    await originals.tell_lost(f"{uuid.uuid4().hex} 1")
    assert (await Image.get(id=image.id)).state is ImageState.READY


async def test_the_wrong_bucket_makes_no_library_fail(upkeep: Upkeep, owner: Viewer) -> None:
    for _ in range(FEW):
        await add_image(owner)
    with pytest.raises(StorageUnavailable, match="is it the right one"):
        await run(upkeep, LOST)
    assert await Image.filter(state=ImageState.READY).count() == FEW


async def test_an_original_with_other_bytes_is_found_and_told(
    upkeep: Upkeep, gate: Gate, owner: Viewer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    image, other = await taken_in(gate, owner), await taken_in(gate, owner, 65)
    await damage(gate, image, tmp_path)
    seen = await upkeep.look(DAMAGED, lambda _: None)
    assert (seen.looked_at, seen.found) == (2, 1)
    assert (await Image.get(id=image.id)).state is ImageState.READY
    assert (await run(upkeep, DAMAGED)).mended == 1
    told = await Image.get(id=image.id)
    assert (told.state, told.failure_code) == (ImageState.FAILED, "ORIGINAL_CORRUPT")
    assert (await Image.get(id=other.id)).state is ImageState.READY
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in errors] == [
        f"upkeep: the original of image {image.id} is damaged in the storage"
    ]
    assert (await run(upkeep, DAMAGED)).found == 0
    assert (await run(upkeep, LOST)).found == 0


async def test_a_sample_is_as_large_as_was_asked_for_and_names_no_image_twice(gate: Gate, owner: Viewer) -> None:
    images = [await taken_in(gate, owner, 64 + number) for number in range(3)]
    for sample, expected in ((2, 2), (3, 3), (9, 3), (0, 0)):
        heard: list[int] = []
        originals = Originals(gate.store, LocalWakeups(), sample)
        assert [name async for name in originals.damaged(heard.append)] == []
        assert len(heard) == expected
        assert await originals.expected_sample() == expected
    drawn = {image.id for image in await Originals(gate.store, LocalWakeups(), 3)._drawn()}
    assert drawn == {image.id for image in images}

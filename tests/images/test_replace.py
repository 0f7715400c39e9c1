"""The bytes of an image are replaced whole, with a version of their own, or not at all."""

import asyncio
import hashlib
import random
from pathlib import Path
from typing import Any

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import (
    Conflict,
    Forbidden,
    ImagingError,
    NotFound,
    SameBytes,
    StorageUnavailable,
    TooManyBytes,
    Unauthenticated,
    UnsupportedFormat,
)
from imaging.images.models import Image, ImageDetail, ImageState, ImageVersion, Visibility
from imaging.images.trash import Trash
from imaging.journal.models import Event, EventKind, Job, OutboxEntry
from imaging.ports import ObjectInfo
from tests import pictures
from tests.images.bench import Bench
from tests.images.counter import received

OLD, NEW, OTHER = pictures.jpeg(80, 60), pictures.png(40, 30), pictures.jpeg(20, 20)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def test_a_replaced_image_has_the_new_bytes_and_keeps_what_people_said(bench: Bench, owner: Viewer) -> None:
    said = {"title": "A duck", "tags": ["Duck"], "visibility": Visibility.PUBLIC, "focal_point": (0.25, 0.75)}
    before = await bench.image(owner, OLD, **said)
    told = await bench.replace(owner, before, NEW, "Goose.PNG")
    image = await Image.get()
    assert (told.id, told.version, image.id) == (before.id, 2, before.id)
    assert (image.version, image.bytes_version, image.bytes_since) == (2, 2, 2)
    assert (image.format.name, image.width, image.height, image.pixels) == ("PNG", 40, 30, 1200)
    assert (image.sha256, image.size_bytes) == (sha256(NEW), len(NEW))
    assert (image.filename, image.filename_key) == ("Goose.PNG", "goose.png")
    assert (image.title, image.tags, image.is_public) == ("A duck", ["Duck"], True)
    assert (image.focal_x, image.focal_y) == (0.25, 0.75)
    assert image.bytes_at is not None
    assert image.created_at == before.created_at < image.bytes_at <= image.updated_at


async def test_what_was_replaced_is_kept_with_all_that_was_known_of_it(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, OLD)
    await ImageDetail.filter(image_id=image.id).update(xmp="<old/>")
    await bench.replace(owner, image, NEW)
    row = await ImageVersion.get()
    assert (row.image_id, row.version, row.bytes_version, row.filename) == (image.id, 1, 1, "duck.jpg")
    assert (row.sha256, row.width, row.height, row.format.name) == (sha256(OLD), 80, 60, "JPEG")
    assert (row.exif, row.xmp, row.created_at) == ({"Model": "Box"}, "<old/>", image.created_at)
    assert (await ImageDetail.get()).xmp == ""
    await bench.check_whole()


async def test_a_replacement_is_told_and_indexed(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, OLD)
    await bench.replace(owner, image, NEW)
    assert [event.kind for event in await Event.all().order_by("id")] == [EventKind.CREATED, EventKind.UPDATED]
    assert await OutboxEntry.filter(image_id=image.id).count() == 2
    assert await Job.all().count() == 0


async def test_the_bytes_it_has_already_change_nothing(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, OLD)
    told = await bench.replace(owner, image, OLD, "other.jpg")
    assert (told.version, told.filename) == (1, "duck.jpg")
    assert await Event.all().count() == 1
    assert bench.inspector.read == 1
    await bench.check_whole()


async def test_bytes_of_another_image_are_refused_and_the_image_is_named(
    bench: Bench, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    image, other = await bench.image(owner, OLD), await bench.image(owner, OTHER)
    with pytest.raises(SameBytes) as refusal:
        await bench.replace(owner, image, OTHER)
    assert refusal.value.image_id == other.id
    await Trash(wakeups).trash(owner, [other.id])
    with pytest.raises(SameBytes, match="in the trash"):
        await bench.replace(owner, image, OTHER)
    theirs = await bench.image(stranger, OLD)
    await bench.replace(stranger, theirs, OTHER)
    await bench.check_whole()


async def test_what_is_no_picture_changes_nothing(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, OLD)
    for content, refusal in ((b"no picture", UnsupportedFormat), (bytes(2 * 1024 * 1024), TooManyBytes)):
        with pytest.raises(refusal):
            await bench.replace(owner, image, content)
    assert (await Image.get()).version == 1
    assert await Job.all().count() == 0
    await bench.check_whole()


async def test_only_who_rules_an_image_replaces_it(
    bench: Bench, owner: Viewer, stranger: Viewer, onlooker: Viewer, admin: Viewer
) -> None:
    private = await bench.image(owner, OLD)
    public = await bench.image(owner, OTHER, visibility=Visibility.PUBLIC)
    refusals: list[tuple[Viewer, Image, type[ImagingError]]] = [
        (stranger, private, NotFound),
        (stranger, public, Forbidden),
        (onlooker, public, Forbidden),
        (ANONYMOUS, public, Unauthenticated),
    ]
    for viewer, image, refusal in refusals:
        with pytest.raises(refusal):
            await bench.replace(viewer, image, NEW)
    assert (await bench.replace(admin, private, NEW)).owner_id == owner.user_id
    await bench.check_whole()


async def test_an_image_in_the_trash_is_restored_first(bench: Bench, owner: Viewer, wakeups: LocalWakeups) -> None:
    image = await bench.image(owner, OLD)
    await Trash(wakeups).trash(owner, [image.id])
    with pytest.raises(Conflict, match="trash"):
        await bench.replace(owner, image, NEW)
    await Trash(wakeups).restore(owner, [image.id])
    assert (await bench.replace(owner, image, NEW)).version == 2


@pytest.mark.parametrize("content", [OLD, NEW])
async def test_new_bytes_mend_an_image_that_failed(bench: Bench, owner: Viewer, content: bytes) -> None:
    image = await bench.image(owner, OLD)
    await Image.all().update(state=ImageState.FAILED, failure_code="CORRUPT", failure_message="It is unreadable.")
    await bench.replace(owner, image, content)
    image = await Image.get()
    assert (image.state, image.failure_code, image.failure_message) == (ImageState.READY, "", "")
    assert image.bytes_version == 2
    await bench.check_whole()


async def test_an_expected_version_is_kept_to(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, OLD)
    await bench.focus(owner, image, 0.1)
    with pytest.raises(Conflict, match="at version 2 by now; 1 was expected") as refusal:
        await bench.replace(owner, image, NEW, expected_version=1)
    assert refusal.value.field == ["expected_version"]
    assert (await bench.replace(owner, image, NEW, expected_version=2)).version == 3


async def test_of_two_who_expect_the_same_version_one_replaces_it(bench: Bench, owner: Viewer) -> None:
    image, bench.inspector.delay_s = await bench.image(owner, OLD), 0.05
    answers = await asyncio.gather(
        *(bench.replace(owner, image, content, expected_version=1) for content in (NEW, OTHER)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Image"]
    await bench.work()
    assert (await Image.get()).version == 2
    await bench.check_whole()


async def test_everybody_who_replaces_at_once_makes_a_version_in_some_order(bench: Bench, owner: Viewer) -> None:
    image, bench.inspector.delay_s = await bench.image(owner, OLD), 0.02
    contents = [pictures.jpeg(30, 30 + seed) for seed in range(4)]
    deeds = [bench.replace(owner, image, content) for content in contents]
    told = await asyncio.gather(*deeds, bench.focus(owner, image, 0.1), bench.focus(owner, image, 0.9))
    assert len({answer.version for answer in told if answer}) == 4
    image, rows = await Image.get(), await ImageVersion.all().order_by("version")
    assert {row.sha256 for row in rows} | {image.sha256} == {sha256(content) for content in (OLD, *contents)}
    assert len({row.version for row in rows} | {image.bytes_since}) == 5
    assert await Job.all().count() == 0
    await bench.check_whole()


async def test_the_same_bytes_at_once_are_one_version(bench: Bench, owner: Viewer) -> None:
    image, bench.inspector.delay_s = await bench.image(owner, OLD), 0.05
    told = await asyncio.gather(*(bench.replace(owner, image, NEW) for _ in range(4)))
    assert len({answer.version for answer in told}) == 1
    await bench.work()
    assert await ImageVersion.all().count() == 1
    await bench.check_whole()


async def test_two_images_that_get_the_same_bytes_at_once_do_not_both_get_them(bench: Bench, owner: Viewer) -> None:
    images = [await bench.image(owner, OLD), await bench.image(owner, OTHER)]
    bench.inspector.delay_s = 0.05
    answers = await asyncio.gather(*(bench.replace(owner, image, NEW) for image in images), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Image", "SameBytes"]
    await bench.work()
    await bench.check_whole()


async def test_a_client_who_hangs_up_at_any_moment_leaves_whole_versions_or_nothing(
    bench: Bench, owner: Viewer
) -> None:
    chance, bench.inspector.delay_s = random.Random(5), 0.01
    image = await bench.image(owner, OLD)
    files = [await received(bench.counter.spool, pictures.jpeg(32, 32 + seed, seed=seed)) for seed in range(20)]
    tasks = [asyncio.create_task(bench.replacement.replace(owner, image.id, file)) for file in files]
    for task in tasks:
        asyncio.get_running_loop().call_later(chance.random() * 0.4, task.cancel)
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert any(isinstance(answer, asyncio.CancelledError) for answer in answers)
    for file in files:  # of a task that never began
        await file.discard()
    await bench.work()
    await bench.check_whole()


async def test_an_image_deleted_meanwhile_leaves_no_object(bench: Bench, owner: Viewer, wakeups: LocalWakeups) -> None:
    image, bench.inspector.delay_s = await bench.image(owner, OLD), 0.1
    replacing = asyncio.create_task(bench.replace(owner, image, NEW))
    await asyncio.sleep(0.05)
    await Trash(wakeups).delete(owner, [image.id])
    with pytest.raises(NotFound):
        await replacing
    await bench.work()
    assert await bench.counter.stored() == set()


class Cut(FolderStore):
    """A folder on the far side of a line that is cut after the bytes arrived, before anybody is told."""

    is_cut = False

    async def put(self, key: str, path: Path, *, content_type: str, sha256: str | None = None) -> ObjectInfo:
        put = await super().put(key, path, content_type=content_type, sha256=sha256)
        if self.is_cut:
            raise StorageUnavailable
        return put


class TestWhenTheStorageDoesNotAnswer:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Cut:
        return Cut(tmp_path / "objects")

    async def test_the_image_stays_as_it_was_and_what_arrived_is_removed(
        self, bench: Bench, store: Cut, owner: Viewer
    ) -> None:
        image, store.is_cut = await bench.image(owner, OLD), True
        with pytest.raises(StorageUnavailable):
            await bench.replace(owner, image, NEW)
        assert (await Image.get()).version == 1
        await bench.work()
        await bench.check_whole()
        store.is_cut = False
        assert (await bench.replace(owner, image, NEW)).version == 2


class TestFilesThatCameSomeOtherWay:
    async def replace_with(self, bench: Bench, image: Image, content: bytes, also: Any) -> Image:
        file = await received(bench.counter.spool, content)
        try:
            return await bench.replacement.replace_with(image.id, file, also)
        finally:
            await file.discard()

    async def test_what_is_written_beside_is_written_with_it_or_not_at_all(self, bench: Bench, owner: Viewer) -> None:
        image = await bench.image(owner, OLD)

        async def fail(changed: Image) -> None:
            assert changed.sha256 == sha256(NEW)
            raise Conflict("The upload was aborted.")

        with pytest.raises(Conflict, match="aborted"):
            await self.replace_with(bench, image, NEW, fail)
        assert (await Image.get()).version == 1
        await bench.work()
        await bench.check_whole()

    async def test_it_is_written_too_when_the_bytes_were_there_already(self, bench: Bench, owner: Viewer) -> None:
        image, settled = await bench.image(owner, OLD), []

        async def settle(changed: Image) -> None:
            settled.append(changed.version)

        for _ in range(2):
            await self.replace_with(bench, image, NEW, settle)
        assert settled == [2, 2]
        await bench.check_whole()

"""Before a file is sent: it is refused, known already, or told where its bytes go."""

import asyncio
import datetime

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import Forbidden, InvalidInput, Unauthenticated
from imaging.images.models import ImageState, Visibility
from imaging.images.said import Said
from imaging.images.trash import Trash
from imaging.uploads.models import Upload, UploadKind, UploadState
from imaging.uploads.plans import ExistingImage, MultipartPut, SinglePut
from imaging.uploads.prepare import Preparation
from imaging.uploads.words import read
from tests import pictures
from tests.rows import add_image
from tests.uploads.gate import MIB, PART_BYTES, Gate, errors_of, staged

LARGE = pictures.jpeg() + bytes(11 * MIB)


async def test_a_small_file_is_sent_in_one_request_and_its_row_waits_for_it(gate: Gate, owner: Viewer) -> None:
    content = pictures.jpeg()
    said = Said(title="A duck", tags=["Pond"], visibility=Visibility.PUBLIC, focal_point=(0.25, 1), custom={"a": 1})
    plan = await gate.plan(owner, content, filename="../../Duck.JPG", content_type="Image/JPEG", said=said)
    assert isinstance(plan, SinglePut)
    assert plan.headers == {"Content-Type": "image/jpeg"}
    upload = await Upload.get()
    assert (upload.id, upload.kind, upload.state) == (plan.upload.id, UploadKind.SINGLE, UploadState.PREPARED)
    assert (upload.filename, upload.content_type, upload.size_bytes) == ("Duck.JPG", "image/jpeg", len(content))
    assert read(upload.said) == said
    assert upload.staging_key.startswith(f"s/{upload.id.hex}/")
    assert upload.expires_at - upload.created_at > datetime.timedelta(hours=23)
    assert plan.expires_at - upload.created_at <= datetime.timedelta(hours=1, minutes=1)


async def test_a_large_file_is_sent_in_parts(gate: Gate, owner: Viewer) -> None:
    plan = await gate.plan(owner, LARGE)
    assert isinstance(plan, MultipartPut)
    assert (plan.part_bytes, plan.part_count, plan.upload.kind) == (PART_BYTES, 3, UploadKind.MULTIPART)
    assert [(part.number, part.offset_bytes, part.size_bytes) for part in plan.parts] == [
        (1, 0, PART_BYTES),
        (2, PART_BYTES, PART_BYTES),
        (3, 2 * PART_BYTES, len(LARGE) - 2 * PART_BYTES),
    ]
    assert len({part.url for part in plan.parts}) == 3


async def test_everything_that_is_wrong_is_told_before_a_byte_moves_and_stops_no_neighbour(
    gate: Gate, owner: Viewer
) -> None:
    good = pictures.jpeg()
    files = [
        staged(good),
        staged(good, size_bytes=41 * MIB),
        staged(good, size_bytes=0, sha256="z" * 64, content_type="text/html", said=Said(title="x" * 501, tags=[""])),
        staged(good, content_type="a" * 1000),
        staged(pictures.png(), content_type="image/png"),
    ]
    results = await gate.preparation.prepare(owner, files)
    assert errors_of(results) == [
        [],
        [("TOO_MANY_BYTES", ["size_bytes"])],
        [
            ("INVALID_INPUT", ["size_bytes"]),
            ("INVALID_INPUT", ["sha256"]),
            ("UNSUPPORTED_FORMAT", ["content_type"]),
            ("INVALID_INPUT", ["title"]),
            ("INVALID_INPUT", ["tags", "0"]),
        ],
        [("UNSUPPORTED_FORMAT", ["content_type"])],
        [],
    ]
    assert [result.plan is None for result in results] == [False, True, True, True, False]
    assert "42991616 bytes; 41943040 are allowed" in results[1].errors[0].message
    assert "text/html" in results[2].errors[2].message
    assert len(results[3].errors[0].message) < 300
    assert await Upload.all().count() == 2


@pytest.mark.parametrize("content_type", ["image/jpg", "image/heif", "image/svg+xml", " image/AVIF"])
async def test_what_browsers_call_a_picture_is_admitted(gate: Gate, owner: Viewer, content_type: str) -> None:
    plan = await gate.plan(owner, pictures.jpeg(), content_type=content_type)
    assert isinstance(plan, SinglePut)
    assert plan.upload.content_type == content_type.strip().lower()


async def test_what_its_owner_has_already_need_not_be_sent(
    gate: Gate, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    content = pictures.jpeg()
    image = await add_image(owner, sha256=staged(content).sha256)
    plan = await gate.plan(owner, content)
    assert isinstance(plan, ExistingImage)
    assert plan.image.id == image.id
    await Trash(wakeups).trash(owner, [image.id])
    plan = await gate.plan(owner, content)
    assert plan.image.state is ImageState.TRASHED
    assert isinstance(await gate.plan(stranger, content), SinglePut)
    assert await Upload.all().values_list("owner_id", flat=True) == [stranger.user_id]


async def test_the_same_bytes_twice_are_one_upload(gate: Gate, owner: Viewer) -> None:
    content = pictures.jpeg()
    twice = [staged(content, filename="a.jpg"), staged(content, filename="b.jpg"), staged(content, size_bytes=7)]
    first, second, other = [result.plan for result in await gate.preparation.prepare(owner, twice)]
    assert isinstance(first, SinglePut)
    assert isinstance(second, SinglePut)
    assert isinstance(other, SinglePut)
    assert first.upload.id == second.upload.id != other.upload.id
    assert (first.upload.filename, await Upload.all().count()) == ("a.jpg", 2)


async def test_asking_again_gives_the_same_upload_and_what_was_said_last_counts(gate: Gate, owner: Viewer) -> None:
    content = pictures.jpeg()
    first = await gate.plan(owner, content)
    await Upload.all().update(expires_at=datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1))
    again = await gate.plan(owner, content, filename="new.jpg", said=Said(title="Better"))
    upload = await Upload.get()
    assert (again.upload.id, upload.id) == (first.upload.id, first.upload.id)
    assert (upload.filename, upload.said["title"]) == ("new.jpg", "Better")
    assert upload.expires_at - upload.created_at > datetime.timedelta(hours=23)


async def test_asking_again_after_the_end_begins_anew(gate: Gate, owner: Viewer) -> None:
    content = pictures.jpeg()
    first = await gate.plan(owner, content)
    await gate.abort(owner, first.upload)
    second = await gate.plan(owner, content)
    await Upload.filter(id=second.upload.id).update(expires_at=datetime.datetime.now(datetime.UTC))
    third = await gate.plan(owner, content)
    assert len({first.upload.id, second.upload.id, third.upload.id}) == 3
    assert third.upload.staging_key != second.upload.staging_key


async def test_only_the_parts_that_are_missing_are_asked_for_again(gate: Gate, owner: Viewer) -> None:
    plan = await gate.plan(owner, LARGE)
    await gate.put_part(plan.parts[2], LARGE)
    again = await gate.plan(owner, LARGE)
    assert (again.upload.id, [part.number for part in again.parts]) == (plan.upload.id, [1, 2])
    upload = await Upload.get()
    assert upload.received_bytes == again.upload.received_bytes == len(LARGE) - 2 * PART_BYTES
    assert 0 < upload.progress < 0.2
    await gate.send(again, LARGE)
    whole = await gate.plan(owner, LARGE)
    assert (whole.parts, whole.part_count, whole.upload.progress) == ([], 3, 1)


async def test_parts_that_the_store_has_lost_are_all_asked_for_again(gate: Gate, owner: Viewer) -> None:
    plan = await gate.plan(owner, LARGE)
    await gate.send(plan, LARGE)
    await gate.store.delete_prefix(plan.upload.staging_prefix)
    again = await gate.plan(owner, LARGE)
    assert ([part.number for part in again.parts], again.upload.received_bytes) == ([1, 2, 3], 0)
    await gate.send(again, LARGE)
    [result] = await gate.complete(owner, again.upload)
    assert result.error is None


async def test_a_prepare_that_was_cut_off_before_its_parts_began_goes_on_when_asked_again(
    gate: Gate, owner: Viewer
) -> None:
    plan = await gate.plan(owner, LARGE)
    await Upload.all().update(store_upload_id="")
    again = await gate.plan(owner, LARGE)
    assert again.upload.id == plan.upload.id
    assert again.upload.store_upload_id not in ("", plan.upload.store_upload_id)


async def test_who_asks_twice_at_once_is_told_of_parts_that_go_together(gate: Gate, owner: Viewer) -> None:
    await gate.plan(owner, LARGE)
    await Upload.all().update(store_upload_id="")
    plans = await asyncio.gather(*(gate.plan(owner, LARGE) for _ in range(4)))
    assert len({plan.upload.store_upload_id for plan in plans}) == 1
    assert {plan.upload.store_upload_id for plan in plans} == {(await Upload.get()).store_upload_id}
    for part, plan in zip((0, 1, 2), plans, strict=False):
        await gate.put_part(plan.parts[part], LARGE)
    [result] = await gate.complete(owner, plans[0].upload)
    assert result.error is None


async def test_nobody_has_more_open_uploads_than_allowed(gate: Gate, owner: Viewer, stranger: Viewer) -> None:
    contents = [pictures.jpeg(seed=seed) for seed in range(7)]
    results = await gate.preparation.prepare(owner, [staged(content) for content in contents])
    assert errors_of(results) == [[]] * 5 + [[("CONFLICT", None)]] * 2
    assert "Complete or abort" in results[5].errors[0].message
    assert isinstance(await gate.plan(owner, contents[0]), SinglePut)
    assert isinstance(await gate.plan(stranger, contents[6]), SinglePut)
    plan = results[0].plan
    assert isinstance(plan, SinglePut)
    await gate.abort(owner, plan.upload)
    assert isinstance(await gate.plan(owner, contents[6]), SinglePut)


async def test_a_request_has_bounds(gate: Gate, owner: Viewer) -> None:
    with pytest.raises(InvalidInput, match="101 were given; 100 are allowed"):
        await gate.preparation.prepare(owner, [staged(bytes([index])) for index in range(101)])
    generous = Preparation(gate.store, gate.staging, max_bytes=10**12, ttl_s=60, url_ttl_s=60)
    with pytest.raises(InvalidInput, match="10000 are prepared at once"):
        await generous.prepare(owner, [staged(bytes([index]), size_bytes=15 * 1024**3) for index in range(11)])
    assert await Upload.all().count() == 0


async def test_only_editors_and_admins_may_prepare(gate: Gate, onlooker: Viewer, admin: Viewer) -> None:
    for viewer, refusal in ((onlooker, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            await gate.preparation.prepare(viewer, [staged(b"x")])
    assert isinstance(await gate.plan(admin, pictures.jpeg()), SinglePut)

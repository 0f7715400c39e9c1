"""What nothing names is removed, what something names or is about to name stays."""

import asyncio
import uuid
from pathlib import Path

import pytest

from imaging.accounts.viewer import Viewer
from imaging.images.models import Image, ImageVersion
from imaging.upkeep.strays import Strays
from imaging.upkeep.task import Report
from imaging.upkeep.upkeep import Upkeep
from imaging.uploads.models import Upload, UploadKind, UploadState
from tests import pictures
from tests.rows import image_row
from tests.uploads.gate import MIB, Gate

ORIGINALS, STAGED, UNFINISHED = "remove-stray-originals", "remove-stray-uploads", "remove-unfinished"


async def put(gate: Gate, tmp_path: Path, *keys: str) -> None:
    for key in keys:
        path = tmp_path / uuid.uuid4().hex
        path.write_bytes(b"a picture")
        await gate.store.put(key, path, content_type="image/jpeg")
        path.unlink()


async def run(upkeep: Upkeep, task: str) -> Report:
    return await upkeep.run_now(task, lambda _: None)


async def upload_of(owner: Viewer, state: UploadState, **values: object) -> Upload:
    return await Upload.create(
        owner_id=owner.user_id, kind=UploadKind.IMPORT, state=state, filename="duck.jpg", **values
    )


async def test_an_original_that_no_row_names_is_removed_and_all_others_stay(
    strict: Upkeep, gate: Gate, owner: Viewer, tmp_path: Path
) -> None:
    image_id = (await gate.taken_in(owner, pictures.jpeg(64, 48))).image_id
    image, gone = await Image.get(id=image_id), uuid.uuid4()
    facts = {name: getattr(image, name) for name in ImageVersion._meta.fields_map if hasattr(image_row(owner), name)}
    earlier = facts | {"id": uuid.uuid4(), "version": 7, "bytes_version": 8, "created_at": image.created_at}
    await ImageVersion.create(image_id=image_id, **earlier)
    kept = {f"o/{image_id.hex}/1", f"o/{image_id.hex}/8"}
    await put(gate, tmp_path, f"o/{image_id.hex}/8", f"o/{image_id.hex}/9", f"o/{gone.hex}/1", "o/nobodys", "r/else")
    report = await run(strict, ORIGINALS)
    assert (report.looked_at, report.found, report.mended) == (5, 3, 3)
    assert await gate.stored() == kept | {"r/else"}


@pytest.mark.parametrize("name", ["image_id", "replaces_id"])
@pytest.mark.parametrize("state", [UploadState.QUEUED, UploadState.PROCESSING])
async def test_an_original_that_an_upload_is_about_to_name_stays(
    strict: Upkeep, gate: Gate, owner: Viewer, tmp_path: Path, state: UploadState, name: str
) -> None:
    id = uuid.uuid4()
    upload = await upload_of(owner, state, **{name: id})
    await put(gate, tmp_path, f"o/{id.hex}/1")
    assert (await run(strict, ORIGINALS)).found == 0
    await Upload.filter(id=upload.id).update(state=UploadState.FAILED)
    assert (await run(strict, ORIGINALS)).mended == 1
    assert await gate.stored() == set()


async def test_what_was_written_within_the_hour_is_nobodys_business(upkeep: Upkeep, gate: Gate, tmp_path: Path) -> None:
    id = uuid.uuid4().hex
    await put(gate, tmp_path, f"o/{id}/1", f"s/{id}/1")
    await gate.staging.begin_parts(f"s/{id}/2", content_type="image/jpeg", part_bytes=5 * MIB)
    assert [(await run(upkeep, task)).found for task in (ORIGINALS, STAGED, UNFINISHED)] == [0, 0, 0]
    assert await gate.stored() == {f"o/{id}/1", f"s/{id}/1"}


async def test_an_upload_that_goes_on_for_hours_loses_nothing(strict: Upkeep, gate: Gate, owner: Viewer) -> None:
    small, large = pictures.jpeg(64, 48), pictures.jpeg(65, 48) + b"\0" * 12 * MIB
    first, plan = await gate.sent(owner, small), await gate.plan(owner, large)
    for part in plan.parts:
        for task in (ORIGINALS, STAGED, UNFINISHED):
            assert (await run(strict, task)).found == 0
        await gate.put_part(part, large)
    for result in await gate.complete(owner, first, plan.upload):
        assert result.error is None
        assert (await run(strict, STAGED)).found == 0
    for upload in (first, plan.upload):
        await gate.taking_in.ingest(upload.id.hex)
    assert {upload.state for upload in await Upload.all()} == {UploadState.COMPLETED}
    await gate.tidy()
    assert (await run(strict, ORIGINALS)).found == 0


async def test_upkeep_without_end_takes_nothing_from_uploads_side_by_side(gate: Gate, owner: Viewer) -> None:
    strays = Strays(gate.store, grace_s=0)

    async def tidy_up() -> list[str]:
        found = [key async for key in strays.originals(lambda _: None)]
        return found + [name async for name in strays.unfinished(lambda _: None)]

    async def upload(number: int) -> None:
        content = pictures.jpeg(64, 48 + number) + b"\0" * (number % 2) * 6 * MIB
        await gate.taking_in.ingest((await gate.queued(owner, content)).id.hex)

    arriving = asyncio.gather(*(upload(number) for number in range(5)))
    found = [await tidy_up()]
    while not arriving.done():
        found.append(await tidy_up())
    await arriving
    assert found == [[]] * len(found)
    assert len(found) > 1
    assert {upload.state for upload in await Upload.all()} == {UploadState.COMPLETED}
    await gate.tidy()
    assert await gate.stored() == {image.original_key for image in await Image.all()}


async def test_what_is_sent_after_the_end_of_its_upload_is_removed(strict: Upkeep, gate: Gate, owner: Viewer) -> None:
    content = pictures.jpeg(64, 48)
    plan = await gate.plan(owner, content)
    await gate.abort(owner, plan.upload)
    await gate.tidy()
    await gate.put(plan.url, content)
    assert len(await gate.stored()) == 1
    assert (await run(strict, STAGED)).mended == 1
    assert await gate.stored() == set()


async def test_parts_that_nobody_will_join_are_removed(
    strict: Upkeep, gate: Gate, owner: Viewer, tmp_path: Path
) -> None:
    content = pictures.jpeg(64, 48) + b"\0" * 12 * MIB
    plan = await gate.plan(owner, content)
    await gate.put_part(plan.parts[0], content)
    await Upload.filter(id=plan.upload.id).update(state=UploadState.EXPIRED)
    report = await run(strict, UNFINISHED)
    assert report.mended == report.found > 0
    assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []


async def test_more_strays_than_fit_a_page_are_all_removed(strict: Upkeep, gate: Gate, tmp_path: Path) -> None:
    await put(gate, tmp_path, *(f"s/{uuid.uuid4().hex}/1" for _ in range(1_050)))
    heard: list[int] = []
    report = await strict.run_now(STAGED, heard.append)
    assert (report.found, report.mended, sum(heard), len(report.examples)) == (1_050, 1_050, 1_050, 10)
    assert len(heard) > 1
    assert await gate.stored() == set()


async def test_who_only_looks_changes_nothing(strict: Upkeep, gate: Gate, owner: Viewer, tmp_path: Path) -> None:
    id = uuid.uuid4().hex
    keys = {f"o/{id}/1", f"s/{id}/1"}
    await put(gate, tmp_path, *keys)
    await gate.staging.begin_parts(f"s/{id}/2", content_type="image/jpeg", part_bytes=5 * MIB)
    overdue = await upload_of(owner, UploadState.QUEUED)
    for task in strict.tasks:
        report = await strict.look(task, lambda _: None)
        assert report.mended == 0
    assert [(await strict.look(task, lambda _: None)).examples for task in (ORIGINALS, STAGED)] == [
        [f"o/{id}/1"],
        [f"s/{id}/1"],
    ]
    assert (await strict.look("requeue-uploads", lambda _: None)).examples == [overdue.id.hex]
    assert await gate.stored() == keys
    assert (await strict.look(UNFINISHED, lambda _: None)).found == 1

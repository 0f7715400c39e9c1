"""What an image was before: listed, brought back, and forgotten when its time is over."""

import asyncio
import datetime
import signal
import sys
import uuid
from pathlib import Path

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import Conflict, Forbidden, NotFound, SameBytes, Unauthenticated
from imaging.images.history import VersionLimits, bytes_of
from imaging.images.models import Image, ImageDetail, ImageState, ImageVersion, Visibility
from imaging.images.trash import Trash
from imaging.journal import jobs
from imaging.journal.models import Event, EventKind, Job, OutboxEntry
from tests import pictures
from tests.images.bench import Bench
from tests.images.replacer import NEW
from tests.statements import counted

A, B, C = pictures.jpeg(80, 60), NEW, pictures.jpeg(20, 20)
DAY = datetime.timedelta(days=1)


async def told(image: Image) -> dict[int, int]:
    """The width that each version is said to have; those not kept are left out."""
    image = await Image.get(id=image.id)
    rows = {version: await bytes_of(image, version) for version in range(1, image.version + 1)}
    return {version: row.width for version, row in rows.items() if row is not None}


async def test_every_version_is_known_by_the_bytes_it_had(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.focus(owner, image, 0.1)
    await bench.replace(owner, image, B)
    await bench.focus(owner, image, 0.2)
    await bench.versions.restore(owner, image.id, 2)
    await bench.replace(owner, image, C)
    assert await told(image) == {1: 80, 2: 80, 3: 40, 4: 40, 5: 80, 6: 20}
    present = await Image.get()
    assert [await bytes_of(present, version) for version in (-1, 0, 7)] == [None, None, None]
    await bench.check_whole()


async def test_earlier_versions_of_many_images_are_one_query_newest_first(bench: Bench, owner: Viewer) -> None:
    images = [await bench.image(owner, content) for content in (A, B, C)]
    for seed in range(2):
        await bench.replace(owner, images[0], pictures.jpeg(10, 10 + seed))
    await bench.replace(owner, images[2], pictures.jpeg(11, 11))
    with counted() as queries:
        found = await bench.versions.earlier([image.id for image in images])
    assert len(queries.statements) == 1
    assert [[row.version for row in rows] for rows in found] == [[2, 1], [], [1]]


async def test_restoring_brings_back_the_bytes_and_what_was_known_of_them(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A, title="A duck")
    await ImageDetail.all().update(xmp="<first/>")
    await bench.replace(owner, image, B, "new.png")
    before = await bench.counter.stored()
    restored = await bench.versions.restore(owner, image.id, 1)
    image = await Image.get()
    assert (restored.version, image.version, image.bytes_version, image.bytes_since) == (3, 3, 1, 3)
    assert (image.width, image.format.name, image.filename, image.title) == (80, "JPEG", "duck.jpg", "A duck")
    assert (await ImageDetail.get()).xmp == "<first/>"
    assert await bench.counter.stored() == before
    assert [event.kind for event in await Event.all().order_by("id")][1:] == [EventKind.UPDATED, EventKind.UPDATED]
    assert await OutboxEntry.all().count() == 3
    await bench.check_whole()


async def test_there_and_back_again_needs_no_more_objects(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    for version in (1, 2, 3, 4):
        await bench.versions.restore(owner, image.id, version)
    assert await told(image) == {1: 80, 2: 40, 3: 80, 4: 40, 5: 80, 6: 40}
    assert len(await bench.counter.stored()) == 2
    await bench.check_whole()


async def test_restoring_what_is_there_already_changes_nothing(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    await bench.focus(owner, image, 0.2)
    for version in (2, 3):
        assert (await bench.versions.restore(owner, image.id, version)).version == 3
    assert await ImageVersion.all().count() == 1


async def test_a_version_that_never_was_or_is_gone_is_not_restored(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    for version in (-1, 0, 3, 10**12):
        with pytest.raises(NotFound) as refusal:
            await bench.versions.restore(owner, image.id, version)
        assert refusal.value.field == ["version"]
    assert await bench.retire(days=31) == 1
    with pytest.raises(NotFound):
        await bench.versions.restore(owner, image.id, 1)
    with pytest.raises(NotFound):
        await bench.versions.restore(owner, uuid.uuid4(), 1)


async def test_bytes_that_became_another_image_are_not_restored(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    other = await bench.image(owner, A)
    with pytest.raises(SameBytes) as refusal:
        await bench.versions.restore(owner, image.id, 1)
    assert refusal.value.image_id == other.id
    assert (await Image.get(id=image.id)).version == 2


async def test_only_who_rules_an_image_restores_its_versions(
    bench: Bench, owner: Viewer, stranger: Viewer, onlooker: Viewer, admin: Viewer, wakeups: LocalWakeups
) -> None:
    image = await bench.image(owner, A, visibility=Visibility.PUBLIC)
    await bench.replace(owner, image, B)
    for viewer, refusal in ((stranger, Forbidden), (onlooker, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            await bench.versions.restore(viewer, image.id, 1)
    assert (await bench.versions.restore(admin, image.id, 1)).version == 3
    await Trash(wakeups).trash(owner, [image.id])
    with pytest.raises(Conflict, match="trash"):
        await bench.versions.restore(owner, image.id, 2)


async def test_what_failed_is_ready_once_restored(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    await Image.all().update(state=ImageState.FAILED, failure_code="CORRUPT")
    assert (await bench.versions.restore(owner, image.id, 1)).state is ImageState.READY


async def test_the_trash_keeps_versions_and_deleting_removes_them_all(
    bench: Bench, owner: Viewer, wakeups: LocalWakeups
) -> None:
    image, trash = await bench.image(owner, A), Trash(wakeups)
    await bench.replace(owner, image, B)
    await trash.trash(owner, [image.id])
    await trash.restore(owner, [image.id])
    await bench.work()
    assert await told(image) == {1: 80, 2: 40}
    await trash.delete(owner, [image.id])
    await bench.work()
    assert await ImageVersion.all().count() == 0
    assert await bench.counter.stored() == set()


async def test_bytes_are_forgotten_some_days_after_they_were_replaced(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    await ImageVersion.all().update(replaced_at=datetime.datetime.now(datetime.UTC) - 20 * DAY)
    await bench.replace(owner, image, C)
    assert await bench.retire(days=9.9) == 0
    assert await bench.retire(days=10.1) == 1
    assert await told(image) == {2: 40, 3: 20}
    id = image.id.hex
    assert await bench.work() == [
        (jobs.PURGE_CDN, f"p/{id}/1"),
        (jobs.PURGE_CDN, f"r/{id}/1"),
        (jobs.REMOVE_OBJECT, f"o/{id}/1"),
    ]
    await bench.check_whole()
    assert await bench.retire(days=10.1) == 0


async def test_when_they_will_be_is_told(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    [[row]] = await bench.versions.earlier([image.id])
    assert bench.versions.expires_at(row) == row.replaced_at + 30 * DAY


async def test_bytes_that_are_still_named_stay_when_a_version_goes(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    await bench.versions.restore(owner, image.id, 1)
    assert await bench.retire(days=31) == 2
    await bench.work()
    assert await told(image) == {3: 80}
    assert await bench.counter.stored() == {f"o/{image.id.hex}/1"}
    await bench.check_whole()


async def test_of_many_replacements_the_oldest_are_forgotten_at_once(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    for seed in range(8):
        await bench.replace(owner, image, pictures.jpeg(10, 10 + seed))
    assert sorted(await told(image)) == [4, 5, 6, 7, 8, 9]
    await bench.work()
    assert len(await bench.counter.stored()) == 6
    await bench.check_whole()


async def test_who_wants_to_keep_fewer_later_gets_rid_of_the_rest(bench: Bench, owner: Viewer) -> None:
    image, other = await bench.image(owner, A), await bench.image(owner, B)
    for seed in range(4):
        await bench.replace(owner, image, pictures.jpeg(10, 10 + seed))
    await bench.replace(owner, other, C)
    bench.limits = VersionLimits(keep_days=30, most=1)
    assert await bench.retire() == 3
    assert (sorted(await told(image)), sorted(await told(other))) == ([4, 5], [1, 2])


async def test_who_keeps_none_still_replaces(bench: Bench, owner: Viewer) -> None:
    bench.limits = VersionLimits(keep_days=30, most=0)
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    await bench.work()
    assert await told(image) == {2: 40}
    await bench.check_whole()


async def test_the_oldest_go_first_even_when_the_clock_was_wrong(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    await bench.replace(owner, image, B)
    await bench.replace(owner, image, C)
    now = datetime.datetime.now(datetime.UTC)
    await ImageVersion.filter(version=1).update(replaced_at=now + 400 * DAY)
    await ImageVersion.filter(version=2).update(replaced_at=now - 400 * DAY)
    assert await bench.retire() == 2
    assert await told(image) == {3: 20}


async def test_when_very_many_versions_go_at_once_all_renditions_of_the_image_go(bench: Bench, owner: Viewer) -> None:
    image = await bench.image(owner, A)
    for step in range(25):
        await bench.focus(owner, image, step / 100)
    await bench.replace(owner, image, B)
    assert await bench.retire(days=31) == 1
    id = image.id.hex
    assert [subject for _, subject in await bench.work()] == [f"p/{id}", f"r/{id}", f"o/{id}/1"]


async def test_retention_goes_through_more_images_than_are_looked_up_at_once(bench: Bench, owner: Viewer) -> None:
    bench.at_once = 2
    for seed in range(5):
        image = await bench.image(owner, pictures.jpeg(30, 30 + seed))
        await bench.replace(owner, image, pictures.jpeg(10, 10 + seed))
    assert await bench.retire(days=31) == 5
    await bench.work()
    await bench.check_whole()


# The number of an object that may still come is not given away: what is tried again has the next one.
@pytest.mark.parametrize(("step", "version", "again"), [("reserved", 1, 3), ("stored", 1, 3), ("written", 2, 2)])
async def test_killed_at_any_step_a_replacement_is_whole_or_leaves_nothing(
    bench: Bench, owner: Viewer, database_url: str, tmp_path: Path, step: str, version: int, again: int
) -> None:
    image = await bench.image(owner, A)
    assert owner.user_id is not None
    command = ("-m", "tests.images.replacer", database_url, str(tmp_path), owner.user_id.hex, image.id.hex, step)
    process = await asyncio.create_subprocess_exec(sys.executable, *command)
    assert await process.wait() == -signal.SIGKILL
    for path in bench.counter.spooled():  # what recovery removes at the next start
        path.unlink()
    assert (await Image.get()).version == version
    assert await Job.all().count() == (step != "written")
    assert (await bench.replace(owner, image, B)).version == again
    await bench.work(later=True)
    await bench.check_whole()

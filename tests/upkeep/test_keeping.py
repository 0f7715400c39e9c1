"""What is kept for so long, and no longer: the trash, and events."""

import datetime

from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.models import Image, ImageState
from imaging.images.trash import PURGED_AT_ONCE, Trash
from imaging.journal import events, jobs
from imaging.journal.forgetting import BATCH
from imaging.journal.models import Event, EventKind, Job
from imaging.upkeep.task import Report
from imaging.upkeep.upkeep import Upkeep
from tests.rows import add_image

TRASH, EVENTS = "purge-trash", "compact-events"


def ago(**time: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(**time)


async def run(upkeep: Upkeep, task: str) -> Report:
    return await upkeep.run_now(task, lambda _: None)


async def trashed(owner: Viewer, **values: object) -> Image:
    state = {"state": ImageState.TRASHED, "trashed_from": ImageState.READY}
    return await add_image(owner, **state | values)


async def happened(owner: Viewer, *times: datetime.datetime) -> list[int]:
    """Record an event at each of the times, in this order."""
    image = await add_image(owner)
    ids = []
    for time in times:
        await events.record(EventKind.UPDATED, image.id, image.owner_id, public_before=False, public_after=False)
        ids.append(await events.newest_id())
        await Event.filter(id=ids[-1]).update(created_at=time)
    return ids


async def test_images_are_deleted_when_their_days_in_the_trash_are_over(upkeep: Upkeep, owner: Viewer) -> None:
    old = await trashed(owner, trashed_at=ago(days=30, minutes=1))
    young = await trashed(owner, trashed_at=ago(days=29, hours=23))
    lively = await add_image(owner, created_at=ago(days=900))
    assert (await upkeep.look(TRASH, lambda _: None)).found == 1
    assert await Image.all().count() == 3
    report = await run(upkeep, TRASH)
    assert (report.found, report.mended) == (1, 1)
    assert {image.id for image in await Image.all()} == {young.id, lively.id}
    event = await Event.get()
    assert (event.kind, event.image_id) == (EventKind.DELETED, old.id)
    promised = {job.subject for job in await Job.filter(kind=jobs.REMOVE_OBJECTS)}
    assert promised == {f"{space}/{old.id.hex}" for space in ("o", "r", "p")}
    assert (await run(upkeep, TRASH)).found == 0


async def test_more_than_a_portion_of_trash_is_purged_in_one_run(upkeep: Upkeep, owner: Viewer) -> None:
    for _ in range(PURGED_AT_ONCE + 5):
        await trashed(owner, trashed_at=ago(days=31))
    assert (await run(upkeep, TRASH)).mended == PURGED_AT_ONCE + 5
    assert await Image.all().count() == 0


async def test_what_was_restored_or_trashed_anew_stays(owner: Viewer) -> None:
    trash, image = Trash(LocalWakeups()), await trashed(owner, trashed_at=ago(days=31))
    await trash.restore(owner, [image.id])
    assert await trash.purge(ago(days=30)) == 0
    await trash.trash(owner, [image.id])
    assert await trash.purge(ago(days=30)) == 0
    assert await trash.overdue(ago(days=30)) == 0
    assert await Image.all().count() == 1


async def test_events_are_forgotten_from_the_oldest_on(upkeep: Upkeep, owner: Viewer) -> None:
    old, older, new, odd = await happened(owner, ago(days=31), ago(days=40), ago(days=2), ago(days=35))
    assert (await upkeep.look(EVENTS, lambda _: None)).found == 2
    assert await Event.all().count() == 4
    assert (await run(upkeep, EVENTS)).mended == 2
    assert [event.id for event in await Event.all().order_by("id")] == [new, odd], "there is no gap in between"
    assert [await events.is_kept_since(id) for id in (old, older, new, odd)] == [False, True, True, True]


async def test_the_newest_event_is_never_forgotten(upkeep: Upkeep, owner: Viewer) -> None:
    ids = await happened(owner, ago(days=50), ago(days=49))
    assert (await upkeep.look(EVENTS, lambda _: None)).found == 1
    assert (await run(upkeep, EVENTS)).mended == 1
    assert (await run(upkeep, EVENTS)).mended == 0
    assert await events.newest_id() == ids[-1]
    assert await events.is_kept_since(ids[-1])
    [following] = await happened(owner, ago(days=1))
    assert following > ids[-1]


async def test_without_any_event_there_is_nothing_to_forget(upkeep: Upkeep, db: str) -> None:
    assert (await upkeep.look(EVENTS, lambda _: None)).found == 0
    assert (await run(upkeep, EVENTS)).mended == 0


async def test_more_than_a_portion_of_events_is_forgotten_in_one_run(upkeep: Upkeep, owner: Viewer) -> None:
    [first] = await happened(owner, ago(days=99))
    image = await Event.get(id=first)
    told = {"kind": EventKind.UPDATED, "image_id": image.image_id, "owner_id": image.owner_id}
    await Event.bulk_create([Event(id=first + step, **told) for step in range(1, BATCH + 20)])
    await Event.all().update(created_at=ago(days=99))
    assert (await run(upkeep, EVENTS)).mended == BATCH + 19
    assert await Event.all().count() == 1

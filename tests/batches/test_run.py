"""Batches do to each image what was asked for, once, and tell what became of it."""

import asyncio
import uuid
from typing import Any

import pytest

from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.batches.models import Batch, BatchItem, BatchState
from imaging.batches.repertoire import NOTHING
from imaging.images.filter import ImageFilter
from imaging.images.models import Image, ImageState, ImageTag, Visibility
from imaging.journal.models import Event, EventKind, Job, OutboxEntry
from tests.batches.office import Office, counts, item_states, open_office
from tests.rows import PUBLIC, add_image

EVERYTHING = ImageFilter()


async def test_a_tag_is_given_to_every_image_that_lacks_it(office: Office, owner: Viewer) -> None:
    bare, tagged = await add_image(owner, tags=["Duck"]), await add_image(owner, tags=["POND", "Duck"])
    batch = await office.done(owner, "TAG", bare.id, tagged.id, tags=["Pond"])
    assert (batch.state, counts(batch)) == (BatchState.COMPLETED, {"total": 2, "done": 1, "skipped": 1})
    assert [image.tags for image in await Image.all().order_by("created_at")] == [["Duck", "Pond"], ["POND", "Duck"]]
    assert await ImageTag.filter(image_id=bare.id, tag="pond").exists()
    assert await Job.all().count() == 0


async def test_a_tag_is_taken_however_it_is_spelt(office: Office, owner: Viewer) -> None:
    image = await add_image(owner, tags=["Duck", "POND"])
    batch = await office.done(owner, "UNTAG", where=EVERYTHING, tags=["pond", "swan"])
    assert counts(batch) == {"total": 1, "done": 1}
    assert (await Image.get(id=image.id)).tags == ["Duck"]


async def test_visibility_is_set(office: Office, owner: Viewer) -> None:
    await add_image(owner)
    await add_image(owner, **PUBLIC)
    batch = await office.done(owner, "SET_VISIBILITY", where=EVERYTHING, visibility="PUBLIC")
    assert counts(batch) == {"total": 2, "done": 1, "skipped": 1}
    assert await Image.filter(visibility=Visibility.PUBLIC).count() == 2


async def test_the_trash_is_filled_and_emptied(office: Office, owner: Viewer) -> None:
    for _ in range(3):
        await add_image(owner)
    assert counts(await office.done(owner, "TRASH", where=EVERYTHING)) == {"total": 3, "done": 3}
    assert await Image.filter(state=ImageState.TRASHED).count() == 3
    # A filter that names no states looks into the trash, where there is something to restore.
    assert counts(await office.done(owner, "RESTORE", where=EVERYTHING)) == {"total": 3, "done": 3}
    assert await Image.filter(state=ImageState.READY).count() == 3


async def test_search_documents_are_promised_anew(office: Office, owner: Viewer) -> None:
    image = await add_image(owner)
    assert counts(await office.done(owner, "REINDEX", image.id)) == {"total": 1, "done": 1}
    assert (await OutboxEntry.get()).image_id == image.id


async def test_one_image_that_fails_stops_no_other(office: Office, owner: Viewer, stranger: Viewer) -> None:
    mine, shown, hidden = await add_image(owner), await add_image(stranger, **PUBLIC), await add_image(stranger)
    full, nothing = await add_image(owner, tags=[f"t{n}" for n in range(50)]), uuid.UUID(int=0)
    batch = await office.done(owner, "TAG", full.id, nothing, hidden.id, shown.id, mine.id, tags=["a"])
    assert (batch.state, counts(batch)) == (BatchState.COMPLETED, {"total": 5, "done": 1, "failed": 4})
    codes = [item.code for item in await BatchItem.filter(batch_id=batch.id).order_by("id")]
    assert codes == ["INVALID_INPUT", "NOT_FOUND", "NOT_FOUND", "FORBIDDEN", ""]


async def test_a_filter_finds_what_its_starter_rules(
    office: Office, owner: Viewer, stranger: Viewer, admin: Viewer
) -> None:
    await add_image(owner)
    await add_image(stranger, **PUBLIC)
    assert counts(await office.done(owner, "TAG", where=EVERYTHING, tags=["a"])) == {"total": 1, "done": 1}
    assert counts(await office.done(admin, "TAG", where=EVERYTHING, tags=["b"])) == {"total": 2, "done": 2}


async def test_what_is_uploaded_later_is_none_of_its_business(office: Office, owner: Viewer) -> None:
    await add_image(owner)
    batch = await office.start(owner, "TAG", where=EVERYTHING, tags=["a"])
    await asyncio.sleep(0.01)
    await add_image(owner)
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 1, "done": 1}


async def test_rights_are_looked_at_when_each_image_is_done(office: Office, owner: Viewer, stranger: Viewer) -> None:
    image = await add_image(owner)
    batch = await office.start(owner, "TAG", image.id, tags=["a"])
    await Image.filter(id=image.id).update(owner_id=stranger.user_id)
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 1, "failed": 1}


async def test_it_is_planned_page_by_page_each_image_once(owner: Viewer, wakeups: LocalWakeups) -> None:
    office = open_office(wakeups, page=3)
    same = (await add_image(owner)).created_at
    ids = {(await add_image(owner, created_at=same)).id for _ in range(7)}
    batch = await office.done(owner, NOTHING, where=EVERYTHING)
    assert counts(batch) == {"total": 8, "done": 8}
    assert ids < set(await BatchItem.all().values_list("image_id", flat=True))


async def test_nothing_to_do_is_done_at_once(office: Office, owner: Viewer) -> None:
    batch = await office.done(owner, "TAG", where=EVERYTHING, tags=["a"])
    assert (batch.state, counts(batch), batch.undoable_until) == (BatchState.COMPLETED, {}, None)


@pytest.mark.parametrize("step", range(1, 12))
async def test_killed_after_any_statement_it_goes_on_and_repeats_nothing(
    owner: Viewer, wakeups: LocalWakeups, step: int
) -> None:
    office = open_office(wakeups, page=2)
    images = [await add_image(owner) for _ in range(3)]
    batch = await office.start(owner, "TAG", where=EVERYTHING, tags=["a"])
    await _run_killed_at(open_office(wakeups, page=2), batch, step * 3)
    await office.work()
    after = await Batch.get(id=batch.id)
    assert (after.state, counts(after)) == (BatchState.COMPLETED, {"total": 3, "done": 3})
    assert await item_states(after) == ["DONE"] * 3
    assert await Event.filter(kind=EventKind.UPDATED).count() == len(images)


async def _run_killed_at(office: Office, batch: Batch, turns: int) -> None:
    """Run the batch for so many turns of the event loop's readiness, then cut it off."""
    running = asyncio.create_task(office.running.run(batch.id.hex))
    for _ in range(turns):
        await asyncio.wait({running}, timeout=0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_two_who_run_the_same_batch_count_each_image_once(
    office: Office, owner: Viewer, wakeups: LocalWakeups
) -> None:
    for _ in range(120):
        await add_image(owner)
    batch = await office.start(owner, "TAG", where=EVERYTHING, tags=["a"])
    await asyncio.gather(*(open_office(wakeups).running.run(batch.id.hex) for _ in range(3)))
    assert counts(await Batch.get(id=batch.id)) == {"total": 120, "done": 120}
    assert await Event.filter(kind=EventKind.UPDATED).count() == 120


async def test_a_batch_that_cannot_go_on_fails_and_says_nothing_of_why(office: Office, owner: Viewer) -> None:
    batch = await office.start(owner, "TAG", where=EVERYTHING, tags=["a"])
    await office.running.give_up(batch.id.hex, "OperationalError: no such table secret")
    after = await Batch.get(id=batch.id)
    assert (after.state, after.failure) == (BatchState.FAILED, "It was tried many times without success.")


async def test_how_long_it_takes_is_told_from_its_pace(office: Office, owner: Viewer) -> None:
    images: list[Any] = [await add_image(owner) for _ in range(2)]
    batch = await office.start(owner, "TAG", *[image.id for image in images], tags=["a"])
    assert (await Batch.get(id=batch.id)).eta_ms is None
    await office.running._step(await Batch.get(id=batch.id))
    await Batch.filter(id=batch.id).update(done=1)
    assert (await Batch.get(id=batch.id)).eta_ms is not None
    await office.work()
    assert (await Batch.get(id=batch.id)).eta_ms is None

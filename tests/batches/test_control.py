"""Batches are cancelled at once, tried again where they failed, and undone without undoing what people did since."""

import datetime
import uuid

import pytest

from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.batches.models import Batch, BatchItem, BatchState
from imaging.errors import Conflict, Forbidden, NotFound
from imaging.images.edit import Editor, ImageChange
from imaging.images.filter import ImageFilter
from imaging.images.models import Image, ImageState, Visibility
from imaging.images.trash import Trash
from tests.batches.office import Office, counts, item_states, open_office
from tests.rows import PUBLIC, add_image

EVERYTHING = ImageFilter()


async def test_a_cancelled_batch_does_no_more(office: Office, owner: Viewer) -> None:
    ids = [(await add_image(owner)).id for _ in range(60)]
    batch = await office.start(owner, "TAG", *ids, tags=["a"])
    for _ in range(2):
        await office.running._step(await Batch.get(id=batch.id))
    cancelled = await office.control.cancel(owner, batch.id)
    assert (cancelled.state, counts(cancelled)) == (BatchState.CANCELLED, {"total": 60, "done": 50})
    assert cancelled.finished_at is not None
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 60, "done": 50}
    again = await office.control.cancel(owner, batch.id)
    assert again.finished_at == cancelled.finished_at
    with pytest.raises(Conflict):
        await office.control.retry(owner, batch.id)
    await office.control.undo(owner, batch.id)
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 60, "undone": 50}


async def test_a_batch_is_cancelled_while_it_is_planned(owner: Viewer, wakeups: LocalWakeups) -> None:
    office = open_office(wakeups, page=2)
    for _ in range(5):
        await add_image(owner)
    batch = await office.start(owner, "TAG", where=EVERYTHING, tags=["a"])
    await office.running._step(await Batch.get(id=batch.id))
    await office.control.cancel(owner, batch.id)
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 2}


async def test_only_what_failed_is_tried_again(office: Office, owner: Viewer, stranger: Viewer) -> None:
    mine, other, gone = await add_image(owner), await add_image(stranger), uuid.uuid4()
    batch = await office.done(owner, "TAG", mine.id, other.id, gone, tags=["a"])
    assert counts(batch) == {"total": 3, "done": 1, "failed": 2}
    await Editor(office.starting._wakeups).update(owner, [ImageChange(mine.id, {"tags": []})])
    await Image.filter(id=other.id).update(owner_id=owner.user_id)
    assert (await office.control.retry(owner, batch.id)).state is BatchState.RUNNING
    await office.work()
    again = await Batch.get(id=batch.id)
    assert (again.state, counts(again)) == (BatchState.COMPLETED, {"total": 3, "done": 2, "failed": 1})
    assert [(await Image.get(id=image.id)).tags for image in (mine, other)] == [[], ["a"]]


async def test_a_batch_without_failures_is_not_tried_again(office: Office, owner: Viewer) -> None:
    batch = await office.done(owner, "TAG", (await add_image(owner)).id, tags=["a"])
    assert (await office.control.retry(owner, batch.id)).finished_at == batch.finished_at


async def test_a_batch_that_failed_as_a_whole_goes_on_where_it_stopped(office: Office, owner: Viewer) -> None:
    await add_image(owner)
    batch = await office.start(owner, "TAG", where=EVERYTHING, tags=["a"])
    await office.running.give_up(batch.id.hex, "")
    assert (await office.control.retry(owner, batch.id)).failure is None
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 1, "done": 1}


@pytest.mark.parametrize("operation", ["TAG", "UNTAG"])
async def test_undoing_leaves_the_tags_that_people_gave(office: Office, owner: Viewer, operation: str) -> None:
    image = await add_image(owner, tags=["Duck"] if operation == "TAG" else ["Duck", "Pond"])
    batch = await office.done(owner, operation, image.id, tags=["Pond"])
    tags = [*(await Image.get(id=image.id)).tags, "Swan"]
    await Editor(office.starting._wakeups).update(owner, [ImageChange(image.id, {"tags": tags})])
    undone = await undo(office, owner, batch)
    assert (undone.state, counts(undone), undone.undoable_until) == (BatchState.UNDONE, {"total": 1, "undone": 1}, None)
    expected = ["Duck", "Swan"] if operation == "TAG" else ["Duck", "Swan", "Pond"]
    assert (await Image.get(id=image.id)).tags == expected


async def test_undoing_touches_only_what_the_batch_changed(office: Office, owner: Viewer) -> None:
    private, public = await add_image(owner), await add_image(owner, **PUBLIC)
    batch = await office.done(owner, "SET_VISIBILITY", private.id, public.id, visibility="PUBLIC")
    undone = await undo(office, owner, batch)
    assert counts(undone) == {"total": 2, "skipped": 1, "undone": 1}
    assert [(await Image.get(id=image.id)).visibility for image in (private, public)] == [
        Visibility.PRIVATE,
        Visibility.PUBLIC,
    ]


@pytest.mark.parametrize(("operation", "before"), [("TRASH", ImageState.READY), ("RESTORE", ImageState.TRASHED)])
async def test_what_went_into_the_trash_or_out_goes_back(
    office: Office, owner: Viewer, operation: str, before: ImageState
) -> None:
    image = await add_image(owner)
    if before is ImageState.TRASHED:
        await Trash(office.starting._wakeups).trash(owner, [image.id])
    batch = await office.done(owner, operation, where=EVERYTHING)
    assert (await Image.get(id=image.id)).state is not before
    await undo(office, owner, batch)
    assert (await Image.get(id=image.id)).state is before


async def test_what_cannot_be_undone_is_told_and_stops_nothing(office: Office, owner: Viewer) -> None:
    gone, here = await add_image(owner), await add_image(owner)
    batch = await office.done(owner, "TRASH", gone.id, here.id)
    await Trash(office.starting._wakeups).delete(owner, [gone.id])
    undone = await undo(office, owner, batch)
    assert (undone.state, counts(undone)) == (BatchState.UNDONE, {"total": 2, "kept": 1, "undone": 1})
    assert await item_states(undone) == ["KEPT", "UNDONE"]
    assert (await BatchItem.filter(batch_id=batch.id).order_by("id").first()).code == "NOT_FOUND"  # type: ignore[union-attr]  # it is there
    again = await office.control.undo(owner, batch.id)
    assert again.state is BatchState.UNDONE


async def test_undoing_has_its_time_and_its_limits(office: Office, owner: Viewer) -> None:
    image = await add_image(owner)
    reindexed = await office.done(owner, "REINDEX", image.id)
    skipped = await office.done(owner, "RESTORE", image.id)
    moving = await office.start(owner, "TAG", image.id, tags=["a"])
    late = await office.done(owner, "TAG", image.id, tags=["b"])
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
    await Batch.filter(id=late.id).update(undoable_until=past)
    await Batch.filter(id=moving.id).update(state=BatchState.RUNNING)
    for batch in (reindexed, skipped, moving, late):
        with pytest.raises(Conflict):
            await office.control.undo(owner, batch.id)
    assert (await Image.get(id=image.id)).tags == ["a", "b"]


async def test_only_its_starter_and_admins_rule_a_batch(
    office: Office, owner: Viewer, stranger: Viewer, admin: Viewer
) -> None:
    image = await add_image(owner)
    batch = await office.done(owner, "TAG", image.id, tags=["a"])
    demoted = Viewer(owner.user_id, Role.VIEWER)
    for deed in (office.control.cancel, office.control.retry, office.control.undo):
        with pytest.raises(NotFound):
            await deed(stranger, batch.id)
        with pytest.raises(Forbidden):
            await deed(demoted, batch.id)
    undone = await undo(office, admin, batch)
    assert counts(undone) == {"total": 1, "undone": 1}


async def undo(office: Office, viewer: Viewer, batch: Batch) -> Batch:
    assert (await office.control.undo(viewer, batch.id)).state is BatchState.UNDOING
    await office.work()
    return await Batch.get(id=batch.id)

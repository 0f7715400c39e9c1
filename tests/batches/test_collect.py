"""Very many images are put into a collection, or moved from one to another, and back."""

import uuid
from typing import Any

import pytest

from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.batches.confirm import Confirmation
from imaging.batches.models import Batch, BatchItem, BatchState
from imaging.batches.rehearse import Preview, Rehearsal
from imaging.collections import arrange
from imaging.collections.arrange import End, Place
from imaging.collections.curate import Curator
from imaging.collections.hang import Move
from imaging.collections.models import Collection
from imaging.errors import Forbidden, InvalidInput, NotFound
from imaging.images.filter import ImageFilter
from imaging.images.models import Image, ImageState, Visibility
from imaging.images.trash import Trash
from tests.batches.office import SECRET, Office, counts, deeds_of, order
from tests.collections.shelf import Shelf, stored, together
from tests.rows import PUBLIC, add_image

MOVE = "MOVE_TO_COLLECTION"
EVERYTHING = ImageFilter()
CURATOR = Curator()


def way(into: Collection, out_of: Collection | None = None) -> dict[str, Any]:
    return {"into": into.id.hex, "out_of": None if out_of is None else out_of.id.hex}


async def rehearsed(wakeups: LocalWakeups, viewer: Viewer, *ids: uuid.UUID, **more: Any) -> Preview:
    return await Rehearsal(deeds_of(wakeups), Confirmation(SECRET)).preview(viewer, order(MOVE, *ids, **more))


async def undone(office: Office, viewer: Viewer, batch: Batch) -> Batch:
    await office.control.undo(viewer, batch.id)
    await office.work()
    return await Batch.get(id=batch.id)


async def codes(batch: Batch) -> list[str]:
    return [item.code for item in await BatchItem.filter(batch_id=batch.id).order_by("id")]


async def test_images_that_one_may_see_are_put_behind_those_that_are_there(
    office: Office, owner: Viewer, stranger: Viewer
) -> None:
    shelf = Shelf(owner)
    ducks = await shelf.make()
    mine, shown, hidden = await add_image(owner), await add_image(stranger, **PUBLIC), await add_image(stranger)
    trashed, there = await add_image(owner, state=ImageState.TRASHED), await add_image(owner)
    await shelf.fill(ducks, [there])
    nothing = uuid.UUID(int=0)
    ids = (shown.id, hidden.id, trashed.id, nothing, there.id, mine.id)
    batch = await office.done(owner, MOVE, *ids, **way(ducks))
    assert counts(batch) == {"total": 6, "done": 2, "skipped": 1, "failed": 3}
    assert await codes(batch) == ["", "NOT_FOUND", "CONFLICT", "NOT_FOUND", "", ""]
    assert await stored(ducks) == [there.id, shown.id, mine.id]


async def test_of_a_filter_it_takes_what_is_seen_and_of_another_collection_what_is_in_it(
    office: Office, wakeups: LocalWakeups, owner: Viewer, stranger: Viewer
) -> None:
    shelf = Shelf(owner)
    ducks, best = await shelf.make(), await shelf.make("Best")
    first, second, shown = await add_image(owner), await add_image(owner), await add_image(stranger, **PUBLIC)
    await add_image(stranger)
    assert counts(await office.done(owner, MOVE, where=EVERYTHING, **way(ducks))) == {"total": 3, "done": 3}
    await CURATOR.remove(owner, ducks.id, [second.id])
    preview = await rehearsed(wakeups, owner, where=EVERYTHING, **way(best, ducks))
    assert (preview.total, len(preview.sample), preview.confirm_token) == (2, 2, None)
    assert preview.sample[0].change.before == {"inCollection": False, "inFrom": True}
    assert preview.sample[0].change.after == {"inCollection": True, "inFrom": False}
    batch = await office.done(owner, MOVE, where=EVERYTHING, **way(best, ducks))
    assert counts(batch) == {"total": 2, "done": 2}
    assert (await stored(ducks), await stored(best)) == ([], [first.id, shown.id])
    named = await office.done(owner, MOVE, first.id, second.id, **way(best, ducks))
    assert (counts(named), await codes(named)) == ({"total": 2, "skipped": 1, "failed": 1}, ["", "NOT_FOUND"])
    preview = await rehearsed(wakeups, owner, first.id, second.id, **way(best, ducks))
    assert (preview.total, preview.refused, len(preview.sample)) == (2, 1, 1)


async def test_undoing_a_move_puts_everything_back_to_its_place(office: Office, owner: Viewer) -> None:
    shelf = Shelf(owner)
    ducks, best = await shelf.make(), await shelf.make("Best")
    images = await shelf.images(5)
    await shelf.fill(ducks, images)
    await shelf.fill(best, images[2:3])
    await CURATOR.update(owner, ducks.id, {"cover_id": images[1].id})
    before = await stored(ducks)
    batch = await office.done(owner, MOVE, *[image.id for image in images[1:4]], **way(best, ducks))
    assert await stored(ducks) == [images[0].id, images[4].id]
    assert await shelf.cover(ducks) == images[0].id
    assert counts(await undone(office, owner, batch)) == {"total": 3, "undone": 3}
    assert await stored(ducks) == before
    assert await stored(best) == [images[2].id]
    assert await shelf.cover(ducks) == images[1].id


async def test_undoing_leaves_what_people_did_since(office: Office, owner: Viewer) -> None:
    shelf = Shelf(owner)
    ducks, best = await shelf.make(), await shelf.make("Best")
    first, second, third, late = await shelf.images(4)
    await shelf.fill(ducks, [first, second, third])
    batch = await office.done(owner, MOVE, first.id, second.id, third.id, **way(best, ducks))
    await CURATOR.remove(owner, best.id, [first.id])
    await shelf.fill(ducks, [second, late])
    await CURATOR.reorder(owner, ducks.id, [Move(late.id, Place(end=End.FIRST))])
    await arrange._spread(await Collection.get(id=ducks.id))
    assert counts(await undone(office, owner, batch)) == {"total": 3, "undone": 3}
    assert await stored(best) == []
    assert await stored(ducks) == [late.id, second.id, first.id, third.id]


async def test_what_one_may_no_longer_see_is_taken_out_again(office: Office, owner: Viewer, stranger: Viewer) -> None:
    ducks = await Shelf(owner).make()
    shown, gone = await add_image(stranger, **PUBLIC), await add_image(owner)
    batch = await office.done(owner, MOVE, shown.id, gone.id, **way(ducks))
    await Image.filter(id=shown.id).update(visibility=Visibility.PRIVATE)
    await Trash(office.starting._wakeups).delete(owner, [gone.id])
    assert counts(await undone(office, owner, batch)) == {"total": 2, "undone": 1, "kept": 1}
    assert await stored(ducks) == []


async def test_collections_that_are_gone_fail_images_and_leave_no_half(office: Office, owner: Viewer) -> None:
    shelf = Shelf(owner)
    ducks, best, lost = await shelf.make(), await shelf.make("Best"), await shelf.make("Lost")
    images = await shelf.images(2)
    ids = [image.id for image in images]
    await shelf.fill(ducks, images)
    late = await office.start(owner, MOVE, *ids, **way(lost, ducks))
    await CURATOR.delete(owner, lost.id)
    await office.work()
    after = await Batch.get(id=late.id)
    assert (after.state, counts(after)) == (BatchState.COMPLETED, {"total": 2, "failed": 2})
    assert (await codes(late), await stored(ducks)) == (["NOT_FOUND"] * 2, ids)
    moved = await office.done(owner, MOVE, *ids, **way(best, ducks))
    await CURATOR.delete(owner, ducks.id)
    assert counts(await undone(office, owner, moved)) == {"total": 2, "kept": 2}
    assert await stored(best) == ids
    added = await office.done(owner, MOVE, *ids, **way(other := await shelf.make("Other")))
    await CURATOR.delete(owner, other.id)
    assert counts(await undone(office, owner, added)) == {"total": 2, "undone": 2}


async def test_both_collections_must_be_the_starters(
    office: Office, wakeups: LocalWakeups, owner: Viewer, stranger: Viewer, admin: Viewer
) -> None:
    mine, shown, hidden = (
        await Shelf(owner).make(),
        await Shelf(stranger).make(visibility=Visibility.PUBLIC),
        await Shelf(stranger).make(),
    )
    image = await add_image(owner)
    refused = [
        ((mine, shown), Forbidden, "from_id"),
        ((hidden, mine), NotFound, "id"),
        ((mine, mine), InvalidInput, "from_id"),
    ]
    for (into, out_of), refusal, field in refused:
        for attempt in (
            office.start(owner, MOVE, image.id, **way(into, out_of)),
            rehearsed(wakeups, owner, image.id, **way(into, out_of)),
        ):
            with pytest.raises(refusal) as caught:
                await attempt
            assert caught.value.field == [field]
    with pytest.raises(Forbidden):
        await office.start(Viewer(owner.user_id, Role.VIEWER), MOVE, image.id, **way(mine))
    assert await Batch.all().count() == 0
    assert counts(await office.done(admin, MOVE, image.id, **way(hidden))) == {"total": 1, "done": 1}


async def test_collections_that_change_hands_are_left_alone(office: Office, owner: Viewer, stranger: Viewer) -> None:
    ducks = await Shelf(owner).make()
    image = await add_image(owner)
    batch = await office.start(owner, MOVE, image.id, **way(ducks))
    await Collection.filter(id=ducks.id).update(owner_id=stranger.user_id, visibility=Visibility.PUBLIC)
    await office.work()
    assert (await codes(batch), await stored(ducks)) == (["FORBIDDEN"], [])
    await Collection.filter(id=ducks.id).update(owner_id=owner.user_id)
    await office.control.retry(owner, batch.id)
    await office.work()
    assert (counts(await Batch.get(id=batch.id)), await stored(ducks)) == ({"total": 1, "done": 1}, [image.id])


async def test_two_batches_that_move_images_to_and_fro_end_and_lose_none(office: Office, owner: Viewer) -> None:
    shelf = Shelf(owner)
    ducks, best = await shelf.make(), await shelf.make("Best")
    images = await shelf.images(120)
    await shelf.fill(ducks, images[:60])
    await shelf.fill(best, images[60:])
    there = await office.start(owner, MOVE, where=EVERYTHING, **way(best, ducks))
    back = await office.start(owner, MOVE, where=EVERYTHING, **way(ducks, best))
    assert await together(*(office.running.run(batch.id.hex) for batch in (there, back))) == [None, None]
    for batch in (there, back):
        assert (await Batch.get(id=batch.id)).state is BatchState.COMPLETED
    assert sorted([*await stored(ducks), *await stored(best)]) == sorted(image.id for image in images)

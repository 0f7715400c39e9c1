"""Whoever rules a batch, changes its images or deletes its collections meanwhile: every image is counted once."""

import random
import uuid

import pytest

from imaging.accounts.viewer import Viewer
from imaging.batches.models import MOVING, Batch, BatchItem
from imaging.collections.curate import Curator
from imaging.collections.models import CollectionItem
from imaging.errors import Conflict
from imaging.images.filter import ImageFilter
from imaging.images.models import Image
from imaging.images.trash import Trash
from tests.batches.office import Office, counts, item_states
from tests.collections.shelf import Shelf, together
from tests.rows import image_row

EVERYTHING = ImageFilter()
IMAGES = 60


async def many(owner: Viewer, count: int = IMAGES) -> list[uuid.UUID]:
    rows = [image_row(owner) for _ in range(count)]
    await Image.bulk_create(rows)
    return [row.id for row in rows]


async def add_up(batch: Batch) -> Batch:
    """The batch as it is; its counters say what its items say, and add up."""
    batch = await Batch.get(id=batch.id)
    states = await item_states(batch)
    told = {name: count for name, count in counts(batch).items() if name != "total"}
    assert told == {name: states.count(name.upper()) for name in told}
    assert batch.total == len(states) == sum(told.values()) + states.count("PENDING")
    return batch


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_asked_of_a_batch_at_once_it_adds_up(office: Office, owner: Viewer, seed: int) -> None:
    ids = await many(owner)
    batch = await office.start(owner, "TAG", *ids, uuid.uuid4(), tags=["a"])
    deeds = [office.control.cancel, office.control.retry, office.control.undo] * 3
    random.Random(seed).shuffle(deeds)
    answers = await together(
        *(deed(owner, batch.id) for deed in deeds[:4]),
        *(office.running.run(batch.id.hex) for _ in range(2)),
        *(deed(owner, batch.id) for deed in deeds[4:]),
        Trash(office.starting._wakeups).delete(owner, ids[:20]),
    )
    assert [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Conflict)] == []
    await office.work()
    assert (await add_up(batch)).state not in MOVING


async def test_two_who_undo_at_once_undo_once(office: Office, owner: Viewer) -> None:
    batch = await office.done(owner, "TAG", *await many(owner), tags=["a"])
    first, second = await together(*(office.control.undo(owner, batch.id) for _ in range(2)))
    assert first.state is second.state
    await together(*(office.running.run(batch.id.hex) for _ in range(2)))
    assert counts(await add_up(batch)) == {"total": IMAGES, "undone": IMAGES}


async def test_images_and_their_collections_are_deleted_in_the_middle(office: Office, owner: Viewer) -> None:
    shelf, curator, shuffled = Shelf(owner), Curator(), random.Random(1)
    ducks, best = await shelf.make(), await shelf.make("Best")
    ids = await many(owner)
    await shelf.fill(ducks, shuffled.sample(await Image.all(), IMAGES))
    way = {"into": best.id.hex, "out_of": ducks.id.hex}
    batch = await office.start(owner, "MOVE_TO_COLLECTION", *ids, **way)
    await office.running._step(await Batch.get(id=batch.id))
    answers = await together(
        office.running.run(batch.id.hex),
        Trash(office.starting._wakeups).delete(owner, shuffled.sample(ids, 40)),
        curator.delete(owner, ducks.id),
        curator.update(owner, best.id, {"parent_id": None, "name": "The best"}),
        office.running.run(batch.id.hex),
    )
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    await office.work()
    after = await add_up(batch)
    left = await CollectionItem.filter(collection_id=best.id).values_list("image_id", flat=True)
    done = await BatchItem.filter(batch_id=batch.id, state="DONE").values_list("image_id", flat=True)
    assert set(left) == set(done) & set(await Image.all().values_list("id", flat=True))
    assert after.state not in MOVING

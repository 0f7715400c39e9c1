"""Batches that have long been at rest are forgotten, with all that was known of their images."""

import datetime

from imaging.accounts.viewer import Viewer
from imaging.batches.forgetting import forget, forgettable
from imaging.batches.models import Batch, BatchItem
from imaging.images.filter import ImageFilter
from tests.batches.office import Office
from tests.rows import add_image


async def test_batches_are_forgotten_when_they_have_been_at_rest_for_long(office: Office, owner: Viewer) -> None:
    image = await add_image(owner)
    old = await office.done(owner, "TAG", image.id, tags=["a"])
    new = await office.done(owner, "TAG", image.id, tags=["b"])
    moving = await office.start(owner, "TAG", where=ImageFilter(), tags=["c"])
    now = datetime.datetime.now(datetime.UTC)
    await Batch.filter(id=old.id).update(finished_at=now - datetime.timedelta(days=31))
    before = now - datetime.timedelta(days=30)
    assert await forgettable(before) == 1
    assert await forget(before) == 1
    assert await forget(before) == 0
    assert set(await Batch.all().values_list("id", flat=True)) == {new.id, moving.id}
    assert await BatchItem.all().values_list("batch_id", flat=True) == [new.id]

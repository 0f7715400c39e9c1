"""Forgetting batches that have long been at rest."""

import datetime
import uuid

from imaging import database
from imaging.batches.models import Batch, BatchItem

PORTION = 1_000
KEPT_DAYS = 30
"""How long a batch that is at rest can be looked at."""


async def forgettable(before: datetime.datetime) -> int:
    """Return how many batches have been at rest since before a time."""
    return await Batch.filter(finished_at__lt=before).count()


async def forget(before: datetime.datetime) -> int:
    """Forget batches that have been at rest since before a time, and return how many.

    Their images go first, a portion at a time; whoever is killed meanwhile leaves the rest for the next time.
    """
    forgotten = 0
    while (batch := await Batch.filter(finished_at__lt=before).order_by("finished_at").first().only("id")) is not None:
        await _forget_items(batch.id)
        async with database.transaction():
            forgotten += await Batch.filter(id=batch.id, finished_at__lt=before).delete()
    return forgotten


async def _forget_items(batch_id: uuid.UUID) -> None:
    while ids := await BatchItem.filter(batch_id=batch_id).limit(PORTION).values_list("id", flat=True):
        async with database.transaction():
            await BatchItem.filter(id__in=list(ids)).delete()

"""Images whose search documents are to be written again."""

import uuid
from collections.abc import Collection, Sequence

from imaging.journal.models import OutboxEntry

TOPIC = "outbox"


async def enqueue(image_id: uuid.UUID) -> None:
    """Promise to index the image, inside the caller's transaction; announce `TOPIC` after its commit."""
    await OutboxEntry.create(image_id=image_id)


async def enqueue_all(image_ids: Collection[uuid.UUID]) -> None:
    """Promise to index many images, inside the caller's transaction; announce `TOPIC` after its commit."""
    await OutboxEntry.bulk_create([OutboxEntry(image_id=id) for id in image_ids])


async def waiting(image_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of the images wait to be indexed."""
    return {entry.image_id for entry in await OutboxEntry.filter(image_id__in=list(image_ids))}


async def take(limit: int) -> Sequence[OutboxEntry]:
    """Return the oldest entries; they stay until `done`, so that a kill loses nothing."""
    return await OutboxEntry.all().order_by("id").limit(limit)


async def done(ids: Sequence[int]) -> None:
    """Forget entries whose images are indexed durably."""
    if ids:
        await OutboxEntry.filter(id__in=list(ids)).delete()

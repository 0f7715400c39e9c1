"""Images whose search documents are to be written again."""

import uuid
from collections.abc import Sequence

from imaging.journal.models import OutboxEntry

TOPIC = "outbox"


async def enqueue(image_id: uuid.UUID) -> None:
    """Promise to index the image, inside the caller's transaction; announce `TOPIC` after its commit."""
    await OutboxEntry.create(image_id=image_id)


async def take(limit: int) -> Sequence[OutboxEntry]:
    """Return the oldest entries; they stay until `done`, so that a kill loses nothing."""
    return await OutboxEntry.all().order_by("id").limit(limit)


async def done(ids: Sequence[int]) -> None:
    """Forget entries whose images are indexed durably."""
    if ids:
        await OutboxEntry.filter(id__in=list(ids)).delete()

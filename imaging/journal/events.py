"""What happened to images and to what is to become one, as rows in commit order."""

import uuid
from collections.abc import Sequence

from imaging.journal.models import Event, EventKind

TOPIC = "events"


async def record(
    kind: EventKind, image_id: uuid.UUID, owner_id: uuid.UUID, *, public_before: bool, public_after: bool
) -> None:
    """Write down what happened, inside the caller's transaction; announce `TOPIC` after its commit.

    The ids of events grow in commit order: on SQLite because a transaction holds the write lock from its beginning,
    on PostgreSQL because an event gets its number at the commit (see migration 0005).
    """
    await Event.create(
        kind=kind, image_id=image_id, owner_id=owner_id, public_before=public_before, public_after=public_after
    )


async def record_upload(upload_id: uuid.UUID, image_id: uuid.UUID, owner_id: uuid.UUID) -> None:
    """Write down that an upload is in another state, inside the caller's transaction; then as `record`.

    `image_id` is the image that it is to become.
    """
    await Event.create(kind=EventKind.UPLOAD, upload_id=upload_id, image_id=image_id, owner_id=owner_id)


async def record_batch(batch_id: uuid.UUID, owner_id: uuid.UUID) -> None:
    """Write down that a batch moved on, inside the caller's transaction; then as `record`."""
    await Event.create(kind=EventKind.BATCH, batch_id=batch_id, image_id=batch_id, owner_id=owner_id)


async def newest_id() -> int:
    """Return the id of the last event, 0 when there is none."""
    event = await Event.all().order_by("-id").first().only("id")
    return 0 if event is None else event.id


async def is_kept_since(event_id: int) -> bool:
    """Return True when every event after this one is still there, and this one was given out at all."""
    if not 0 <= event_id <= await newest_id():
        return False
    oldest = await Event.all().order_by("id").first().only("id")
    return oldest is None or event_id >= oldest.id - 1


async def after(event_id: int, limit: int) -> Sequence[Event]:
    """Return the events that came after this one, oldest first."""
    return await Event.filter(id__gt=event_id).order_by("id").limit(limit)

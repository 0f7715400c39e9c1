"""Forgetting events that are older than anybody may catch up with; who has an older cursor is told to begin anew."""

import datetime

from imaging import database
from imaging.journal.models import Event

BATCH = 1_000


async def forgettable(before: datetime.datetime) -> int:
    """Return how many events were recorded before a time, all of those after them left out."""
    end = await _end(before)
    return 0 if end is None else await Event.filter(id__lt=end).count()


async def forget(before: datetime.datetime) -> int:
    """Forget the events that were recorded before a time, a portion at a time, and return how many.

    The newest is always kept: numbers go on from it, and cursors are compared with it.
    """
    end, forgotten = await _end(before), 0
    while end is not None:
        oldest = Event.filter(id__lt=end, id__gt=0).order_by("id").limit(BATCH)
        ids = await oldest.values_list("id", flat=True)
        if not ids:
            break
        async with database.transaction():
            forgotten += await Event.filter(id__in=list(ids)).delete()
    return forgotten


async def _end(before: datetime.datetime) -> int | None:
    """Return the first event to be kept; None when there is no event at all. Read in order, and no further."""
    kept = await Event.filter(created_at__gte=before, id__gt=0).order_by("id").first().only("id")
    if kept is None:
        kept = await Event.filter(id__gt=0).order_by("-id").first().only("id")
    return None if kept is None else kept.id

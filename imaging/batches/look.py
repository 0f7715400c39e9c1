"""Looking at batches: for those who started them, and for admins."""

import base64
import datetime
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from tortoise.expressions import Q
from tortoise.functions import Count

from imaging.accounts.viewer import Viewer
from imaging.batches.models import Batch, BatchItem, BatchState, ItemState
from imaging.errors import InvalidCursor
from imaging.images.page import Page, PageRequest

_NOT_DONE = (ItemState.FAILED, ItemState.KEPT)
_MAX_CURSOR = 200
_INT64 = 2**63

Row = TypeVar("Row")


class Batches:
    """The batches as a viewer sees them; those of others are absent."""

    async def by_ids(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[Batch | None]:
        """Return the batches in the order of the ids, None for those absent, in one query."""
        rows = {batch.id: batch for batch in await Batch.filter(id__in=list(set(ids)))}
        return [batch if batch is not None and is_seen(viewer, batch) else None for batch in map(rows.get, ids)]

    async def page(self, viewer: Viewer, states: Sequence[BatchState], request: PageRequest) -> Page[Batch]:
        """Return one page of batches, the newest first; of all states when none is named.

        Raises:
            InvalidCursor: a cursor was not given out for this list.
        """
        seen = Batch.all() if viewer.is_admin else Batch.filter(started_by_id=viewer.user_id)
        if states:
            seen = seen.filter(state__in=list(states))
        if request.after is not None:
            at, id = _place("after", request.after)
            seen = seen.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=id), created_at__lte=at)
        if request.before is not None:
            at, id = _place("before", request.before)
            seen = seen.filter(Q(created_at__gt=at) | Q(created_at=at, id__gt=id), created_at__gte=at)
        order = ("created_at", "id") if request.backward else ("-created_at", "-id")
        rows = await seen.order_by(*order).limit(request.size + 1)
        return _page(rows, request, lambda batch: _cursor(batch.created_at.isoformat(), batch.id.hex))

    async def errors(self, batch: Batch, request: PageRequest) -> Page[BatchItem]:
        """Return one page of the images that were not done, or not undone, in the order of the batch.

        Raises:
            InvalidCursor: a cursor was not given out for this list.
        """
        failed = BatchItem.filter(batch_id=batch.id, state__in=_NOT_DONE)
        if request.after is not None:
            failed = failed.filter(id__gt=_number("after", request.after))
        if request.before is not None:
            failed = failed.filter(id__lt=_number("before", request.before))
        rows = await failed.order_by("-id" if request.backward else "id").limit(request.size + 1)
        return _page(rows, request, lambda item: _cursor("error", item.id))

    async def errors_by_ids(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[BatchItem | None]:
        """Return what batches failed at, in the order of the ids; None for those absent, in one query."""
        numbers = [id.int for id in set(ids) if id.int < _INT64]
        found = BatchItem.filter(id__in=numbers, state__in=_NOT_DONE).select_related("batch")
        rows = {item.uid: item for item in await found if is_seen(viewer, item.batch)}
        return [rows.get(id) for id in ids]


async def moving() -> Mapping[BatchState, int]:
    """Return how many batches there are of each state that is no rest, everybody's."""
    counted = Batch.filter(finished_at=None).annotate(batches=Count("id")).group_by("state")
    return {row["state"]: row["batches"] for row in await counted.values("state", "batches")}


def is_seen(viewer: Viewer, batch: Batch) -> bool:
    """Return True when the batch exists for this viewer."""
    return viewer.rules(batch.started_by_id)


def _page(rows: Sequence[Row], request: PageRequest, cursor: Callable[[Row], str]) -> Page[Row]:
    """Return the page that these rows are, of which there is one too many where there are more."""
    more, items = len(rows) > request.size, list(rows[: request.size])
    if request.backward:
        items.reverse()
    has_next = request.before is not None if request.backward else more
    has_previous = more if request.backward else request.after is not None
    return Page(items, [cursor(item) for item in items], has_next=has_next, has_previous=has_previous)


def _cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def _place(argument: str, cursor: str) -> tuple[datetime.datetime, uuid.UUID]:
    at, id = _parts(argument, cursor)
    try:
        return datetime.datetime.fromisoformat(at).astimezone(datetime.UTC), uuid.UUID(hex=id)
    except (ValueError, TypeError, OverflowError, AttributeError):
        raise _unknown(argument) from None


def _number(argument: str, cursor: str) -> int:
    _, number = _parts(argument, cursor)
    if not isinstance(number, int) or not 0 <= number < _INT64:
        raise _unknown(argument)
    return number


def _parts(argument: str, cursor: str) -> tuple[Any, Any]:  # Any: whatever strangers send
    try:
        if len(cursor) > _MAX_CURSOR:
            raise ValueError
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        first, second = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        raise _unknown(argument) from None
    return first, second


def _unknown(argument: str) -> InvalidCursor:
    return InvalidCursor(f"`{argument}` is not a cursor of this list.", field=[argument])

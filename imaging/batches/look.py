"""Looking at batches: for those who started them, and for admins."""

import datetime
import uuid
from collections.abc import Mapping, Sequence

from tortoise.functions import Count

from imaging.accounts.viewer import Viewer
from imaging.batches.models import Batch, BatchItem, BatchState, ItemState
from imaging.images.page import Page, PageRequest, cut, itself
from imaging.images.places import beyond, opened, order, sealed

_NOT_DONE = (ItemState.FAILED, ItemState.KEPT)
_NEWEST_FIRST = ("-created_at", "-id")
_IN_ORDER = ("id",)
_INT64 = 2**63


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
        for argument, cursor, before in request.bounds:
            place = opened(cursor, argument, datetime.datetime, uuid.UUID)
            seen = seen.filter(beyond(_NEWEST_FIRST, place, backward=before))
        rows = await seen.order_by(*order(_NEWEST_FIRST, backward=request.backward)).limit(request.size + 1)
        return cut(rows, request, lambda batch: sealed(batch.created_at, batch.id), itself)

    async def errors(self, batch: Batch, request: PageRequest) -> Page[BatchItem]:
        """Return one page of the images that were not done, or not undone, in the order of the batch.

        Raises:
            InvalidCursor: a cursor was not given out for this list.
        """
        failed = BatchItem.filter(batch_id=batch.id, state__in=_NOT_DONE)
        for argument, cursor, before in request.bounds:
            _, number = opened(cursor, argument, str, int)
            failed = failed.filter(beyond(_IN_ORDER, [number], backward=before))
        rows = await failed.order_by(*order(_IN_ORDER, backward=request.backward)).limit(request.size + 1)
        return cut(rows, request, lambda item: sealed("error", item.id), itself)

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

"""Planning a batch: page by page, each image that it is about becomes a row of its own."""

import datetime
import math
import uuid
from collections.abc import Sequence

from tortoise.expressions import Q

from imaging import database
from imaging.batches.ledger import locked_batch, rest, tell
from imaging.batches.models import Batch, BatchItem, BatchState
from imaging.batches.operation import Operation
from imaging.batches.reach import reached
from imaging.batches.selection import MOST, stored_selection
from imaging.images.models import Image
from imaging.images.places import beyond

_OLDEST_FIRST = ("created_at", "id")

_Place = tuple[uuid.UUID, datetime.datetime]


async def plan_page(batch_id: uuid.UUID, operation: Operation, size: int) -> None:
    """Plan the next images of a batch, at most `size`, or none of them; behind the last it begins to run.

    Images that were uploaded after the batch was started are none of its business. It fails before anything is done
    when more images fit than were confirmed.
    """
    async with database.transaction():
        batch = await locked_batch(batch_id, BatchState.PLANNING)
        if batch is None:
            return
        selection = stored_selection(batch.selection)
        if selection.ids is not None:
            await _begin(batch, selection.ids)
            return
        page = await _page(batch, reached(operation, batch.starter, selection), size)
        if batch.total + len(page) > batch.selection.get(MOST, math.inf):
            batch.failure = "More images fit by now than were confirmed: start it anew, with another dry run."
            await rest(batch, BatchState.FAILED, can_be_undone=False)
            return
        if page:
            batch.planned_id, batch.planned_at = page[-1]
        if len(page) < size:
            await _begin(batch, [id for id, _ in page])
        else:
            await _add(batch, [id for id, _ in page])


async def _page(batch: Batch, condition: Q, size: int) -> Sequence[_Place]:
    older = Image.filter(condition, created_at__lte=batch.created_at)
    if batch.planned_at is not None:
        older = older.filter(beyond(_OLDEST_FIRST, (batch.planned_at, batch.planned_id), backward=False))
    rows = await older.order_by(*_OLDEST_FIRST).limit(size).values_list("id", "created_at")
    return [(id, created_at) for id, created_at in rows]


async def _begin(batch: Batch, ids: Sequence[uuid.UUID]) -> None:
    batch.state, batch.began_at = BatchState.RUNNING, datetime.datetime.now(datetime.UTC)
    await _add(batch, ids)


async def _add(batch: Batch, ids: Sequence[uuid.UUID]) -> None:
    await BatchItem.bulk_create([BatchItem(batch_id=batch.id, image_id=id) for id in ids])
    batch.total += len(ids)
    await batch.save(update_fields=("state", "began_at", "total", "planned_at", "planned_id"))
    await tell(batch)

"""Planning a batch: page by page, each image that it is about becomes a row of its own."""

import datetime
import uuid
from collections.abc import Sequence

from tortoise.expressions import Q

from imaging import database
from imaging.batches.ledger import locked_batch, tell
from imaging.batches.models import Batch, BatchItem, BatchState
from imaging.batches.operation import Operation
from imaging.batches.reach import reached
from imaging.batches.selection import stored_selection
from imaging.images.models import Image

PAGE = 1_000

_Place = tuple[uuid.UUID, datetime.datetime]


async def plan_page(batch_id: uuid.UUID, operation: Operation) -> None:
    """Plan the next images of a batch, or none of them; behind the last it begins to run.

    Images that were uploaded after the batch was started are none of its business.
    """
    async with database.transaction():
        batch = await locked_batch(batch_id, BatchState.PLANNING)
        if batch is None:
            return
        selection = stored_selection(batch.selection)
        if selection.ids is not None:
            await _begin(batch, selection.ids)
            return
        page = await _page(batch, reached(operation, batch.starter, selection))
        if page:
            batch.planned_id, batch.planned_at = page[-1]
        if len(page) < PAGE:
            await _begin(batch, [id for id, _ in page])
        else:
            await _add(batch, [id for id, _ in page])


async def _page(batch: Batch, condition: Q) -> Sequence[_Place]:
    older = Image.filter(condition, created_at__lte=batch.created_at)
    if batch.planned_at is not None:
        behind = Q(created_at__gt=batch.planned_at) | Q(created_at=batch.planned_at, id__gt=batch.planned_id)
        # The first bound says nothing new, but lets the database begin at the right place of an index.
        older = older.filter(behind, created_at__gte=batch.planned_at)
    rows = await older.order_by("created_at", "id").limit(PAGE).values_list("id", "created_at")
    return [(id, created_at) for id, created_at in rows]


async def _begin(batch: Batch, ids: Sequence[uuid.UUID]) -> None:
    batch.state, batch.began_at = BatchState.RUNNING, datetime.datetime.now(datetime.UTC)
    await _add(batch, ids)


async def _add(batch: Batch, ids: Sequence[uuid.UUID]) -> None:
    await BatchItem.bulk_create([BatchItem(batch_id=batch.id, image_id=id) for id in ids])
    batch.total += len(ids)
    await batch.save(update_fields=("state", "began_at", "total", "planned_at", "planned_id"))
    await tell(batch)

"""The ledger of a batch: what became of each image, and the counters, always written together."""

import datetime
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from imaging import metrics
from imaging.batches.models import UNDOABLE_DAYS, Batch, BatchItem, BatchState, ItemState
from imaging.batches.operation import Json
from imaging.errors import ImagingError
from imaging.journal import events

MAX_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one item; `error` says why nothing was done, or why it could not be undone."""

    item: BatchItem
    state: ItemState
    memory: Json | None = None
    error: ImagingError | None = None


async def locked_batch(batch_id: uuid.UUID, *states: BatchState) -> Batch | None:
    """Return the batch if it is in one of these states; nobody else changes it before the transaction ends."""
    batch = await Batch.filter(id=batch_id).select_for_update().first()
    return batch if batch is not None and batch.state in states else None


async def waiting(batch: Batch, limit: int) -> Sequence[BatchItem]:
    """Return the next items to be done."""
    return await BatchItem.filter(batch_id=batch.id, state=ItemState.PENDING).order_by("id").limit(limit)


async def undoable(batch: Batch, limit: int) -> Sequence[BatchItem]:
    """Return the next items to be undone."""
    return await BatchItem.filter(batch_id=batch.id, state=ItemState.DONE).order_by("id").limit(limit)


async def write(batch: Batch, entries: Sequence[Entry]) -> None:
    """Write down what became of items, and count them, inside the caller's transaction; the batch is locked."""
    for same in _alike(entries):
        first = same[0]
        await BatchItem.filter(id__in=[entry.item.id for entry in same]).update(
            state=first.state,
            memory=first.item.memory if first.memory is None else dict(first.memory),
            code=first.error.code if first.error else "",
            message=first.error.message[:MAX_MESSAGE] if first.error else "",
        )
    for state, count in Counter(entry.state for entry in entries).items():
        name = state.name.lower()
        setattr(batch, name, getattr(batch, name) + count)
    batch.done -= sum(entry.item.state is ItemState.DONE for entry in entries)
    await batch.save(update_fields=("done", "skipped", "failed", "undone", "kept"))
    await tell(batch)


def count(batch: Batch, entries: Sequence[Entry]) -> None:
    """Count for who watches from outside what became of items, once the transaction is committed."""
    for state, settled in Counter(entry.state for entry in entries).items():
        metrics.BATCH_ITEMS.labels(batch.operation, state.value.lower()).inc(settled)


async def rest(batch: Batch, state: BatchState, *, can_be_undone: bool) -> None:
    """Let the batch come to rest, inside the caller's transaction; the batch is locked."""
    now = datetime.datetime.now(datetime.UTC)
    batch.state, batch.finished_at = state, now
    batch.undoable_until = now + datetime.timedelta(days=UNDOABLE_DAYS) if can_be_undone and batch.done else None
    await batch.save(update_fields=("state", "finished_at", "undoable_until", "failure"))
    await tell(batch)


async def tell(batch: Batch) -> None:
    """Write down that the batch moved on, inside the caller's transaction; then announce `events.TOPIC`."""
    await events.record_batch(batch.id, batch.started_by_id)


def _alike(entries: Sequence[Entry]) -> Iterable[list[Entry]]:
    """Group what is written alike, so that a thousand items cost few statements."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        memory = entry.item.memory if entry.memory is None else entry.memory
        told = (entry.error.code, entry.error.message) if entry.error else None
        groups.setdefault((entry.state, json.dumps(memory, sort_keys=True), told), []).append(entry)
    return groups.values()

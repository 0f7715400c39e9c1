"""Running batches: in small steps that are done whole or not at all, so that a kill loses and repeats nothing."""

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.batches.ledger import Entry, count, locked_batch, rest, undoable, waiting, write
from imaging.batches.models import GIVEN_UP, MOVING, UNDOING_GIVEN_UP, Batch, BatchItem, BatchState, ItemState
from imaging.batches.operation import Change, Operation, RowOperation, SlowOperation, Undoable
from imaging.batches.plan import plan_page
from imaging.batches.reach import refusal
from imaging.batches.repertoire import Repertoire
from imaging.batches.work import work_some
from imaging.images.edit import ChangeResult, announce, locked_rows
from imaging.images.models import Image
from imaging.journal import jobs
from imaging.ports import Wakeups

PAUSE_S = 0.002
"""How long others go first after each step."""

LONG_PAUSE_S, LONG_PAUSE_EVERY_S = 0.12, 1.0
"""Now and then it is longer: another process looks ten times a second whether it may write to SQLite."""

TURN_S = 2.0
"""How long a batch is moved on before others that wait have their turn."""

UNDONE_AT_ONCE = 50
PLANNED_AT_ONCE = 1_000


class BatchRun:
    """Does the jobs of batches: each job is one batch, which has a turn of `turn_s` and then waits behind others.

    `page` is how many images are planned in one step.
    """

    def __init__(
        self, repertoire: Repertoire, wakeups: Wakeups, *, turn_s: float = TURN_S, page: int = PLANNED_AT_ONCE
    ) -> None:
        self._repertoire = repertoire
        self._wakeups = wakeups
        self._turn_s = turn_s
        self._page = page

    async def run(self, subject: str) -> None:
        """Move a batch on until its turn is over or it is at rest; it may be cancelled, or this killed, after any step.

        At the end of its turn the work is promised anew: a batch that goes on was not tried in vain.
        """
        batch_id, pauses, ends_s = uuid.UUID(hex=subject), _Pauses(), time.monotonic() + self._turn_s
        while (batch := await Batch.get_or_none(id=batch_id)) is not None and batch.state in MOVING:
            await self._step(batch)
            announce(self._wakeups)
            await asyncio.sleep(pauses.next_s())
            if time.monotonic() >= ends_s:
                await self._promise(subject)
                return

    async def give_up(self, subject: str, reason: str) -> None:  # noqa: ARG002 - may name what strangers must not know
        """Let a batch fail that could not be moved on however often it was tried; `retryBatch` goes on with it."""
        async with database.transaction():
            batch = await locked_batch(uuid.UUID(hex=subject), *MOVING)
            if batch is not None:
                batch.failure = UNDOING_GIVEN_UP if batch.state is BatchState.UNDOING else GIVEN_UP
                can_be_undone = self._repertoire.can_undo(batch.operation, batch.wish)
                await rest(batch, BatchState.FAILED, can_be_undone=can_be_undone)
        announce(self._wakeups)

    async def _promise(self, subject: str) -> None:
        async with database.transaction():
            await jobs.promise(jobs.BATCH, subject)
        self._wakeups.announce(jobs.TOPIC)

    async def _step(self, batch: Batch) -> None:
        operation = self._repertoire.make(batch.operation, batch.wish)
        if batch.state is BatchState.PLANNING:
            await plan_page(batch.id, operation, self._page)
        elif batch.state is BatchState.UNDOING:
            await _undo_some(batch.id, operation)
        elif isinstance(operation, SlowOperation):
            await work_some(batch, operation)
        else:
            await _change_some(batch.id, operation)


class _Pauses:
    """Most are short, one in a second is long."""

    def __init__(self) -> None:
        self._next_long_s = time.monotonic() + LONG_PAUSE_EVERY_S

    def next_s(self) -> float:
        if time.monotonic() < self._next_long_s:
            return PAUSE_S
        self._next_long_s = time.monotonic() + LONG_PAUSE_S + LONG_PAUSE_EVERY_S
        return LONG_PAUSE_S


async def _change_some(batch_id: uuid.UUID, operation: RowOperation) -> None:
    async with database.transaction():
        batch = await locked_batch(batch_id, BatchState.RUNNING)
        if batch is None:
            return
        items = await waiting(batch, operation.at_once)
        if not items:
            await rest(batch, BatchState.COMPLETED, can_be_undone=isinstance(operation, Undoable))
            return
        rows = await locked_rows([item.image_id for item in items])
        entries = await _change(operation, batch.starter, items, rows)
        await write(batch, entries)
    count(batch, entries)


async def _undo_some(batch_id: uuid.UUID, operation: Operation) -> None:
    async with database.transaction():
        batch = await locked_batch(batch_id, BatchState.UNDOING)
        if batch is None:
            return
        items = await undoable(batch, UNDONE_AT_ONCE)
        if not items or not isinstance(operation, Undoable):
            await rest(batch, BatchState.UNDONE, can_be_undone=False)
            return
        rows = await locked_rows([item.image_id for item in items])
        entries = await _undo(operation, batch.starter, items, rows)
        await write(batch, entries)
    count(batch, entries)


async def _change(
    operation: RowOperation, viewer: Viewer, items: Sequence[BatchItem], rows: Mapping[uuid.UUID, Image]
) -> list[Entry]:
    refused = [(item, refusal(operation, viewer, rows.get(item.image_id))) for item in items]
    entries = [Entry(item, ItemState.FAILED, error=error) for item, error in refused if error is not None]
    open_items = [item for item, error in refused if error is None]
    changes = await operation.foresee(viewer, [rows[item.image_id] for item in open_items])
    todo: list[tuple[BatchItem, Change]] = []
    for item, change in zip(open_items, changes, strict=True):
        if change.error is not None:
            entries.append(Entry(item, ItemState.FAILED, error=change.error))
        elif change.is_none:
            entries.append(Entry(item, ItemState.SKIPPED))
        else:
            todo.append((item, change))
    if todo:
        results = await operation.apply(viewer, [rows[item.image_id] for item, _ in todo])
        entries += [_done(item, change, result) for (item, change), result in zip(todo, results, strict=True)]
    return entries


def _done(item: BatchItem, change: Change, result: ChangeResult) -> Entry:
    if result.error is not None:
        return Entry(item, ItemState.FAILED, error=result.error)
    return Entry(item, ItemState.DONE, change.memory)


async def _undo(
    operation: Undoable, viewer: Viewer, items: Sequence[BatchItem], rows: Mapping[uuid.UUID, Image]
) -> list[Entry]:
    refused = [(item, refusal(operation, viewer, rows.get(item.image_id))) for item in items]
    entries = [Entry(item, ItemState.KEPT, error=error) for item, error in refused if error is not None]
    todo = [item for item, error in refused if error is None]
    if todo:
        results = await operation.undo(viewer, [(rows[item.image_id], item.memory or {}) for item in todo])
        entries += [_undone(item, result) for item, result in zip(todo, results, strict=True)]
    return entries


def _undone(item: BatchItem, result: ChangeResult) -> Entry:
    if result.error is not None:
        return Entry(item, ItemState.KEPT, error=result.error)
    return Entry(item, ItemState.UNDONE)

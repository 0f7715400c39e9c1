"""Working on the bytes of images: side by side, outside of any transaction, and counted once."""

import asyncio
from collections.abc import Sequence

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.batches.ledger import Entry, count, locked_batch, rest, waiting, write
from imaging.batches.models import Batch, BatchItem, BatchState, ItemState
from imaging.batches.operation import SlowOperation
from imaging.errors import DatabaseUnavailable, ImagingError, Overloaded, StorageUnavailable
from imaging.images.edit import refusal
from imaging.images.library import rows_by_id
from imaging.images.models import Image
from imaging.journal.jobs import TryLater

TRIES = 6
LONGEST_PAUSE_S = 5.0


async def work_some(batch: Batch, operation: SlowOperation) -> None:
    """Work on the next images of a batch; a kill in the middle costs no more than that they are worked on again.

    Raises:
        TryLater: the store does not answer; what was done is counted.
    """
    items = await waiting(batch, operation.at_once)
    rows = await rows_by_id([item.image_id for item in items])
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_tried(batch, operation, item, rows.get(item.image_id))) for item in items]
    entries = [entry for entry in (task.result() for task in tasks) if entry is not None]
    await _settle(batch, entries, is_last=not items)
    if len(entries) < len(items):
        raise TryLater("The storage does not answer.", after_s=LONGEST_PAUSE_S)


async def _tried(batch: Batch, operation: SlowOperation, item: BatchItem, image: Image | None) -> Entry | None:
    """Work on one image; None when nothing can be said about it now."""
    error = refusal(batch.starter, image)
    if error is not None or image is None:
        return Entry(item, ItemState.FAILED, error=error)
    try:
        await _patiently(operation, batch.starter, image)
    except (StorageUnavailable, DatabaseUnavailable):
        return None
    except ImagingError as failure:
        return Entry(item, ItemState.FAILED, error=failure)
    return Entry(item, ItemState.DONE)


async def _patiently(operation: SlowOperation, viewer: Viewer, image: Image) -> None:
    """Work on an image, giving way for a while to those who wait for theirs."""
    for pause_s in _pauses():
        try:
            await operation.work(viewer, image)
        except (StorageUnavailable, DatabaseUnavailable):
            raise
        except Overloaded:
            if pause_s is None:
                raise
            await asyncio.sleep(pause_s)
        else:
            return


def _pauses() -> Sequence[float | None]:
    return [*(min(LONGEST_PAUSE_S, 0.25 * 2**n) for n in range(TRIES - 1)), None]


async def _settle(batch: Batch, entries: Sequence[Entry], *, is_last: bool) -> None:
    """Count what nobody counted meanwhile."""
    async with database.transaction():
        locked = await locked_batch(batch.id, BatchState.RUNNING)
        if locked is None:
            return
        # Somebody may have come to the end before us, and somebody else tried again what failed.
        if is_last and not await waiting(locked, 1):
            await rest(locked, BatchState.COMPLETED, can_be_undone=False)
            return
        ids = [entry.item.id for entry in entries]
        pending = BatchItem.filter(id__in=ids, state=ItemState.PENDING)
        open_ids = set(await pending.values_list("id", flat=True))
        settled = [entry for entry in entries if entry.item.id in open_ids]
        await write(locked, settled)
    count(locked, settled)

"""An office that takes orders for many images, and works them off when told to."""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any

from imaging.accounts.viewer import Viewer
from imaging.batches.confirm import Confirmation
from imaging.batches.control import Control
from imaging.batches.look import Batches
from imaging.batches.models import Batch, BatchItem
from imaging.batches.repertoire import Repertoire, Tools, repertoire
from imaging.batches.run import PLANNED_AT_ONCE, BatchRun
from imaging.batches.selection import Selection
from imaging.batches.start import BatchWish, Starting
from imaging.delivery.addresses import Addresses
from imaging.delivery.deliver import Delivery
from imaging.images.edit import Editor
from imaging.images.filter import ImageFilter
from imaging.images.ingest import Inspector
from imaging.images.originals import Originals
from imaging.images.trash import Trash
from imaging.journal import jobs
from imaging.ports import ObjectStore, Wakeups
from imaging.worker.crew import Crew, Handler

LONG_S = 600
SECRET = b"a secret of thirty-two bytes ..."


@dataclass
class Office:
    starting: Starting
    control: Control
    batches: Batches
    running: BatchRun

    async def start(self, viewer: Viewer, operation: str, *ids: uuid.UUID, **more: Any) -> Batch:
        """Start a batch over these images, or over those that fit `where`; more goes into the wish."""
        return await self.starting.start(viewer, order(operation, *ids, **more))

    async def work(self) -> None:
        """Do all jobs of batches that are due, as the worker does."""
        crew = Crew({jobs.BATCH: Handler(self.running.run, self.running.give_up)})
        await crew.take_due(asyncio.Event())
        await crew.leave(60)

    async def done(self, viewer: Viewer, operation: str, *ids: uuid.UUID, **more: Any) -> Batch:
        """Start a batch and work it off."""
        batch = await self.start(viewer, operation, *ids, **more)
        await self.work()
        return await Batch.get(id=batch.id)


def open_office(wakeups: Wakeups, *, page: int = PLANNED_AT_ONCE, **limits: int) -> Office:
    deeds = deeds_of(wakeups)
    starting = Starting(deeds, wakeups, Confirmation(SECRET), **limits)
    return Office(
        starting, Control(deeds, wakeups, **limits), Batches(), BatchRun(deeds, wakeups, turn_s=LONG_S, page=page)
    )


def deeds_of(wakeups: Wakeups) -> Repertoire:
    """What can be done without reading a byte of any picture."""
    return repertoire(Tools(Editor(wakeups), Trash(wakeups), None, None, None))


def tools_of(
    wakeups: Wakeups,
    store: ObjectStore,
    decoder: Inspector,
    slots: asyncio.Semaphore,
    addresses: Addresses,
    delivery: Delivery,
) -> Tools:
    """Everything that batches can do."""
    originals = Originals(store, decoder, wakeups, slots)
    return Tools(Editor(wakeups), Trash(wakeups), originals, addresses, delivery)


def order(operation: str, *ids: uuid.UUID, where: ImageFilter | None = None, **wish: Any) -> BatchWish:
    return BatchWish(operation, wish, Selection(where, None if where else ids))


def counts(batch: Batch) -> dict[str, int]:
    """The counters that are not zero."""
    names = ("total", "done", "skipped", "failed", "undone", "kept")
    return {name: count for name in names if (count := getattr(batch, name))}


async def item_states(batch: Batch) -> list[str]:
    return [item.state.name for item in await BatchItem.filter(batch_id=batch.id).order_by("id")]

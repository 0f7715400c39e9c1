"""Watching a batch: how far it is, as it moves on, and what was missed."""

import datetime
import enum
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from imaging.accounts.viewer import Viewer
from imaging.batches.look import is_seen
from imaging.batches.models import MOVING, Batch
from imaging.errors import NotFound
from imaging.images.coalesce import coalesced
from imaging.journal import events
from imaging.journal.cursors import Cursors
from imaging.journal.feed import EventFeed
from imaging.journal.models import Event, EventKind
from imaging.ports import Wakeups


class BatchEventKind(enum.Enum):
    """What is told of a batch."""

    PRESENT = "PRESENT"
    PROGRESS = "PROGRESS"
    RESYNC = "RESYNC"


@dataclass(frozen=True, slots=True)
class BatchEvent:
    """How far a batch is at a moment; `cursor` is that moment."""

    kind: BatchEventKind
    cursor: str
    batch: Batch
    at: datetime.datetime


class BatchWatch:
    """Tells how far batches are, to who started them and to admins; `secret` seals the cursors."""

    def __init__(self, wakeups: Wakeups, secret: bytes) -> None:
        self._feed: EventFeed[Batch] = EventFeed(wakeups, _rows_by_id, name="batches")
        self._secret = secret

    def follow(self, viewer: Viewer, batch_id: uuid.UUID, after: str | None = None) -> AsyncGenerator[BatchEvent, None]:
        """Tell how far a batch is now, and then as it moves on, at most five times a second, until it is at rest.

        With `after`, nothing is told before something has happened since; an unknown or expired cursor gives RESYNC.

        Raises:
            NotFound: there is no such batch, for this viewer.
            TooSlow: the reader is too slow; it may come back with its last cursor.
        """
        return coalesced(self._follow(viewer, batch_id, after), lambda event: event.batch.id)

    async def close(self) -> None:
        """End everybody's watching; idempotent."""
        await self._feed.close()

    async def _follow(self, viewer: Viewer, batch_id: uuid.UUID, after: str | None) -> AsyncGenerator[BatchEvent, None]:
        cursors = Cursors(self._secret, f"batch {batch_id.hex} {viewer.user_id} {viewer.role.value}")
        # The feed is on before the row is read: what is committed meanwhile is in one of the two, or in both.
        async with self._feed.subscribe() as live:
            told = await events.newest_id()
            batch = await _seen(viewer, batch_id)
            kind = await _opening(batch_id, after, cursors)
            if kind is not None:
                yield _event(kind, cursors.sealed(told), batch)
            while batch.state in MOVING and (happening := await live.next()) is not None:
                event, present = happening.event, happening.present
                if event.batch_id == batch_id and event.id > told and present is not None:
                    batch, told = present, event.id
                    yield _event(BatchEventKind.PROGRESS, cursors.sealed(told), batch)


async def _opening(batch_id: uuid.UUID, after: str | None, cursors: Cursors) -> BatchEventKind | None:
    """Return what is told first; None when somebody comes back who missed nothing."""
    if after is None:
        return BatchEventKind.PRESENT
    since = cursors.opened(after)
    if since is None or not await events.is_kept_since(since):
        return BatchEventKind.RESYNC
    missed = await Event.filter(id__gt=since, kind=EventKind.BATCH, batch_id=batch_id).exists()
    return BatchEventKind.PROGRESS if missed else None


async def _seen(viewer: Viewer, batch_id: uuid.UUID) -> Batch:
    batch = await Batch.get_or_none(id=batch_id)
    if batch is None or not is_seen(viewer, batch):
        raise NotFound("There is no such batch.")
    return batch


async def _rows_by_id(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Batch]:
    return {batch.id: batch for batch in await Batch.filter(id__in=list(set(ids)))}


def _event(kind: BatchEventKind, cursor: str, batch: Batch) -> BatchEvent:
    return BatchEvent(kind, cursor, batch, datetime.datetime.now(datetime.UTC))

"""Ruling batches that were started: cancel, try again, undo."""

import datetime
import uuid

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.batches.forgetting import KEPT_DAYS
from imaging.batches.ledger import rest, tell
from imaging.batches.models import MOVING, UNDOING_GIVEN_UP, Batch, BatchItem, BatchState, ItemState
from imaging.batches.repertoire import Repertoire
from imaging.batches.start import MOST_MOVING, check_room
from imaging.errors import Conflict, NotFound
from imaging.journal import events, jobs
from imaging.ports import Wakeups


class Control:
    """Rules batches, for who started them and for admins; doing it twice is doing it once.

    Nobody has more than `most` of them that are not at rest.
    """

    def __init__(self, repertoire: Repertoire, wakeups: Wakeups, *, most: int = MOST_MOVING) -> None:
        self._repertoire = repertoire
        self._wakeups = wakeups
        self._most = most

    async def cancel(self, viewer: Viewer, batch_id: uuid.UUID) -> Batch:
        """Stop a batch: what is done stays done, and nothing more is begun. One at rest stays as it is.

        Raises:
            Unauthenticated, Forbidden: the viewer may change nothing.
            NotFound: there is no such batch, for this viewer.
        """
        async with database.transaction():
            batch = await _ruled(viewer, batch_id)
            if batch.state in MOVING:
                await rest(
                    batch, BatchState.CANCELLED, can_be_undone=self._repertoire.can_undo(batch.operation, batch.wish)
                )
        self._wakeups.announce(events.TOPIC)
        return batch

    async def retry(self, viewer: Viewer, batch_id: uuid.UUID) -> Batch:
        """Try the failed images of a batch again; one that is moving, or has none, stays as it is.

        A batch that failed as a whole goes on where it stopped.

        Raises:
            Unauthenticated, Forbidden: the viewer may change nothing.
            NotFound: there is no such batch, for this viewer.
            Conflict: it was cancelled or undone, or has been at rest for so long that it is being forgotten; or its
                starter has too many that are not.
        """
        async with database.transaction():
            batch = await _ruled(viewer, batch_id)
            if batch.state in (BatchState.CANCELLED, BatchState.UNDOING, BatchState.UNDONE):
                raise Conflict(f"This batch is {batch.state.value}: start another one.")
            if batch.state is BatchState.FAILED or (batch.state is BatchState.COMPLETED and batch.failed):
                _check_kept(batch)
                await self._prepare(viewer, batch)
                await (_undo(batch) if batch.failure == UNDOING_GIVEN_UP else _again(batch))
        self._announce()
        return batch

    async def undo(self, viewer: Viewer, batch_id: uuid.UUID) -> Batch:
        """Take back what a batch did; what people changed since stays. One that is being undone stays as it is.

        Raises:
            Unauthenticated, Forbidden: the viewer may change nothing.
            NotFound: there is no such batch, for this viewer.
            Conflict: it is not at rest, its operation cannot be undone, or its time is over; or its starter has too
                many that are not at rest.
        """
        async with database.transaction():
            batch = await _ruled(viewer, batch_id)
            if batch.state not in (BatchState.UNDOING, BatchState.UNDONE):
                self._check_undoable(batch)
                await self._prepare(viewer, batch)
                await _undo(batch)
        self._announce()
        return batch

    async def _prepare(self, viewer: Viewer, batch: Batch) -> None:
        """Make ready to set a batch that is at rest in motion again."""
        await check_room(batch.started_by_id, self._most)
        # Who comes back with a lesser role lends the batch no more than that.
        if viewer.user_id == batch.started_by_id and not viewer.is_admin:
            batch.role = viewer.role

    def _check_undoable(self, batch: Batch) -> None:
        if batch.state in MOVING:
            raise Conflict("This batch is not at rest: cancel it first, or wait.")
        if not self._repertoire.can_undo(batch.operation, batch.wish):
            raise Conflict("What this batch did cannot be undone.")
        if batch.undoable_until is None:
            raise Conflict("This batch did nothing that could be undone.")
        if batch.undoable_until < datetime.datetime.now(datetime.UTC):
            raise Conflict(f"This batch could be undone until {batch.undoable_until:%Y-%m-%d %H:%M} UTC.")

    def _announce(self) -> None:
        for topic in (events.TOPIC, jobs.TOPIC):
            self._wakeups.announce(topic)


async def _ruled(viewer: Viewer, batch_id: uuid.UUID) -> Batch:
    """Return the batch, which nobody else changes before the transaction ends."""
    viewer.must_edit()
    batch = await Batch.filter(id=batch_id).select_for_update().first()
    if batch is None or not viewer.rules(batch.started_by_id):
        raise NotFound("There is no such batch.")
    return batch


def _check_kept(batch: Batch) -> None:
    """Accept a batch none of whose images can have been forgotten yet: what is left would not add up."""
    oldest = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=KEPT_DAYS)
    if batch.finished_at is not None and batch.finished_at <= oldest:
        raise Conflict(f"This batch has been at rest for {KEPT_DAYS} days and is being forgotten: start another one.")


async def _again(batch: Batch) -> None:
    failed = BatchItem.filter(batch_id=batch.id, state=ItemState.FAILED)
    batch.failed -= await failed.update(state=ItemState.PENDING, code="", message="")
    was_planned = batch.began_at is not None
    batch.state = BatchState.RUNNING if was_planned else BatchState.PLANNING
    if was_planned:
        batch.began_at, batch.settled_before = datetime.datetime.now(datetime.UTC), batch.settled
    batch.failure = None
    batch.finished_at = batch.undoable_until = None
    await _move(batch)


async def _undo(batch: Batch) -> None:
    batch.state, batch.began_at = BatchState.UNDOING, datetime.datetime.now(datetime.UTC)
    batch.settled_before, batch.failure = batch.undone + batch.kept, None
    batch.finished_at = batch.undoable_until = None
    await _move(batch)


async def _move(batch: Batch) -> None:
    await batch.save()
    await jobs.promise(jobs.BATCH, batch.id.hex)
    await tell(batch)

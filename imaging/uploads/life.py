"""The life of an upload: every step from one state to the next is taken once, and told."""

import datetime
import uuid
from typing import Any

from imaging import database
from imaging.errors import ImagingError
from imaging.journal import events, jobs
from imaging.ports import Wakeups
from imaging.uploads.models import Upload, UploadState

WAITING = (UploadState.QUEUED, UploadState.PROCESSING)
OPEN = (UploadState.PREPARED, *WAITING)

_MAX_MESSAGE = 500


async def room_of(owner_id: uuid.UUID, most_open: int) -> int:
    """Return how many more uploads somebody may begin; nobody begins one for them before the transaction ends."""
    await database.take_turns(f"uploads of {owner_id}")
    return most_open - await Upload.filter(owner_id=owner_id, state__in=OPEN).count()


async def step(upload: Upload, state: UploadState, **values: Any) -> bool:  # Any: what each column holds
    """Move the upload on from the state it was read in, inside the caller's transaction; announce after its commit.

    `values` are columns that change with it. Returns False, and changes nothing, when somebody else has moved it on.
    """
    now = datetime.datetime.now(datetime.UTC)
    moved = await Upload.filter(id=upload.id, state=upload.state).update(state=state, updated_at=now, **values)
    if not moved:
        return False
    upload.update_from_dict({"state": state, "updated_at": now, **values})
    await events.record_upload(upload.id, upload.image_id, upload.owner_id)
    return True


async def end(upload: Upload, state: UploadState, **values: Any) -> bool:  # Any: what each column holds
    """Bring the upload to its end as `step` does, and promise to remove what was staged for it.

    The URL of an import is forgotten: it may hold secrets.
    """
    now = datetime.datetime.now(datetime.UTC)
    ended = await step(upload, state, finished_at=now, expires_at=None, source_url="", **values)
    if ended:
        await forget_staged(upload)
    return ended


async def fail(upload: Upload, error: ImagingError) -> bool:
    """Bring the upload to its end as `end` does, for a reason that people are told."""
    reason = {"failure_code": error.code, "failure_message": error.message[:_MAX_MESSAGE]}
    return await end(upload, UploadState.FAILED, **reason)


async def note_received(upload: Upload, received_bytes: int) -> None:
    """Write down how many bytes have arrived, for people to see; no step, and not told."""
    if received_bytes != upload.received_bytes:
        await Upload.filter(id=upload.id, state=UploadState.PREPARED).update(received_bytes=received_bytes)
        upload.received_bytes = received_bytes


async def forget_staged(upload: Upload) -> None:
    """Promise to remove all bytes that were staged for the upload, inside the caller's transaction."""
    if upload.staging_key:
        await jobs.promise(jobs.REMOVE_OBJECTS, upload.staging_prefix)


def announce(wakeups: Wakeups) -> None:
    """Tell whoever waits that uploads moved on."""
    for topic in (events.TOPIC, jobs.TOPIC):
        wakeups.announce(topic)

"""Originals that were lost or damaged in the store: their images say so, until the bytes are there again."""

import asyncio
import hashlib
import uuid

from imaging import database
from imaging.images.edit import announce, note
from imaging.images.history import locked
from imaging.images.models import Image, ImageState
from imaging.journal.models import EventKind
from imaging.ports import ObjectStore, Wakeups

MISSING = "ORIGINAL_MISSING"
CORRUPT = "ORIGINAL_CORRUPT"

MAY_FAIL = (ImageState.READY, ImageState.PROCESSING)
"""What is in the trash or in quarantine stays there, whatever became of its bytes."""

_WORDS = {
    MISSING: "Its original is not in the storage any more. Upload the picture again to mend it.",
    CORRUPT: "The stored bytes of its original are not those that were uploaded. Upload the picture again to mend it.",
}


async def is_sound(store: ObjectStore, image: Image) -> bool:
    """Return whether the stored original of an image is what was taken in.

    Raises:
        NotFound: it is gone.
    """
    digest = hashlib.sha256()
    async for chunk in store.read(image.original_key):
        await asyncio.to_thread(digest.update, chunk)
    return digest.hexdigest() == image.sha256


async def fail(wakeups: Wakeups, image_id: uuid.UUID, bytes_version: int, code: str) -> bool:
    """Make an image FAILED whose present bytes are lost; False when it has others by now, or is not to be marked."""
    async with database.transaction():
        image = await locked(image_id)
        if image is None or image.bytes_version != bytes_version or image.state not in MAY_FAIL:
            return False
        await _become(image, ImageState.FAILED, code, _WORDS[code])
    announce(wakeups)
    return True


async def recover(wakeups: Wakeups, image_id: uuid.UUID, bytes_version: int) -> bool:
    """Make an image READY again whose missing bytes are there again; False when it was not FAILED for this."""
    async with database.transaction():
        image = await locked(image_id)
        if image is None or image.bytes_version != bytes_version or not _is_missed(image):
            return False
        await _become(image, ImageState.READY, "", "")
    announce(wakeups)
    return True


def _is_missed(image: Image) -> bool:
    return image.state is ImageState.FAILED and image.failure_code == MISSING


async def _become(image: Image, state: ImageState, code: str, message: str) -> None:
    public_before = image.is_public
    image.state, image.failure_code, image.failure_message = state, code, message
    await image.save(update_fields=("state", "failure_code", "failure_message", "updated_at"))
    await note(EventKind.UPDATED, image, public_before=public_before, public_after=image.is_public)

"""Removing what became of nothing: the stored originals of an image that has no row."""

import logging
import uuid

from imaging import database
from imaging.errors import StorageUnavailable
from imaging.journal import jobs
from imaging.ports import ObjectStore

_log = logging.getLogger(__name__)


async def forget_originals(store: ObjectStore, image_id: uuid.UUID) -> None:
    """Remove the originals of an image, at once; when the storage does not answer, as soon as it does again."""
    prefix = f"o/{image_id.hex}"
    try:
        await store.delete_prefix(prefix)
    except StorageUnavailable:
        _log.warning("the storage does not answer; %s will be removed later", prefix)
        async with database.transaction():
            await jobs.promise(jobs.REMOVE_OBJECTS, prefix)

"""After a crash: remove what uploads left behind when their process was killed."""

import asyncio
import fcntl
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from imaging import database
from imaging.images.forget import forget_originals
from imaging.images.library import rows_by_id
from imaging.ports import ObjectStore


@asynccontextmanager
async def ingesting(store: ObjectStore, spool_dir: Path) -> AsyncIterator[int | None]:
    """Let this process take pictures in for as long as the context lasts, after cleaning up what others left.

    Gives how many leftovers were removed, or None when another process is taking pictures in right now,
    whose files are not ours to touch. The lock is a file beside the spool.
    """
    await asyncio.to_thread(spool_dir.mkdir, parents=True, exist_ok=True)
    with spool_dir.with_name("ingest.lock").open("w") as lock:
        removed = await recover(store, spool_dir) if _is_ours_alone(lock.fileno()) else None
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_SH)
        yield removed


async def recover(store: ObjectStore, spool_dir: Path) -> int:
    """Empty the spool: a file whose image has no row leaves no object either. Returns how many files there were.

    Only for who holds the ingest lock alone. A file bears the id of the image it was to become, and is
    removed last, so that a kill in here loses nothing.
    """
    files = await asyncio.to_thread(lambda: list(spool_dir.iterdir()))
    ids = {path: id for path in files if (id := _image_id(path)) is not None}
    if ids:
        await database.settle()
    for start in range(0, len(files), 500):
        batch = files[start : start + 500]
        known = await rows_by_id([ids[path] for path in batch if path in ids])
        for path in batch:
            if path in ids and ids[path] not in known:
                await forget_originals(store, ids[path])
            await asyncio.to_thread(path.unlink, missing_ok=True)
    return len(files)


def _image_id(path: Path) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=path.name[:32])
    except ValueError:
        return None


def _is_ours_alone(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""The trash: out of sight, back again, or gone for good."""

import datetime
import uuid
from collections.abc import Awaitable, Callable, Sequence

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.images.edit import ChangeResult, announce, check_count, locked_rows, note, refusal
from imaging.images.models import Image, ImageState
from imaging.journal import jobs
from imaging.journal.models import EventKind
from imaging.ports import Wakeups

PURGED_AT_ONCE = 100


class Trash:
    """Puts images into the trash, takes them out, and deletes them, for their owners and admins.

    Every deed tells what became of each image, in order; doing it twice is doing it once.
    """

    def __init__(self, wakeups: Wakeups) -> None:
        self._wakeups = wakeups

    async def trash(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[ChangeResult]:
        """Take images out of sight of everybody but those who rule them; public addresses stop working.

        Raises:
            Unauthenticated, Forbidden: the viewer may change nothing.
            InvalidInput: there are too many ids.
        """
        return await self._do(viewer, ids, _trash)

    async def restore(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[ChangeResult]:
        """Take images out of the trash again, as they were.

        Raises:
            Unauthenticated, Forbidden: the viewer may change nothing.
            InvalidInput: there are too many ids.
        """
        return await self._do(viewer, ids, _restore)

    async def delete(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[ChangeResult]:
        """Delete images for good: their rows at once, their stored bytes soon after.

        Raises:
            Unauthenticated, Forbidden: the viewer may change nothing.
            InvalidInput: there are too many ids.
        """
        return await self._do(viewer, ids, _delete)

    async def overdue(self, before: datetime.datetime) -> int:
        """Return how many images were put into the trash before a time, and still are there."""
        return await Image.filter(trashed_at__lt=before, state=ImageState.TRASHED).count()

    async def purge(self, before: datetime.datetime) -> int:
        """Delete for good what was put into the trash before a time, as `delete` does; return how many images.

        It may be killed at any moment, and may run twice.
        """
        due, purged = Image.filter(trashed_at__lt=before, state=ImageState.TRASHED), 0
        while found := await due.order_by("trashed_at").limit(PURGED_AT_ONCE).only("id"):
            async with database.transaction():
                rows = await locked_rows([image.id for image in found])
                # Somebody may have taken it out, and even put it in again, since we looked.
                still = [image for image in rows.values() if image.trashed_at is not None and image.trashed_at < before]
                for image in still:
                    await _delete(image)
            announce(self._wakeups)
            purged += len(still)
        return purged

    async def _do(
        self, viewer: Viewer, ids: Sequence[uuid.UUID], deed: Callable[[Image], Awaitable[Image | None]]
    ) -> list[ChangeResult]:
        viewer.must_edit()
        check_count(len(ids))
        results: dict[uuid.UUID, ChangeResult] = {}
        async with database.transaction():
            rows = await locked_rows(ids)
            # In the order in which they are locked: so what refers to them is taken in one order, too.
            for id in sorted(set(ids)):
                image = rows.get(id)
                error = refusal(viewer, image)
                done = await deed(image) if image is not None and error is None else None
                results[id] = ChangeResult(id, done, error)
        announce(self._wakeups)
        return [results[id] for id in ids]


async def _trash(image: Image) -> Image:
    if image.state is ImageState.TRASHED:
        return image
    public_before = image.is_public
    image.trashed_from, image.state = image.state, ImageState.TRASHED
    image.trashed_at = datetime.datetime.now(datetime.UTC)
    await _save(image)
    await note(EventKind.TRASHED, image, public_before=public_before, public_after=False)
    if not public_before:
        await jobs.promise(jobs.PURGE_CDN, f"p/{image.id.hex}")
    return image


async def _restore(image: Image) -> Image:
    if image.state is not ImageState.TRASHED:
        return image
    image.state, image.trashed_from = image.trashed_from or ImageState.READY, None
    image.trashed_at = None
    await _save(image)
    await note(EventKind.RESTORED, image, public_before=False, public_after=image.is_public)
    return image


async def _delete(image: Image) -> None:
    public_before = image.is_public
    await image.delete()
    await note(EventKind.DELETED, image, public_before=public_before, public_after=False)
    for space in ("o", "r", "p"):
        await jobs.promise(jobs.REMOVE_OBJECTS, f"{space}/{image.id.hex}")
    await jobs.promise(jobs.PURGE_CDN, f"p/{image.id.hex}")


async def _save(image: Image) -> None:
    await image.save(update_fields=("state", "trashed_from", "trashed_at", "updated_at"))

"""Looking at uploads: for those whose pictures they are to become, and for admins."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imaging.accounts.viewer import Viewer
from imaging.errors import Forbidden, ImagingError, InvalidInput, NotFound
from imaging.uploads.models import Upload

MAX_UPLOADS = 100


@dataclass(frozen=True, slots=True)
class UploadResult:
    """What became of one upload: how it is now, or why nothing was done."""

    upload: Upload | None
    error: ImagingError | None = None


class Uploads:
    """The uploads as a viewer sees them; those of others are absent."""

    async def by_ids(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[Upload | None]:
        """Return the uploads in the order of the ids, None for those absent, in one query."""
        rows = await rows_by_id(ids)
        return [upload if upload is not None and is_seen(viewer, upload) else None for upload in map(rows.get, ids)]


def is_seen(viewer: Viewer, upload: Upload) -> bool:
    """Return True when the upload exists for this viewer."""
    return viewer.rules(upload.owner_id)


def refusal(viewer: Viewer, upload: Upload | None) -> ImagingError | None:
    """Return why the viewer may not move the upload on, None when they may."""
    if upload is None or not is_seen(viewer, upload):
        return NotFound("There is no such upload.")
    if not viewer.may_change(upload.owner_id):
        return Forbidden("This upload belongs to somebody else.")
    return None


async def rows_by_id(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Upload]:
    """Return the uploads that exist, whoever asks, in one query."""
    return {upload.id: upload for upload in await Upload.filter(id__in=list(set(ids)))}


async def locked_rows(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Upload]:
    """Return the uploads that exist, which nobody else moves on before the transaction ends; locked in one order."""
    rows = Upload.filter(id__in=list(set(ids))).order_by("id").select_for_update()
    return {upload.id: upload for upload in await rows}


def check_count(count: int, field: str = "ids") -> None:
    """Accept as many uploads as one request may name; `field` is where they are named.

    Raises:
        InvalidInput: there are more.
    """
    if count > MAX_UPLOADS:
        raise InvalidInput(f"{count} were given; {MAX_UPLOADS} are allowed at once.", field=[field])

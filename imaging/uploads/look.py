"""Looking at uploads: for those whose pictures they are to become, and for admins."""

import uuid
from collections.abc import Mapping, Sequence

from imaging.accounts.viewer import Viewer
from imaging.uploads.models import Upload


class Uploads:
    """The uploads as a viewer sees them; those of others are absent."""

    async def by_ids(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[Upload | None]:
        """Return the uploads in the order of the ids, None for those absent, in one query."""
        rows = await rows_by_id(ids)
        return [upload if upload is not None and is_seen(viewer, upload) else None for upload in map(rows.get, ids)]


def is_seen(viewer: Viewer, upload: Upload) -> bool:
    """Return True when the upload exists for this viewer."""
    return viewer.rules(upload.owner_id)


async def rows_by_id(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Upload]:
    """Return the uploads that exist, whoever asks, in one query."""
    return {upload.id: upload for upload in await Upload.filter(id__in=list(set(ids)))}

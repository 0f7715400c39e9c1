"""Writing the search documents of images again."""

from collections.abc import Sequence

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import Change
from imaging.images.edit import ChangeResult
from imaging.images.models import Image
from imaging.journal import outbox


class Reindex:
    """Promises to write the search document of each image again."""

    at_once = 100

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:  # noqa: ARG002 - whoever asks
        """Return changes that do not show."""
        return [Change() for _ in images]

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:  # noqa: ARG002 - their right was looked at
        """Put them into the outbox."""
        await outbox.enqueue_all([image.id for image in images])
        return [ChangeResult(image.id, image) for image in images]

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

    def foresee(self, image: Image) -> Change:  # noqa: ARG002 - the same for every image
        """Return a change that does not show."""
        return Change()

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:  # noqa: ARG002 - their right was looked at
        """Put them into the outbox."""
        for image in images:
            await outbox.enqueue(image.id)
        return [ChangeResult(image.id, image) for image in images]

"""Looking whether stored originals are still what was taken in."""

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import Cost
from imaging.images.models import Image
from imaging.images.originals import Originals

BYTES_PER_MS = 200_000


class Verify:
    """Reads every original, and fails at those that are damaged or gone."""

    at_once = 4

    def __init__(self, originals: Originals) -> None:
        self._originals = originals

    def cost(self, images: int, pixels: int, size_bytes: int) -> Cost:  # noqa: ARG002 - nothing is decoded
        """Return what reading takes."""
        return Cost(bytes=size_bytes, estimated_ms=2 * images + size_bytes // BYTES_PER_MS)

    async def work(self, viewer: Viewer, image: Image) -> None:  # noqa: ARG002 - their right was looked at
        """Read one original."""
        await self._originals.verify(image)

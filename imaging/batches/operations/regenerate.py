"""Reading everything from originals anew, as if they had just been uploaded."""

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import DECODED_AT_ONCE, Cost
from imaging.images.models import Image
from imaging.images.originals import Originals

PIXELS_PER_MS = 20_000


class Regenerate:
    """Decodes every original again: placeholder, hashes, colours, metadata."""

    at_once = DECODED_AT_ONCE

    def __init__(self, originals: Originals) -> None:
        self._originals = originals

    def cost(self, images: int, pixels: int, size_bytes: int) -> Cost:
        """Return what decoding takes."""
        return Cost(pixels=pixels, bytes=size_bytes, estimated_ms=10 * images + pixels // PIXELS_PER_MS)

    async def work(self, viewer: Viewer, image: Image) -> None:  # noqa: ARG002 - their right was looked at
        """Decode one original."""
        await self._originals.read_again(image)

"""Doing nothing to images: what a batch itself costs is measured by this."""

from collections.abc import Sequence

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import Change
from imaging.images.edit import ChangeResult
from imaging.images.models import Image


class Nothing:
    """Leaves every image as it is, and counts it as done; clients cannot ask for it."""

    at_once = 1_000

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:  # noqa: ARG002 - whoever asks
        """Return changes that do not show."""
        return [Change() for _ in images]

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:  # noqa: ARG002 - whoever asks
        """Change nothing."""
        return [ChangeResult(image.id, image) for image in images]

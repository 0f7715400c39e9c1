"""Deciding who sees images."""

from collections.abc import Sequence

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import Change, Json
from imaging.images.edit import ChangeResult, Editor, ImageChange
from imaging.images.models import Image, Visibility


class SetVisibility:
    """Makes images public, or private."""

    at_once = 50

    def __init__(self, editor: Editor, visibility: Visibility) -> None:
        self._editor = editor
        self._visibility = visibility

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:  # noqa: ARG002 - whoever asks
        """Return the visibility before and after."""
        return [self._change(image) for image in images]

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:
        """Change it; URLs change with it."""
        changes = [ImageChange(image.id, {"visibility": self._visibility}) for image in images]
        return await self._editor.update(viewer, changes)

    async def undo(self, viewer: Viewer, pairs: Sequence[tuple[Image, Json]]) -> Sequence[ChangeResult]:
        """Give back what each image had."""
        changes = [ImageChange(image.id, {"visibility": Visibility[was["visibility"]]}) for image, was in pairs]
        return await self._editor.update(viewer, changes)

    def _change(self, image: Image) -> Change:
        before = {"visibility": image.visibility.name}
        return Change(before, {"visibility": self._visibility.name}, before)

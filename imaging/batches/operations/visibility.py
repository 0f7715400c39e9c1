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

    def foresee(self, image: Image) -> Change:
        """Return the visibility before and after."""
        before = {"visibility": image.visibility.name}
        return Change(before, {"visibility": self._visibility.name}, before)

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:
        """Change it; URLs change with it."""
        changes = [ImageChange(image.id, {"visibility": self._visibility}) for image in images]
        return await self._editor.update(viewer, changes)

    async def undo(self, viewer: Viewer, pairs: Sequence[tuple[Image, Json]]) -> Sequence[ChangeResult]:
        """Give back what each image had."""
        changes = [ImageChange(image.id, {"visibility": Visibility[was["visibility"]]}) for image, was in pairs]
        return await self._editor.update(viewer, changes)

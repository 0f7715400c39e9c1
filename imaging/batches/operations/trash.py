"""Putting images into the trash, taking them out, and deleting them for good."""

from collections.abc import Sequence

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import Change, Json
from imaging.images.edit import ChangeResult
from imaging.images.models import Image, ImageState
from imaging.images.trash import Trash

AT_ONCE = 50

_TRASHED = {"state": ImageState.TRASHED.name}


class ToTrash:
    """Puts images into the trash."""

    at_once = AT_ONCE

    def __init__(self, trash: Trash) -> None:
        self._trash = trash

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:  # noqa: ARG002 - whoever asks
        """Return the state before and after."""
        return [Change({"state": image.state.name}, _TRASHED, {}) for image in images]

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:
        """Take them out of sight."""
        return await self._trash.trash(viewer, [image.id for image in images])

    async def undo(self, viewer: Viewer, pairs: Sequence[tuple[Image, Json]]) -> Sequence[ChangeResult]:
        """Take them out of the trash again."""
        return await self._trash.restore(viewer, [image.id for image, _ in pairs])


class FromTrash:
    """Takes images out of the trash."""

    at_once = AT_ONCE

    def __init__(self, trash: Trash) -> None:
        self._trash = trash

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:  # noqa: ARG002 - whoever asks
        """Return the state before and after."""
        return [self._change(image) for image in images]

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:
        """Give them back as they were."""
        return await self._trash.restore(viewer, [image.id for image in images])

    async def undo(self, viewer: Viewer, pairs: Sequence[tuple[Image, Json]]) -> Sequence[ChangeResult]:
        """Put them into the trash again."""
        return await self._trash.trash(viewer, [image.id for image, _ in pairs])

    def _change(self, image: Image) -> Change:
        is_trashed = image.state is ImageState.TRASHED
        after = (image.trashed_from or ImageState.READY) if is_trashed else image.state
        return Change({"state": image.state.name}, {"state": after.name}, {})


class Delete:
    """Deletes images for good."""

    at_once = AT_ONCE

    def __init__(self, trash: Trash) -> None:
        self._trash = trash

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:  # noqa: ARG002 - whoever asks
        """Return the state before; nothing is left after."""
        return [Change({"state": image.state.name}, None) for image in images]

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:
        """Forget their rows now, and their bytes soon after."""
        return await self._trash.delete(viewer, [image.id for image in images])

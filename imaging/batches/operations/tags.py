"""Giving tags to images, and taking them away."""

from collections.abc import Iterable, Sequence
from typing import Any

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import Change, Json
from imaging.errors import InvalidInput
from imaging.images.edit import ChangeResult, Editor, ImageChange
from imaging.images.fields import clean_tags, tag_key
from imaging.images.models import Image

AT_ONCE = 50


class Tag:
    """Gives each image some tags beside those it has."""

    at_once = AT_ONCE

    def __init__(self, editor: Editor, tags: object) -> None:
        self._editor = editor
        self._tags = some(tags)

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:  # noqa: ARG002 - whoever asks
        """Return the tags before and after."""
        return [self._change(image) for image in images]

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:
        """Add the tags; an image that would have too many is refused."""
        return await self._editor.update(viewer, [_retagged(image, united(image, self._tags)) for image in images])

    async def undo(self, viewer: Viewer, pairs: Sequence[tuple[Image, Json]]) -> Sequence[ChangeResult]:
        """Take away what was added, and leave what people added since."""
        return await self._editor.update(
            viewer, [_retagged(image, without(image, was["tags"])) for image, was in pairs]
        )

    def _change(self, image: Image) -> Change:
        return Change({"tags": list(image.tags)}, {"tags": united(image, self._tags)}, _memory(self._new(image)))

    def _new(self, image: Image) -> list[str]:
        has = keys(image.tags)
        return [tag for tag in self._tags if tag_key(tag) not in has]


class Untag:
    """Takes some tags from each image."""

    at_once = AT_ONCE

    def __init__(self, editor: Editor, tags: object) -> None:
        self._editor = editor
        self._tags = some(tags)

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:  # noqa: ARG002 - whoever asks
        """Return the tags before and after."""
        return [self._change(image) for image in images]

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:
        """Remove the tags, however they are spelt."""
        return await self._editor.update(viewer, [_retagged(image, without(image, self._tags)) for image in images])

    async def undo(self, viewer: Viewer, pairs: Sequence[tuple[Image, Json]]) -> Sequence[ChangeResult]:
        """Give back what was taken, behind what the image has now."""
        changes = [_retagged(image, united(image, was["tags"])) for image, was in pairs]
        return await self._editor.update(viewer, changes)

    def _change(self, image: Image) -> Change:
        barred = keys(self._tags)
        lost = [tag for tag in image.tags if tag_key(tag) in barred]
        return Change({"tags": list(image.tags)}, {"tags": without(image, self._tags)}, _memory(lost))


def some(tags: object) -> list[str]:
    """Return the tags, cleaned.

    Raises:
        InvalidInput: there are none or too many, or one is empty, too long or no text.
    """
    cleaned = clean_tags(tags)
    if not cleaned:
        raise InvalidInput("Name at least one tag.", field=["tags"])
    return cleaned


def united(image: Image, tags: Iterable[str]) -> list[str]:
    """Return the image's tags, and behind them those that it has not."""
    has = keys(image.tags)
    return [*image.tags, *(tag for tag in tags if tag_key(tag) not in has)]


def without(image: Image, tags: Iterable[str]) -> list[str]:
    """Return the image's tags but these."""
    barred = keys(tags)
    return [tag for tag in image.tags if tag_key(tag) not in barred]


def keys(tags: Iterable[str]) -> set[str]:
    """Return what tags are compared by."""
    return {tag_key(tag) for tag in tags}


def _memory(tags: Sequence[str]) -> dict[str, Any]:
    return {"tags": list(tags)}


def _retagged(image: Image, tags: list[str]) -> ImageChange:
    return ImageChange(image.id, {"tags": tags})

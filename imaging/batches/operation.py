"""What every operation of a batch can do: foresee, do, and perhaps undo."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from tortoise.expressions import Q

from imaging.accounts.viewer import Viewer
from imaging.errors import ImagingError
from imaging.images.edit import ChangeResult
from imaging.images.models import Image

Json = Mapping[str, Any]
"""A JSON object; `Any` is whatever it holds."""


DECODED_AT_ONCE = max(1, (os.cpu_count() or 1) - 1)
"""How many pictures a batch has decoded side by side: a core is left to those who wait for an answer."""


@dataclass(frozen=True, slots=True)
class Change:
    """What of an image differs before and after, as people are shown it.

    `after` is None when the image will be gone, both are None when what is done does not show. `memory` is what
    undoing needs to know; `error` says why it cannot be done to this one.
    """

    before: Json | None = None
    after: Json | None = None
    memory: Json | None = None
    error: ImagingError | None = None

    @property
    def is_none(self) -> bool:
        """True when the image is already as it is to be."""
        return self.before is not None and self.before == self.after


@dataclass(frozen=True, slots=True)
class Cost:
    """What a batch takes, about: pictures made, pixels decoded, bytes read from the store, and time."""

    renditions: int = 0
    pixels: int = 0
    bytes: int = 0
    estimated_ms: int = 0


@runtime_checkable
class RowOperation(Protocol):
    """Changes rows alone: an image's change is committed together with the word that it is done."""

    at_once: int
    """How many images are changed in one transaction."""

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:
        """Return what would change about each image, in order."""

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:
        """Change images, and tell what became of each, in order; called inside a transaction."""


@runtime_checkable
class Undoable(Protocol):
    """Can be undone, inside a transaction like `apply`."""

    async def undo(self, viewer: Viewer, pairs: Sequence[tuple[Image, Json]]) -> Sequence[ChangeResult]:
        """Take the change back, and nothing that was changed since; each image comes with its `Change.memory`."""


@runtime_checkable
class Borrowing(Protocol):
    """Changes something other than the images, which are only seen: so it has rights of its own to go by.

    `foresee` looks at the right to each image once more.
    """

    async def admit(self, viewer: Viewer) -> None:
        """Accept who may change what is to be changed.

        Raises:
            Forbidden, NotFound: they may not, or it is not there for them.
        """

    def reach(self, viewer: Viewer, *, named: bool) -> Q:
        """Return what images it can be done to; `named` when they are selected one by one."""


@runtime_checkable
class SlowOperation(Protocol):
    """Reads or makes bytes: done outside of any transaction, perhaps twice, with the same result."""

    at_once: int
    """How many images are worked on side by side."""

    def cost(self, images: int, pixels: int, size_bytes: int) -> Cost:
        """Return about what so many images take, which have so many pixels and bytes together."""

    async def work(self, viewer: Viewer, image: Image) -> None:
        """Do it to one image, which the viewer may change.

        Raises:
            ImagingError: it cannot be done to this one.
        """


Operation = RowOperation | SlowOperation

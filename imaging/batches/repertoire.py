"""What batches can do: each operation by its name, made from the wish that a batch keeps as JSON."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from imaging.batches.operation import Operation, Undoable
from imaging.batches.operations.collect import MoveToCollection, route
from imaging.batches.operations.nothing import Nothing
from imaging.batches.operations.regenerate import Regenerate
from imaging.batches.operations.reindex import Reindex
from imaging.batches.operations.tags import Tag, Untag
from imaging.batches.operations.trash import Delete, FromTrash, ToTrash
from imaging.batches.operations.verify import Verify
from imaging.batches.operations.visibility import SetVisibility
from imaging.batches.operations.warm import Warm
from imaging.delivery.addresses import Addresses
from imaging.delivery.deliver import Delivery
from imaging.errors import InvalidInput
from imaging.images.edit import Editor
from imaging.images.models import ImageState, Visibility
from imaging.images.originals import Originals
from imaging.images.trash import Trash

NOTHING = "NOTHING"
"""What measurements ask for; clients cannot."""

CONFIRMED_ABOVE = {"DELETE": 0, "TRASH": 100}
"""Of these operations, more images than this want a confirm token."""


class BatchOperation(enum.Enum):
    """What clients may ask for."""

    TAG = "TAG"
    UNTAG = "UNTAG"
    SET_VISIBILITY = "SET_VISIBILITY"
    MOVE_TO_COLLECTION = "MOVE_TO_COLLECTION"
    TRASH = "TRASH"
    RESTORE = "RESTORE"
    DELETE = "DELETE"
    REINDEX = "REINDEX"
    WARM = "WARM"
    REGENERATE = "REGENERATE"
    VERIFY = "VERIFY"


Make = Callable[[Mapping[str, Any]], Operation]
"""Makes an operation of the wish; `Any` is whatever JSON it holds."""


class Repertoire:
    """Makes operations by their names."""

    def __init__(self, makers: Mapping[str, Make]) -> None:
        self._makers = dict(makers)

    def make(self, name: str, wish: Mapping[str, Any]) -> Operation:
        """Return what does this.

        Raises:
            InvalidInput: the wish is not one that can be fulfilled, or no such operation is known.
        """
        if name not in self._makers:
            raise InvalidInput(f"No operation {name} is known here.")
        return self._makers[name](wish)

    def can_undo(self, name: str, wish: Mapping[str, Any]) -> bool:
        """Return True when what was done can be undone; what another version began may be beyond this one."""
        try:
            return isinstance(self.make(name, wish), Undoable)
        except InvalidInput:
            return False


@dataclass(frozen=True, slots=True)
class Tools:
    """The use cases of other rooms that do it to each image."""

    editor: Editor
    trash: Trash
    originals: Originals
    addresses: Addresses
    delivery: Delivery


def repertoire(tools: Tools) -> Repertoire:
    """Return everything that the other rooms can do to many images."""
    editor, trash, originals = tools.editor, tools.trash, tools.originals
    makers: dict[str, Make] = {
        "TAG": lambda wish: Tag(editor, wish["tags"]),
        "UNTAG": lambda wish: Untag(editor, wish["tags"]),
        "SET_VISIBILITY": lambda wish: SetVisibility(editor, Visibility[wish["visibility"]]),
        "MOVE_TO_COLLECTION": lambda wish: MoveToCollection(route(wish)),
        "TRASH": lambda _: ToTrash(trash),
        "RESTORE": lambda _: FromTrash(trash),
        "DELETE": lambda _: Delete(trash),
        "REINDEX": lambda _: Reindex(),
        "WARM": lambda wish: Warm(tools.addresses, tools.delivery, wish["transforms"]),
        "REGENERATE": lambda _: Regenerate(originals),
        "VERIFY": lambda _: Verify(originals),
        NOTHING: lambda _: Nothing(),
    }
    return Repertoire(makers)


def states_looked_at(name: str) -> tuple[ImageState, ...]:
    """Return in which states images are looked for when a filter names none; empty for all but the trash."""
    return (ImageState.TRASHED,) if name == "RESTORE" else ()

"""Pages by keyset: where one begins and ends is remembered by values, not by counting."""

import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tortoise.expressions import Q

from imaging.errors import InvalidInput
from imaging.images import places
from imaging.images.filter import NEWEST_FIRST, ImageSort, SortField, distinct
from imaging.images.models import Image

DEFAULT_SIZE = 20
MAX_SIZE = 100

_THIS_LIST = "this list in this order"

Item = TypeVar("Item")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: `first` from the start or behind `after`, or `last` from the end or before `before`.

    Raises:
        InvalidInput: both directions are given, or a size is out of range.
    """

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None:
            raise InvalidInput("Give `first` or `last`, not both.", field=["last"])
        for name in ("first", "last"):
            size = getattr(self, name)
            if size is not None and not 0 <= size <= MAX_SIZE:
                raise InvalidInput(f"`{name}` is {size}; it must be between 0 and {MAX_SIZE}.", field=[name])

    @property
    def backward(self) -> bool:
        """True when the page is counted from the end: `last` is given, or `before` without `first` and `after`."""
        return self.last is not None or (self.before is not None and self.first is None and self.after is None)

    @property
    def size(self) -> int:
        """The most items that the page may have."""
        given = self.last if self.first is None else self.first
        return DEFAULT_SIZE if given is None else given

    @property
    def bounds(self) -> Sequence[tuple[str, str, bool]]:
        """The cursors that are given, each with its argument before it, and True when the page lies before it."""
        given = (("after", self.after, False), ("before", self.before, True))
        return [(argument, cursor, backward) for argument, cursor, backward in given if cursor is not None]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items of a list in its order, a cursor for each, and whether there is more on either side."""

    items: Sequence[Item]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


class Keyset:
    """An order of images in which every image has exactly one place."""

    def __init__(self, sort: ImageSort | Sequence[ImageSort]) -> None:
        steps = distinct([sort] if isinstance(sort, ImageSort) else list(sort) or [NEWEST_FIRST])
        self._columns = [_column(step.field.value, step.descending) for step in steps]
        # In the direction of the last step, so that one index serves both.
        self._columns.append(_column("id", steps[-1].descending))
        self._kinds = [*(_kind(step.field) for step in steps), uuid.UUID]
        self._name = ",".join(f"{step.field.name}{'-' if step.descending else '+'}" for step in steps)

    def order(self, *, backward: bool) -> list[str]:
        """Return what Tortoise sorts by."""
        return places.order(self._columns, backward=backward)

    def beyond(self, cursor: str, argument: str, *, backward: bool) -> Q:
        """Return what lies behind the cursor, or before it when going backward.

        Raises:
            InvalidCursor: it was not given out for this order.
        """
        name, *values = places.opened(cursor, argument, str, *self._kinds, of=_THIS_LIST)
        if name != self._name:
            raise places.unknown(argument, _THIS_LIST)
        return places.beyond(self._columns, values, backward=backward)

    def cursor(self, image: Image) -> str:
        """Return the place of the image in this order."""
        return places.sealed(self._name, *(getattr(image, column.removeprefix("-")) for column in self._columns))


def cut(
    rows: Sequence[Row], request: PageRequest, cursor_of: Callable[[Row], str], item_of: Callable[[Row], Item]
) -> Page[Item]:
    """Return the page of rows that were read in its direction, with one more than it may have."""
    more, shown = len(rows) > request.size, list(rows[: request.size])
    if request.backward:
        shown.reverse()
    has_next = more if not request.backward else request.before is not None
    has_previous = more if request.backward else request.after is not None
    cursors = [cursor_of(row) for row in shown]
    return Page([item_of(row) for row in shown], cursors, has_next=has_next, has_previous=has_previous)


def itself(row: Row) -> Row:
    """Return the row, where rows are what a list shows."""
    return row


def _column(name: str, descending: bool) -> str:
    return f"-{name}" if descending else name


def _kind(field: SortField) -> type:
    if field in (SortField.CREATED, SortField.UPDATED):
        return datetime.datetime
    return int if field in (SortField.SIZE, SortField.PIXELS) else str

"""Pages by keyset: where one begins and ends is remembered by values, not by counting."""

import base64
import datetime
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tortoise.expressions import Q

from imaging.errors import InvalidCursor, InvalidInput
from imaging.images.filter import NEWEST_FIRST, ImageSort, SortField, distinct
from imaging.images.models import Image

DEFAULT_SIZE = 20
MAX_SIZE = 100

_MAX_CURSOR = 2_000
_INT64 = 2**63
_TIMES = (SortField.CREATED, SortField.UPDATED)

Item = TypeVar("Item")


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
        self._steps = distinct([sort] if isinstance(sort, ImageSort) else list(sort) or [NEWEST_FIRST])
        self._columns = [(step.field.value, step.descending) for step in self._steps]
        # In the direction of the last step, so that one index serves both.
        self._columns.append(("id", self._steps[-1].descending))
        self._name = ",".join(f"{step.field.name}{'-' if step.descending else '+'}" for step in self._steps)

    def order(self, *, backward: bool) -> list[str]:
        """Return what Tortoise sorts by."""
        return [("-" if descending is not backward else "") + name for name, descending in self._columns]

    def beyond(self, cursor: str, argument: str, *, backward: bool) -> Q:
        """Return what lies behind the cursor, or before it when going backward.

        Raises:
            InvalidCursor: it was not given out for this order.
        """
        values = self._values(cursor, argument)
        branches = []
        for index, (name, descending) in enumerate(self._columns):
            same = {known: values[place] for place, (known, _) in enumerate(self._columns[:index])}
            branches.append(Q(**same, **{f"{name}__{_side(descending, backward)}": values[index]}))
        name, descending = self._columns[0]
        # Says nothing new, but lets the database begin at the right place of an index.
        bound = Q(**{f"{name}__{_side(descending, backward)}e": values[0]})
        return Q(bound, Q(*branches, join_type="OR"))

    def cursor(self, image: Image) -> str:
        """Return the place of the image in this order, opaque and safe in a URL."""
        values = [self._name, *(_written(getattr(image, name)) for name, _ in self._columns)]
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _values(self, cursor: str, argument: str) -> list[Any]:  # Any: what the columns hold
        try:
            if len(cursor) > _MAX_CURSOR:
                raise ValueError
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            name, *written = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if name != self._name or len(written) != len(self._columns):
                raise ValueError
            fields: list[SortField | None] = [*(step.field for step in self._steps), None]
            return [_read(field, value) for field, value in zip(fields, written, strict=True)]
        except (ValueError, TypeError, OverflowError, RecursionError):
            message = f"`{argument}` is not a cursor of this list in this order."
            raise InvalidCursor(message, field=[argument]) from None


def _side(descending: bool, backward: bool) -> str:
    return "lt" if descending is not backward else "gt"


def _written(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    return value.hex if isinstance(value, uuid.UUID) else value


def _read(field: SortField | None, value: object) -> object:
    """Return a value as the column holds it; the field None is the id."""
    if field is SortField.SIZE or field is SortField.PIXELS:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _INT64:
            raise ValueError
        return value
    if not isinstance(value, str):
        raise TypeError
    value.encode()
    if field is None:
        return uuid.UUID(hex=value)
    if field in _TIMES:
        return datetime.datetime.fromisoformat(value).astimezone(datetime.UTC)
    return value

"""Places in lists that are in the order of two columns, the second of which tells equals apart."""

import base64
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tortoise.expressions import Q

from imaging.errors import InvalidCursor
from imaging.images.page import Page, PageRequest

_MAX_CURSOR = 2_000
_INT64 = 2**63

Row = TypeVar("Row")
Item = TypeVar("Item")


def sealed(*values: str | int | uuid.UUID) -> str:
    """Return a place as a cursor, opaque and safe in a URL."""
    plain = [value.hex if isinstance(value, uuid.UUID) else value for value in values]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def opened(cursor: str, argument: str, *kinds: type) -> list[Any]:  # Any: values of these kinds
    """Return the values of a cursor that was given as this argument.

    Raises:
        InvalidCursor: it does not hold values of these kinds.
    """
    try:
        if len(cursor) > _MAX_CURSOR:
            raise ValueError
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError
        return [_read(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise not_of_this_list(argument) from None


def not_of_this_list(argument: str) -> InvalidCursor:
    """Say that a cursor was not given out for the list that it was given to."""
    return InvalidCursor(f"`{argument}` is not a cursor of this list.", field=[argument])


def beyond(columns: tuple[str, str], values: Sequence[Any], *, backward: bool) -> Q:
    """Return what lies behind a place, or before it when going backward; `Any`: what the columns hold."""
    (first, second), side = columns, "lt" if backward else "gt"
    same_first = Q(**{first: values[0], f"{second}__{side}": values[1]})
    exact = Q(Q(**{f"{first}__{side}": values[0]}), same_first, join_type=Q.OR)
    # The bound says nothing new, but lets the database begin at the right place of an index.
    return Q(Q(**{f"{first}__{side}e": values[0]}), exact)


def order(columns: Sequence[str], request: PageRequest) -> list[str]:
    """Return what Tortoise sorts by, for the direction in which the page is read."""
    return [("-" if request.backward else "") + column for column in columns]


def cut(
    rows: Sequence[Row], request: PageRequest, item_of: Callable[[Row], Item], cursor_of: Callable[[Row], str]
) -> Page[Item]:
    """Return the page of rows that were read in its direction, with one more than it may have."""
    more, shown = len(rows) > request.size, list(rows[: request.size])
    if request.backward:
        shown.reverse()
    has_next = more if not request.backward else request.before is not None
    has_previous = more if request.backward else request.after is not None
    cursors = [cursor_of(row) for row in shown]
    return Page([item_of(row) for row in shown], cursors, has_next=has_next, has_previous=has_previous)


def _read(value: object, kind: type) -> object:
    if kind is int:
        if isinstance(value, bool) or not isinstance(value, int) or not -_INT64 <= value < _INT64:
            raise ValueError
        return value
    if not isinstance(value, str):
        raise TypeError
    value.encode()
    return uuid.UUID(hex=value) if kind is uuid.UUID else value

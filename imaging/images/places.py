"""Places in lists: cursors hold the values that a list is sorted by, opaque to clients.

Columns are named as Tortoise sorts by them: `-created_at` descends. The last of them tells equals apart.
"""

import base64
import datetime
import json
import uuid
from collections.abc import Sequence
from typing import Any

from tortoise.expressions import Q

from imaging.errors import InvalidCursor

_MAX_CURSOR = 2_000
_INT64 = 2**63

Value = str | int | uuid.UUID | datetime.datetime


def sealed(*values: Value) -> str:
    """Return a place as a cursor, opaque and safe in a URL."""
    text = json.dumps([_written(value) for value in values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def opened(cursor: str, argument: str, *kinds: type, of: str = "this list") -> list[Any]:  # Any: values of these kinds
    """Return the values of a cursor that was given as this argument.

    Raises:
        InvalidCursor: it does not hold values of these kinds.
    """
    try:
        if len(cursor) > _MAX_CURSOR:
            raise ValueError
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list):
            raise TypeError
        return [_read(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise unknown(argument, of) from None


def unknown(argument: str, of: str = "this list") -> InvalidCursor:
    """Say that a cursor was not given out for the list that it was given to."""
    return InvalidCursor(f"`{argument}` is not a cursor of {of}.", field=[argument])


def order(columns: Sequence[str], *, backward: bool) -> list[str]:
    """Return what Tortoise sorts by, for the direction in which a page is read."""
    return [_turned(column) if backward else column for column in columns]


def beyond(columns: Sequence[str], values: Sequence[Any], *, backward: bool) -> Q:  # Any: as Q takes them
    """Return what lies behind a place, or before it when going backward."""
    names = [column.removeprefix("-") for column in columns]
    sides = ["lt" if column.startswith("-") else "gt" for column in order(columns, backward=backward)]
    branches = []
    for index, name in enumerate(names):
        same = dict(zip(names[:index], values[:index], strict=True))
        branches.append(Q(**same, **{f"{name}__{sides[index]}": values[index]}))
    # Says nothing new, but lets the database begin at the right place of an index.
    bound = Q(**{f"{names[0]}__{sides[0]}e": values[0]})
    return Q(bound, Q(*branches, join_type="OR"))


def _turned(column: str) -> str:
    return column[1:] if column.startswith("-") else f"-{column}"


def _written(value: Value) -> str | int:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    return value.hex if isinstance(value, uuid.UUID) else value


def _read(value: object, kind: type) -> Value:
    if kind is int:
        if isinstance(value, bool) or not isinstance(value, int) or not -_INT64 <= value < _INT64:
            raise ValueError
        return value
    if not isinstance(value, str):
        raise TypeError
    value.encode()
    if kind is uuid.UUID:
        return uuid.UUID(hex=value)
    return datetime.datetime.fromisoformat(value).astimezone(datetime.UTC) if kind is datetime.datetime else value

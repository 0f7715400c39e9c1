"""Scalars of the API: values that GraphQL's own five cannot say."""

import datetime
import re
from collections.abc import Callable
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from imaging.images.spool import SpoolFile

URL = NewType("URL", str)
Long = NewType("Long", int)
Color = NewType("Color", str)
JSON = NewType("JSON", object)
Upload = NewType("Upload", SpoolFile)
"""A finished file: the transport has written the part's bytes before the operation runs."""

_LONG_LIMIT = 2**53
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:\d\d)")


def _write_time(value: datetime.datetime) -> str:
    return value.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_time(value: object) -> datetime.datetime:
    if not isinstance(value, str) or not _OFFSET.search(value[10:].upper()):
        raise GraphQLError("DateTime is an ISO 8601 text with its offset, such as 2026-05-17T09:30:00Z.")
    try:
        return datetime.datetime.fromisoformat(value).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise GraphQLError("DateTime is an ISO 8601 text with its offset, such as 2026-05-17T09:30:00Z.") from None


def _read_long(value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _LONG_LIMIT:
        raise GraphQLError("Long is a whole number between -2^53 and 2^53.")
    return value


def _read_color(value: object) -> str:
    if not isinstance(value, str) or not _COLOR.fullmatch(value):
        raise GraphQLError("Color is #rgb, #rgba, #rrggbb or #rrggbbaa in hexadecimal digits.")
    digits = value[1:].lower()
    return "#" + (digits if len(digits) > 4 else "".join(digit * 2 for digit in digits))


def _read_url(value: object) -> str:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise GraphQLError("URL is an absolute address that starts with http:// or https://.")
    return value


def _read_upload(value: object) -> object:
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        raise GraphQLError("Upload is a file sent by the GraphQL multipart request specification.")
    return value


def _refuse_upload(value: object) -> object:
    raise GraphQLError(f"Upload is for questions only; it cannot answer with a {type(value).__name__}.")


def _as_is(value: Any) -> Any:
    return value


def _scalar(
    name: str,
    description: str,
    *,
    write: Callable[[Any], object] = _as_is,
    read: Callable[[Any], object] = _as_is,
    standard: str | None = None,
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, specified_by_url=standard, serialize=write, parse_value=read
    )


SCALARS: dict[object, ScalarDefinition] = {
    datetime.datetime: _scalar(
        "DateTime",
        "A moment as ISO 8601 text. Answers are UTC with milliseconds, such as `2026-05-17T09:30:00.000Z`; "
        "questions may use any offset.",
        write=_write_time,
        read=_read_time,
        standard="https://scalars.graphql.org/andimarek/date-time.html",
    ),
    URL: _scalar(
        "URL",
        "An absolute address, ready for `src` or `href`.",
        read=_read_url,
        standard="https://url.spec.whatwg.org/",
    ),
    Long: _scalar(
        "Long",
        "A whole number that may exceed 32 bits, and never exceeds what a JavaScript number holds exactly.",
        read=_read_long,
    ),
    Color: _scalar(
        "Color",
        "A colour as in CSS: `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`. Answers are `#rrggbb` in lower case.",
        read=_read_color,
    ),
    JSON: _scalar(
        "JSON",
        "Any JSON value.",
        standard="https://www.rfc-editor.org/rfc/rfc8259",
    ),
    Upload: _scalar(
        "Upload",
        "A file: its own part of a `multipart/form-data` request, with `null` in its place in the variables.",
        write=_refuse_upload,
        read=_read_upload,
        standard="https://github.com/jaydenseric/graphql-multipart-request-spec",
    ),
}

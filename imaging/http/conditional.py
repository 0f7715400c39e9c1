"""Conditional and range requests: what of the stored bytes a client still needs. Source: RFC 9110, 13 and 14."""

import re
from dataclasses import dataclass

from starlette.datastructures import Headers

_TAGS = re.compile(r'\s*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')
_RANGE = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from `start` up to but not including `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start


class UnsatisfiableRange(Exception):
    """The client asks only for bytes behind the end."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self.size_bytes = size_bytes


def is_unchanged(headers: Headers, etag: str) -> bool:
    """Return True when the client has these bytes already; `etag` is quoted."""
    tags = headers.get("if-none-match")
    if tags is None:
        return False
    return tags.strip() == "*" or etag in _TAGS.findall(tags)


def wanted_part(headers: Headers, etag: str, size_bytes: int) -> Part | None:
    """Return the one range asked for, or None for the whole.

    Several ranges, another unit, a malformed range, or one of other bytes (`If-Range`) ask for the whole.

    Raises:
        UnsatisfiableRange: it begins behind the end, or is empty.
    """
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or headers.get("if-range", etag) != etag:
        return None
    first, last, tail = (None if digits is None else int(digits) for digits in match.groups())
    if first is None:
        first, last = max(0, size_bytes - (tail or 0)), None
    end = size_bytes if last is None else min(size_bytes, last + 1)
    if last is not None and last < first:
        return None
    if first >= size_bytes:
        raise UnsatisfiableRange(size_bytes)
    return Part(first, end)

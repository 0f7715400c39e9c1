"""HEIF, the container of AVIF and HEIC: boxes. Source: ISO/IEC 14496-12 and 23008-12."""

from collections.abc import Iterator
from typing import BinaryIO

from imaging.render.headers.parts import Claim, broken, ended, size_of, take

_CONTAINERS = {b"meta": 4, b"iprp": 0, b"ipco": 0}
# Anything else behind the last of these is rubbish that decoders pass over.
_TOP_LEVEL = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"idat", b"free"})
# What comes before the box that names sizes: a file of nothing else is the beginning of one.
_BEFORE_SIZES = frozenset({b"ftyp", b"free"})
_MOST_BOXES = 10_000


def claim(file: BinaryIO) -> Claim:
    """Return the largest size that any image item has (tiles and thumbnails are smaller than what they belong to).

    Raises:
        FileRejected: there is none; TruncatedFile when it may be in what is missing.
    """
    sizes = list(_sizes(file))
    if not sizes:
        if not _top_level(file) - _BEFORE_SIZES:
            raise ended()
        raise broken("it names no picture size")
    return max(sizes, key=lambda size: size.width * size.height)


def survey(file: BinaryIO, _most_pages: int) -> int:
    """Return the number of pages, one, having seen that the boxes end where the file does.

    Raises:
        TruncatedFile: a box is longer than what is left of the file.
    """
    _top_level(file)
    return 1


def _top_level(file: BinaryIO) -> set[bytes]:
    """Return the kinds of the boxes that are in no other.

    Raises:
        TruncatedFile: a box is longer than what is left of the file.
    """
    size = size_of(file)
    at = 0
    kinds: set[bytes] = set()
    for _ in range(_MOST_BOXES):
        if at + 8 > size:
            return kinds
        kind, _, at = _box(file, at, size)
        kinds.add(kind)
        if at > size and kind in _TOP_LEVEL:
            raise ended()
    raise broken("it has too many boxes")


def _sizes(file: BinaryIO) -> Iterator[Claim]:
    ranges = [(0, size_of(file))]
    for _ in range(_MOST_BOXES):
        while ranges and ranges[-1][0] + 8 > ranges[-1][1]:
            ranges.pop()
        if not ranges:
            return
        at, end = ranges.pop()
        kind, start, following = _box(file, at, end)
        ranges.append((following, end))
        if kind == b"ispe":
            file.seek(start + 4)
            body = take(file, 8)
            yield Claim(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:], "big"))
        elif kind in _CONTAINERS:
            ranges.append((start + _CONTAINERS[kind], min(following, end)))


def _box(file: BinaryIO, at: int, end: int) -> tuple[bytes, int, int]:
    """Return a box's kind, where its content starts and where the next box does."""
    file.seek(at)
    head = take(file, 8)
    length, start = int.from_bytes(head[:4], "big"), at + 8
    if length == 1:
        length, start = int.from_bytes(take(file, 8), "big"), at + 16
    if length == 0:
        return head[4:8], start, end
    if at + length < start:
        raise broken("it has a box shorter than its own head")
    return head[4:8], start, at + length

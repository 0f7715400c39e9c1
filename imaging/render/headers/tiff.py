"""TIFF and BigTIFF: directories. Source: TIFF Revision 6.0, Adobe 1992; BigTIFF by libtiff."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Literal

from imaging.render.headers.parts import Claim, broken, ended, size_of, take

_WIDTH, _HEIGHT = 256, 257
_PLACES = ((273, 279), (324, 325))
_KINDS = {1: 1, 3: 2, 4: 4, 16: 8}
_LENGTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8}
_FIRST_PRIVATE = 32_768
_MOST_STRIPS = 1_000_000

Values = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class Layout:
    """How numbers are written in this file: byte order, and the lengths of offsets and directory parts."""

    order: Literal["little", "big"]
    big: bool

    @property
    def offset_bytes(self) -> int:
        """How long an offset is."""
        return 8 if self.big else 4

    def number(self, data: bytes) -> int:
        """Read an unsigned number."""
        return int.from_bytes(data, self.order)


def claim(file: BinaryIO) -> Claim:
    """Return the size of the first page.

    Raises:
        FileRejected: the first directory does not tell.
    """
    layout, first = _start(file)
    entries, _ = _directory(file, layout, first)
    return Claim(_one(layout, entries, _WIDTH), _one(layout, entries, _HEIGHT))


def survey(file: BinaryIO, most_pages: int) -> int:
    """Count the pages, as far as one past `most_pages`, having seen that the first one's pixels lie in the file.

    Raises:
        TruncatedFile: a directory or the first page's pixels lie past the end.
        CorruptFile: the directories run in a circle.
    """
    size = size_of(file)
    layout, offset = _start(file)
    seen: set[int] = set()
    while offset:
        if offset in seen:
            raise broken("its directories run in a circle")
        if offset >= size:
            raise ended()
        seen.add(offset)
        entries, following = _directory(file, layout, offset)
        _check_values(layout, entries, size)
        if len(seen) == 1:
            _check_extent(file, layout, entries, size)
        if len(seen) > most_pages:
            break
        offset = following
    return max(1, len(seen))


def _start(file: BinaryIO) -> tuple[Layout, int]:
    head = take(file, 8)
    layout = Layout("little" if head[:2] == b"II" else "big", 43 in (head[2], head[3]))
    first = layout.number(take(file, 8) if layout.big else head[4:8])
    if first < 8:
        raise broken("it has no directory")
    return layout, first


def _directory(file: BinaryIO, layout: Layout, offset: int) -> tuple[dict[int, Values], int]:
    """Return tag → (kind, count, value or offset), and where the next directory is (0 for none)."""
    if offset >= size_of(file):
        raise ended()
    file.seek(offset)
    count = layout.number(take(file, 8 if layout.big else 2))
    if not 0 < count <= 65_535:
        raise broken("it has a directory without entries")
    length = 20 if layout.big else 12
    data = take(file, count * length)
    entries: dict[int, Values] = {}
    for at in range(0, len(data), length):
        tag, kind = layout.number(data[at : at + 2]), layout.number(data[at + 2 : at + 4])
        number = layout.number(data[at + 4 : at + 4 + layout.offset_bytes])
        # Of a tag that comes twice decoders take the first.
        entries.setdefault(tag, (kind, number, data[at + 4 + layout.offset_bytes : at + length]))
    # Old writers leave out the offset after the last directory of a file.
    following = file.read(layout.offset_bytes)
    return entries, layout.number(following) if len(following) == layout.offset_bytes else 0


def _one(layout: Layout, entries: dict[int, Values], tag: int) -> int:
    kind, count, value = entries.get(tag, (0, 0, b""))
    if count != 1 or kind not in _KINDS:
        raise broken("its first page has no size")
    return layout.number(value[: _KINDS[kind]])


def _check_values(layout: Layout, entries: dict[int, Values], size: int) -> None:
    for tag, (kind, count, value) in entries.items():
        length = _LENGTHS.get(kind, 0) * count
        # Private tags may say anything: decoders pass over those they cannot read.
        if tag < _FIRST_PRIVATE and length > layout.offset_bytes and layout.number(value) + length > size:
            raise ended()


def _check_extent(file: BinaryIO, layout: Layout, entries: dict[int, Values], size: int) -> None:
    for places, lengths in _PLACES:
        if places in entries and lengths in entries:
            starts = _many(file, layout, entries[places])
            for start, length in zip(starts, _many(file, layout, entries[lengths]), strict=False):
                if start + length > size:
                    raise ended()


def _many(file: BinaryIO, layout: Layout, entry: Values) -> Iterable[int]:
    kind, count, value = entry
    width = _KINDS.get(kind)
    if width is None or count > _MOST_STRIPS:
        return ()
    if count * width > layout.offset_bytes:
        file.seek(layout.number(value))
        value = take(file, count * width)
    return (layout.number(value[at : at + width]) for at in range(0, count * width, width))

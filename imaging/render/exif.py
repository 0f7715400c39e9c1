"""Reads EXIF: what the camera wrote. Source: Exif 3.0 (CIPA DC-008-2023), 4.6; TIFF 6.0.

Bounded whatever the bytes say: so many directories, entries and bytes a value, and every value finite.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL.ExifTags import GPSTAGS, TAGS

from imaging.render.text import clean

Value = str | bytes | int | float | tuple[int, ...] | tuple[float, ...]
Read = Callable[[int, int], bytes]

MOST_ENTRIES = 512
MOST_VALUE_BYTES = 65_536
ORIENTATION = 0x0112

_CAMERA_POINTER, _GPS_POINTER = 0x8769, 0x8825
_ASCII, _UNDEFINED = 2, 7
_RATIONALS = {5: "II", 10: "ii"}
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d"}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
# Pointers, and blocks that mean nothing outside the camera's own software.
_OPAQUE = frozenset({_CAMERA_POINTER, _GPS_POINTER, 0xA005, 0x927C, 0x02BC, 0x83BB, 0x8649, 0x8773, 0x9286})
# A TIFF's own layout is no statement about the picture.
_LAYOUT = frozenset({273, 279, 324, 325, 320, 347, 330, 338, 339})
_LONGEST_LIST = 16


@dataclass(frozen=True, slots=True)
class Exif:
    """Tag → value of the main, the camera's and the GPS directory."""

    main: dict[int, Value] = field(default_factory=dict)
    camera: dict[int, Value] = field(default_factory=dict)
    gps: dict[int, Value] = field(default_factory=dict)

    def named(self) -> dict[str, str | int | float | list[int] | list[float]]:
        """Return name → value, fit for JSON; names of the GPS directory start with `GPS`."""
        named = {}
        for names, values in ((TAGS, self.main), (TAGS, self.camera), (GPSTAGS, self.gps)):
            for tag, value in values.items():
                shown = None if tag in _OPAQUE | _LAYOUT or tag not in names else _shown(value)
                if shown is not None and shown != "":
                    named[names[tag]] = shown
        return named


def parse_exif(block: bytes) -> Exif:
    """Read an EXIF block, with or without its `Exif` prefix; what cannot be read is left out."""
    data = block[_tiff_start(block) :]
    return _parse(lambda offset, length: data[offset : offset + length])


def parse_tiff_exif(path: Path) -> Exif:
    """Read the same from a TIFF file's own first directory."""
    with path.open("rb") as file:

        def read(offset: int, length: int) -> bytes:
            file.seek(offset)
            return file.read(length)

        return _parse(read)


def upright(block: bytes) -> bytes:
    """Return the EXIF block saying that the picture needs no turning."""
    start = _tiff_start(block)
    order = _order(block[start : start + 8])
    changed = bytearray(block)
    if order is None:
        return b""
    (directory,) = struct.unpack_from(order + "I", block, start + 4)
    at = start + directory + 2
    for _ in range(MOST_ENTRIES):
        if at + 12 > len(block):
            break
        if struct.unpack_from(order + "H", block, at)[0] == ORIENTATION:
            struct.pack_into(order + "HIHH", changed, at + 2, 3, 1, 1, 0)
        at += 12
    return bytes(changed)


def _tiff_start(block: bytes) -> int:
    return 6 if block[:6] in (b"Exif\0\0", b"Exif\0\xff") else 0


def _order(head: bytes) -> str | None:
    if len(head) < 8:
        return None
    return {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])


def _parse(read: Read) -> Exif:
    head = read(0, 8)
    order = _order(head)
    if order is None:
        return Exif()
    main = _directory(read, order, struct.unpack_from(order + "I", head, 4)[0])
    camera, gps = main.get(_CAMERA_POINTER), main.get(_GPS_POINTER)
    return Exif(
        main,
        _directory(read, order, camera) if isinstance(camera, int) else {},
        _directory(read, order, gps) if isinstance(gps, int) else {},
    )


def _directory(read: Read, order: str, offset: int) -> dict[int, Value]:
    if offset < 8:
        return {}
    counted = read(offset, 2)
    if len(counted) < 2:
        return {}
    count = min(struct.unpack(order + "H", counted)[0], MOST_ENTRIES)
    table = read(offset + 2, count * 12)
    values: dict[int, Value] = {}
    for at in range(0, len(table) - 11, 12):
        tag, kind, number = struct.unpack_from(order + "HHI", table, at)
        value = _value(read, order, kind, number, table[at + 8 : at + 12])
        if value is not None:
            values.setdefault(tag, value)
    return values


def _value(read: Read, order: str, kind: int, count: int, inline: bytes) -> Value | None:
    length = _SIZES.get(kind, 0) * count
    if not 0 < length <= MOST_VALUE_BYTES:
        return None
    data = inline[:length] if length <= 4 else read(struct.unpack(order + "I", inline)[0], length)
    if len(data) < length:
        return None
    if kind == _ASCII:
        return clean(data)
    if kind == _UNDEFINED:
        return data
    if kind in _RATIONALS:
        return _single(_ratios(struct.unpack(order + _RATIONALS[kind] * count, data)))
    return _single(struct.unpack(f"{order}{count}{_NUMBERS[kind]}", data))


def _ratios(parts: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(top / bottom if bottom else math.nan for top, bottom in zip(parts[::2], parts[1::2], strict=True))


def _single(numbers: tuple[float, ...]) -> Value | None:
    if not all(math.isfinite(number) for number in numbers):
        return None
    return numbers[0] if len(numbers) == 1 else numbers


def _shown(value: Value) -> str | int | float | list[int] | list[float] | None:
    if isinstance(value, bytes):
        return _comment(value)
    if isinstance(value, tuple):
        return list(value) if len(value) <= _LONGEST_LIST else None
    return value


def _comment(value: bytes) -> str | None:
    """Show bytes that are text: versions, and comments, which name their encoding in eight bytes."""
    if value[:8] in (b"ASCII\0\0\0", b"\0" * 8):
        return clean(value[8:])
    if value[:8] == b"UNICODE\0":
        return clean(value[8:].decode("utf-16-le", "ignore"))
    return clean(value) if len(value) <= 64 and value.rstrip(b"\0").isascii() and clean(value).isprintable() else None

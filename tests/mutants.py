"""Damaged, spliced and lying copies of pictures: anything at all may be asked of what reads them.

Some copies are damaged blindly; others in their format's own terms, with checksums and lengths put right again, so
that the damage is met deep inside a decoder.
"""

import random
import re
import struct
import zlib
from collections.abc import Callable, Sequence

ODD_NUMBERS = (0, 1, 2, 7, 0x7F, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
ODD_TEXTS = (
    b"0", b"-1", b"1e9", b"1e-9", b"NaN", b"100%", b"url(#a)", b"#", b"", b"99999999999999999999", b"</svg>", b"\xff",
    b"file:///etc/passwd", b"http://127.0.0.1:9/", b"&a;", b"<use href='#a'/>", b"<g id='a'>", b"1 1 1 1 1 1",
)  # fmt: skip
MOST_DAMAGES = 4

Chance = random.Random
Damage = Callable[[bytearray, Chance], None]
Part = tuple[bytes, bytes]


def mutant(originals: Sequence[bytes], chance: Chance) -> bytes:
    """Return one of the originals, damaged in one to four places, the same for the same chance."""
    data = bytearray(chance.choice(originals))
    for _ in range(chance.randint(1, MOST_DAMAGES)):
        special = _special(data)
        if special and chance.random() < 0.6:
            data = bytearray(special(bytes(data), chance))
        elif chance.random() < 0.1:
            data = _spliced(data, chance.choice(originals), chance)
        else:
            chance.choice(_BLIND)(data, chance)
        if not data:
            data = bytearray(b"\0")
    return bytes(data)


def _flip(data: bytearray, chance: Chance) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _overwrite(data: bytearray, chance: Chance) -> None:
    at, length = _run(data, chance)
    filler = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length)))
    data[at : at + length] = filler


def _truncate(data: bytearray, chance: Chance) -> None:
    del data[chance.randrange(len(data)) :]


def _remove(data: bytearray, chance: Chance) -> None:
    at, length = _run(data, chance)
    del data[at : at + length]


def _repeat(data: bytearray, chance: Chance) -> None:
    at, length = _run(data, chance)
    data[at:at] = data[at : at + length] * chance.choice((1, 1, 2, 50))


def _swap(data: bytearray, chance: Chance) -> None:
    (first, length), (second, _) = sorted((_run(data, chance), _run(data, chance)))
    one, other = data[first : first + length], data[second : second + length]
    data[second : second + length] = one
    data[first : first + length] = other


def _odd_number(data: bytearray, chance: Chance) -> None:
    width, order = chance.choice((1, 2, 4)), chance.choice(("big", "little"))
    number = (chance.choice(ODD_NUMBERS) + chance.choice((0, 0, -1, 1))) % (1 << 8 * width)
    # Where the lengths and sizes are: near the beginning more often than not.
    at = chance.randrange(min(len(data), chance.choice((64, 512, len(data)))))
    data[at : at + width] = number.to_bytes(width, order)


_BLIND: tuple[Damage, ...] = (_flip, _flip, _overwrite, _truncate, _remove, _repeat, _swap, _odd_number, _odd_number)


def _spliced(data: bytearray, other: bytes, chance: Chance) -> bytearray:
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


def _run(data: bytearray, chance: Chance) -> tuple[int, int]:
    at = chance.randrange(len(data))
    return at, min(len(data) - at, chance.choice((1, 2, 4, 16, 64, 256, 4_096)))


def _special(data: bytearray) -> Callable[[bytes, Chance], bytes] | None:
    """Return what damages this format in its own terms."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png
    if data.startswith(b"\xff\xd8"):
        return _jpeg
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp
    if data[4:8] == b"ftyp":
        return _boxes
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _tiff
    if data.startswith(b"GIF8"):
        return _gif
    return _drawing if b"<svg" in data[:4_096] else None


def _shuffled(parts: list[Part], chance: Chance) -> list[Part]:
    """Drop, repeat, exchange or damage a part."""
    if not parts:
        return parts
    at = chance.randrange(len(parts))
    kind, body = parts[at]
    deed = chance.randrange(6)
    if deed == 0:
        return parts[:at] + parts[at + 1 :]
    if deed == 1:
        return parts[:at] + [parts[at]] * chance.choice((2, 3, 40)) + parts[at + 1 :]
    if deed == 2:
        other = chance.randrange(len(parts))
        parts[at], parts[other] = parts[other], parts[at]
        return parts
    changed = bytearray(body or b"\0")
    chance.choice(_BLIND)(changed, chance)
    return [*parts[:at], (kind, bytes(changed)), *parts[at + 1 :]]


def _png(data: bytes, chance: Chance) -> bytes:
    parts, at = [], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        parts.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    parts = [_inner_png(part, chance) for part in parts] if chance.random() < 0.5 else _shuffled(parts, chance)
    return data[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def _inner_png(part: Part, chance: Chance) -> Part:
    """Give the header another size, depth or colour; damage rows before they are compressed."""
    kind, body = part
    if kind == b"IHDR" and len(body) == 13 and chance.random() < 0.5:
        header = bytearray(body)
        if chance.random() < 0.5:
            header[chance.choice((8, 9, 12))] = chance.choice((0, 1, 2, 3, 4, 6, 8, 16))
        else:
            at = chance.choice((0, 4))
            header[at : at + 4] = _size(int.from_bytes(header[at : at + 4], "big"), chance).to_bytes(4, "big")
        return kind, bytes(header)
    if kind == b"IDAT" and chance.random() < 0.5:
        try:
            rows = bytearray(zlib.decompress(body))
        except zlib.error:
            return part
        chance.choice(_BLIND)(rows, chance)
        return kind, zlib.compress(bytes(rows), 1)
    return part


def _jpeg(data: bytes, chance: Chance) -> bytes:
    parts, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append((data[at : at + 2], data[at + 4 : at + 2 + length]))
        at += 2 + length
    parts = [_inner_jpeg(part, chance) for part in parts] if chance.random() < 0.4 else _shuffled(parts, chance)
    return data[:2] + b"".join(
        kind + ((len(body) + 2) & 0xFFFF).to_bytes(2, "big") + body for kind, body in parts
    ) + data[at:]  # fmt: skip


def _inner_jpeg(part: Part, chance: Chance) -> Part:
    kind, body = part
    if not (0xC0 <= kind[1] <= 0xCF and kind[1] not in (0xC4, 0xC8, 0xCC) and len(body) >= 6):
        return part
    frame = bytearray(body)
    at = chance.choice((1, 3))
    frame[at : at + 2] = (_size(int.from_bytes(frame[at : at + 2], "big"), chance) & 0xFFFF).to_bytes(2, "big")
    return (bytes((0xFF, chance.choice((0xC0, 0xC1, 0xC2)))) if chance.random() < 0.3 else kind), bytes(frame)


def _webp(data: bytes, chance: Chance) -> bytes:
    parts, at = [], 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        parts.append((data[at : at + 4], data[at + 8 : at + 8 + length]))
        at += 8 + length + (length & 1)
    parts = _shuffled(parts, chance)
    chunks = b"".join(
        kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1) for kind, body in parts
    )  # fmt: skip
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _boxes(data: bytes, chance: Chance) -> bytes:
    """Damage a property of an item, or the boxes of the first level with their lengths put right."""
    places = [found.start() for found in re.finditer(rb"ispe|pixi|iloc|ipma|irot|imir|av1C|hvcC|iinf|pitm|auxC", data)]
    if places and chance.random() < 0.7:
        changed = bytearray(data)
        at = chance.choice(places) + 4 + chance.randrange(16)
        width = chance.choice((1, 2, 4))
        changed[at : at + width] = (chance.choice(ODD_NUMBERS) % (1 << 8 * width)).to_bytes(width, "big")
        return bytes(changed)
    parts, at = [], 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length < 8:
            break
        parts.append((data[at + 4 : at + 8], data[at + 8 : at + length]))
        at += length
    return b"".join(struct.pack(">I", 8 + len(body)) + kind + body for kind, body in _shuffled(parts, chance))


def _tiff(data: bytes, chance: Chance) -> bytes:
    """Change the kind, the count or the value of an entry of the first directory."""
    order = "little" if data[:2] == b"II" else "big"
    changed = bytearray(data)
    at = int.from_bytes(data[4:8], order)
    entries = int.from_bytes(data[at : at + 2], order)
    if not entries or at + 2 + 12 * entries > len(data):
        return data
    entry = at + 2 + 12 * chance.randrange(entries)
    place, width = chance.choice(((0, 2), (2, 2), (4, 4), (8, 4), (8, 2), (8, 4)))
    number = chance.choice((*ODD_NUMBERS, len(data), len(data) - 1, at, 5, 6, 8, 16, 259, 34712)) % (1 << 8 * width)
    changed[entry + place : entry + place + width] = number.to_bytes(width, order)
    return bytes(changed)


def _gif(data: bytes, chance: Chance) -> bytes:
    """Change the size of the screen or of a frame, or a frame's place."""
    changed = bytearray(data)
    frames = [found.start() + 1 for found in re.finditer(rb"\x2c.{4}", data, re.DOTALL)][:50]
    start = chance.choice((6, *frames)) + 2 * chance.randrange(4)
    changed[start : start + 2] = (
        _size(int.from_bytes(changed[start : start + 2], "little"), chance) & 0xFFFF
    ).to_bytes(2, "little")
    return bytes(changed)


def _drawing(data: bytes, chance: Chance) -> bytes:
    """Put something else in place of a value, or repeat an element, also inside itself."""
    values = list(re.finditer(rb'"[^"]*"', data))
    if values and chance.random() < 0.7:
        found = chance.choice(values)
        return data[: found.start() + 1] + chance.choice(ODD_TEXTS) + data[found.end() - 1 :]
    elements = list(re.finditer(rb"<[a-z][^>]*>", data))
    if not elements:
        return data
    found = chance.choice(elements)
    return data[: found.end()] + found[0] * chance.choice((1, 10, 300)) + data[found.end() :]


def _size(size: int, chance: Chance) -> int:
    return max(0, chance.choice((size - 1, size + 1, size // 2, size * 2, size * 100, *ODD_NUMBERS))) & 0xFFFFFFFF

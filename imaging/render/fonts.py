"""The one font that text is set in, the same on every machine: FiraGO, out of a package. No pyvips here.

It has Latin, Greek, Cyrillic, Hebrew, Arabic, Thai, Georgian and Devanagari. Licence: SIL Open Font License 1.1.
"""

import atexit
import importlib
import os
import struct
import tempfile
import unicodedata
from functools import cache
from pathlib import Path

FAMILY = "FiraGO"
NOTHING_ELSE = Path(__file__).with_name("fonts.conf")
"""A configuration of fontconfig that knows no other font."""

_BY_UNICODE = (3, 1)
_SEGMENTS = 4
_VISIBLE = "LMNPS"


def font_bytes() -> bytes:
    """Return the font as a TrueType file; unpacking it takes some 50 ms."""
    content: bytes = importlib.import_module("pymupdf_fonts.FiraGO_Regular").fontbuffer
    return content


@cache
def characters() -> frozenset[str]:
    """Return every character that the font can show.

    Source: OpenType, `cmap`, format 4.
    """
    font = font_bytes()
    at = _character_map(font)
    (twice,) = struct.unpack_from(">H", font, at + 6)
    ends, starts, deltas, offsets = (
        struct.unpack_from(f">{twice // 2}H", font, at + start)
        for start in (14, 16 + twice, 16 + 2 * twice, 16 + 3 * twice)
    )
    known = set()
    for segment, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        place = at + 16 + 3 * twice + 2 * segment + offset
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code if not offset else struct.unpack_from(">H", font, place + 2 * (code - start))[0]
            if (glyph + delta if glyph or not offset else 0) & 0xFFFF:
                known.add(chr(code))
    return frozenset(known)


def missing(text: str) -> str:
    """Return the characters of the text that the font cannot show, each once, in order."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(dict.fromkeys(letter for letter in composed if letter != "\n" and letter not in characters()))


def is_visible(text: str) -> bool:
    """Return whether there is anything to see in the text."""
    return any(unicodedata.category(letter)[0] in _VISIBLE for letter in text)


@cache
def font_path() -> str:
    """Return where this process can open the font as a file; on Linux it takes no place on the disk."""
    if hasattr(os, "memfd_create"):
        # Decoders are killed, and would leave a file behind.
        held = os.memfd_create(FAMILY)
        with open(held, "wb", closefd=False) as file:
            file.write(font_bytes())
        return f"/proc/self/fd/{held}"
    with tempfile.NamedTemporaryFile(prefix=f"{FAMILY}-", suffix=".ttf", delete=False) as kept:
        kept.write(font_bytes())
    atexit.register(Path(kept.name).unlink, missing_ok=True)
    return kept.name


def ignore_other_fonts() -> None:
    """Let this process know no font of the machine, so that every machine draws the same; before the first text.

    Whoever runs the server can name another `FONTCONFIG_FILE`: its fonts are for drawings.
    """
    os.environ.setdefault("FONTCONFIG_FILE", str(NOTHING_ELSE))
    # Elsewhere than on Linux, Pango would ask the system instead of fontconfig.
    os.environ.setdefault("PANGOCAIRO_BACKEND", "fontconfig")


def _character_map(font: bytes) -> int:
    """Return where the table of the Unicode characters begins."""
    (tables,) = struct.unpack_from(">H", font, 4)
    rows = (struct.unpack_from(">4s4xI", font, 12 + 16 * row) for row in range(tables))
    maps = next(offset for tag, offset in rows if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, maps + 2)
    for row in range(count):
        *kind, offset = struct.unpack_from(">HHI", font, maps + 4 + 8 * row)
        if tuple(kind) == _BY_UNICODE and struct.unpack_from(">H", font, maps + offset) == (_SEGMENTS,):
            return int(maps + offset)
    raise ValueError("The font has no table of characters that we read.")

"""Makes strangers' text presentable: any bytes in, printable Unicode of bounded length out."""

import re

_BLANKS = re.compile(r"[ \t\r\n\x0b\x0c\x85\u2028\u2029]+")


def clean(value: bytes | str, most: int = 1_000) -> str:
    """Return the text on one line, without control characters, at most so many characters.

    Bytes are taken as UTF-8, or as Latin 1 where they are not; text stops at a NUL, as cameras pad with them.
    """
    if isinstance(value, bytes):
        value = _decoded(value.split(b"\0", 1)[0])
    line = _BLANKS.sub(" ", value.split("\0", 1)[0])
    return "".join(letter for letter in line if _is_fit(letter)).strip()[:most]


def clean_block(value: bytes, most: int) -> str:
    """Return a block of text with its lines kept; empty when it is longer than `most` characters."""
    text = _decoded(value.strip(b"\0"))
    if len(text) > most:
        return ""
    return "".join(letter for letter in text if letter in "\n\t" or _is_fit(letter)).strip()


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _is_fit(letter: str) -> bool:
    """No control characters, and no halves of surrogate pairs, which no database stores."""
    return letter >= " " and not "\x7f" <= letter <= "\x9f" and not "\ud800" <= letter <= "\udfff"

"""Names in addresses: what is left of a file name when only safe ASCII may stay."""

import re
import unicodedata
from functools import lru_cache

MAX_NAME_BYTES = 80
NAMELESS = "image"

# Letters that Unicode does not take apart into a base letter and a mark.
_WHOLE_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "ss",
        "æ": "ae",
        "Æ": "ae",
        "œ": "oe",
        "Œ": "oe",
        "ø": "o",
        "Ø": "o",
        "đ": "d",
        "Đ": "d",
        "ð": "d",
        "Ð": "d",
        "þ": "th",
        "Þ": "th",
        "ł": "l",
        "Ł": "l",
        "ħ": "h",
        "Ħ": "h",
        "ı": "i",
    }
)


@lru_cache(maxsize=1024)
def slug(filename: str) -> str:
    """Return the file name without its extension as `[a-z0-9-]`, at most 80 bytes, never empty."""
    last = re.split(r"[/\\]", filename)[-1]
    stem = last.rpartition(".")[0] or last
    spelt = unicodedata.normalize("NFKD", stem.translate(_WHOLE_LETTERS))
    marks_gone = "".join(letter for letter in spelt if not unicodedata.combining(letter))
    plain = re.sub(r"[^a-z0-9]+", "-", marks_gone.lower()).strip("-")
    return plain[:MAX_NAME_BYTES].strip("-") or NAMELESS

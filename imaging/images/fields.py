"""What people may say about an image: cleaned, and bounded."""

import json
import math
import re
import unicodedata
from collections.abc import Sequence

from imaging.errors import InvalidInput
from imaging.images.models import Visibility

MAX_FILENAME_BYTES = 255
MAX_TITLE = 500
MAX_ALT_TEXT = 2_000
MAX_DESCRIPTION = 20_000
MAX_TAGS = 50
MAX_TAG = 64
MAX_CUSTOM_BYTES = 16 * 1024
MAX_CUSTOM_DEPTH = 16

_TEXT_LIMITS = {"title": MAX_TITLE, "alt_text": MAX_ALT_TEXT, "description": MAX_DESCRIPTION}
_INT64 = 2**63

# Control characters, halves of surrogate pairs, and those that make a name read backwards.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean_filename(name: str) -> str:
    """Return the last part of a path without what cannot be seen, at most 255 bytes, its ending kept."""
    name = _UNSEEN.sub("", re.split(r"[/\\]", name)[-1])
    name = unicodedata.normalize("NFC", name).strip()
    if name.strip(".") == "":
        return "image"
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > 32:
        return _cut(name, MAX_FILENAME_BYTES)
    return _cut(stem, MAX_FILENAME_BYTES - len((dot + ending).encode())) + dot + ending


def filename_key(filename: str) -> str:
    """Return what file names are sorted by: without regard to case."""
    return unicodedata.normalize("NFC", filename.casefold())[:255]


def clean_text(field: str, value: object) -> str | None:
    """Return a title, alt text or description in NFC; None stays None.

    Raises:
        InvalidInput: it is too long, or holds control characters.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInput(f"{_spoken(field)} must be a text.", field=[field])
    text = unicodedata.normalize("NFC", _storable(field, value))
    if len(text) > _TEXT_LIMITS[field]:
        found = f"{_spoken(field)} has {len(text)} characters"
        raise InvalidInput(f"{found}; {_TEXT_LIMITS[field]} are allowed.", field=[field])
    return text


def clean_tags(value: object) -> list[str]:
    """Return tags trimmed and in NFC, as they were typed, each once whatever its case; None gives none.

    Raises:
        InvalidInput: there are too many, or one is empty, too long or no text.
    """
    if value is None:
        return []
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidInput("Tags must be a list of texts.", field=["tags"])
    if len(value) > MAX_TAGS:
        raise InvalidInput(f"{len(value)} tags were given; {MAX_TAGS} are allowed.", field=["tags"])
    tags: dict[str, str] = {}
    for index, tag in enumerate(value):
        text = clean_tag(tag, ["tags", index])
        tags.setdefault(tag_key(text), text)
    return list(tags.values())


def clean_tag(tag: object, field: Sequence[str | int]) -> str:
    """Return one tag trimmed and in NFC; `field` says where it was given.

    Raises:
        InvalidInput: it is empty, too long, no text, or holds control characters.
    """
    if not isinstance(tag, str):
        raise InvalidInput("A tag must be a text.", field=field)
    if _UNSTORABLE.search(tag):
        raise InvalidInput("A tag must not hold control characters.", field=field)
    text = unicodedata.normalize("NFC", " ".join(tag.split()))
    if not text:
        raise InvalidInput("A tag must not be empty.", field=field)
    if len(text) > MAX_TAG:
        raise InvalidInput(f"A tag has {len(text)} characters; {MAX_TAG} are allowed.", field=field)
    return text


def tag_key(tag: str) -> str:
    """Return what tags are compared by: without regard to case and to space around or between words."""
    return unicodedata.normalize("NFC", " ".join(tag.split()).casefold())


def clean_visibility(value: object) -> Visibility:
    """Return who may see it; None means PRIVATE.

    Raises:
        InvalidInput: it is no visibility.
    """
    if value is None:
        return Visibility.PRIVATE
    if not isinstance(value, Visibility):
        raise InvalidInput("The visibility must be PRIVATE or PUBLIC.", field=["visibility"])
    return value


def clean_custom(value: object) -> dict[str, object]:
    """Return custom metadata; None gives an empty object.

    Raises:
        InvalidInput: it is no JSON object, too large or nested too deeply.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput("Custom metadata must be a JSON object.", field=["custom"])
    _check_json(value, MAX_CUSTOM_DEPTH)
    size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    if size > MAX_CUSTOM_BYTES:
        raise InvalidInput(f"Custom metadata has {size} bytes; {MAX_CUSTOM_BYTES} are allowed.", field=["custom"])
    return value


def clean_focal_point(value: object) -> tuple[float, float] | None:
    """Return the point as fractions of width and height; None stays None.

    Raises:
        InvalidInput: a coordinate is not between 0 and 1.
    """
    if value is None:
        return None
    if not isinstance(value, Sequence) or len(value) != 2:
        raise InvalidInput("A focal point has the coordinates x and y.", field=["focal_point"])
    for name, number in zip("xy", value, strict=True):
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
            message = f"A focal point's {name} must be between 0 and 1, counted from the top left corner."
            raise InvalidInput(message, field=["focal_point", name])
    return float(value[0]), float(value[1])


def _check_json(value: object, depth: int) -> None:
    if depth == 0:
        raise InvalidInput(f"Custom metadata may be nested {MAX_CUSTOM_DEPTH} levels deep.", field=["custom"])
    if isinstance(value, str):
        _storable("custom", value)
    elif isinstance(value, dict):
        for key, part in value.items():
            _check_json(str(key), depth)
            _check_json(part, depth - 1)
    elif isinstance(value, list):
        for part in value:
            _check_json(part, depth - 1)
    elif value is not None and not _is_number(value):
        raise InvalidInput("Custom metadata holds a value that JSON cannot carry.", field=["custom"])


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and -_INT64 <= value < _INT64


def _storable(field: str, text: str) -> str:
    if _UNSTORABLE.search(text):
        raise InvalidInput(f"{_spoken(field)} must not hold control characters.", field=[field])
    return text


def _spoken(field: str) -> str:
    return field.replace("_", " ").capitalize()


def _cut(text: str, limit_bytes: int) -> str:
    return text.encode()[:limit_bytes].decode(errors="ignore")

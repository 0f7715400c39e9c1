"""What people may say about a collection: cleaned, and bounded."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from imaging.collections.models import MAX_NAME
from imaging.errors import InvalidInput
from imaging.images.fields import clean_text, clean_visibility

_UNSEEN = ("Cc", "Cs")


def cleaned(values: Mapping[str, Any]) -> dict[str, Any]:  # Any: whatever each column holds
    """Return values by name as they are stored; those of the name bring the key by which it is sorted.

    Raises:
        InvalidInput: one cannot be taken.
    """
    clean = {name: _CLEAN[name](value) for name, value in values.items()}
    if "name" in clean:
        clean["name_key"] = name_key(clean["name"])
    return clean


def name_key(name: str) -> str:
    """Return what names are sorted by: without regard to case."""
    return unicodedata.normalize("NFC", name.casefold())[:MAX_NAME]


def _clean_name(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput("A collection needs a name.", field=["name"])
    text = unicodedata.normalize("NFC", " ".join(value.split()))
    if any(unicodedata.category(character) in _UNSEEN for character in text):
        raise InvalidInput("A name must not hold control characters.", field=["name"])
    if not 0 < len(text) <= MAX_NAME:
        raise InvalidInput(f"The name has {len(text)} characters; 1 to {MAX_NAME} are allowed.", field=["name"])
    return text


_CLEAN: dict[str, Callable[[Any], Any]] = {
    "name": _clean_name,
    "description": lambda value: clean_text("description", value),
    "visibility": clean_visibility,
}

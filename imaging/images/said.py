"""What people say about a picture when they bring it, and what of that can be kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imaging.errors import InvalidInput
from imaging.images.fields import clean_custom, clean_focal_point, clean_tags, clean_text
from imaging.images.models import Visibility


@dataclass(frozen=True, slots=True)
class Said:
    """What its owner says about a new picture; `focal_point` is (x, y), each 0 to 1."""

    title: str | None = None
    alt_text: str | None = None
    description: str | None = None
    tags: Sequence[str] = ()
    visibility: Visibility = Visibility.PRIVATE
    focal_point: tuple[float, float] | None = None
    custom: Mapping[str, Any] | None = None  # Any: JSON


def cleaned(said: Said) -> tuple[dict[str, Any], tuple[InvalidInput, ...]]:  # Any: what the columns hold
    """Return it as columns of an image by name, and everything that is wrong with it."""
    values: dict[str, Any] = {"visibility": said.visibility}
    errors: list[InvalidInput] = []
    deeds: dict[str, Callable[[], Any]] = {
        "title": lambda: clean_text("title", said.title),
        "alt_text": lambda: clean_text("alt_text", said.alt_text),
        "description": lambda: clean_text("description", said.description),
        "tags": lambda: clean_tags(said.tags),
        "custom": lambda: clean_custom(said.custom),
        "focal_point": lambda: clean_focal_point(said.focal_point),
    }
    for name, deed in deeds.items():
        try:
            values[name] = deed()
        except InvalidInput as error:
            errors.append(error)
    values["focal_x"], values["focal_y"] = values.pop("focal_point", None) or (None, None)
    return values, tuple(errors)

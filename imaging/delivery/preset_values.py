"""What a preset says, as JSON for its row: only what was given, so that later defaults reach old presets."""

import enum
import uuid
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from imaging.render.choices import Fit, Gravity, MetadataPolicy, OutputColorSpace, OutputFormat
from imaging.render.crop import Crop
from imaging.render.transform import Transform
from imaging.render.trim import Trim
from imaging.render.watermark import Watermark

Said = Mapping[str, Any]
"""Some fields of a `Transform`, by name; `Any` is whatever each of them holds."""

_ENUMS: dict[str, type[enum.Enum]] = {
    "fit": Fit,
    "gravity": Gravity,
    "format": OutputFormat,
    "metadata": MetadataPolicy,
    "color_space": OutputColorSpace,
}
_FIELDS = frozenset(field.name for field in fields(Transform))


def stored(said: Said) -> dict[str, Any]:
    """Return the values as JSON."""
    return {name: _plain(value) for name, value in said.items()}


def said(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that were stored.

    Raises:
        ValueError: they are not of this version's making.
        InvalidTransform: they are out of range by now.
    """
    try:
        values = {name: _READERS.get(name, _as_it_is)(value) for name, value in stored.items()}
        if not values.keys() <= _FIELDS:
            raise ValueError(f"unknown fields: {', '.join(sorted(values.keys() - _FIELDS))}")
        Transform(**values)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, Crop | Trim | Watermark):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(part) for name, part in parts.items() if part is not None}
    return list(value) if isinstance(value, tuple) else value


def _as_it_is(value: Any) -> Any:
    return value


def _watermark(value: Any) -> Watermark:
    parts = dict(value)
    if "image_id" in parts:
        parts["image_id"] = uuid.UUID(hex=parts["image_id"])
    return Watermark(**parts | {"position": Gravity[parts["position"]]})


def _reader(kind: type[enum.Enum]) -> Callable[[Any], Any]:
    return lambda name: kind[name]


_READERS: dict[str, Callable[[Any], Any]] = {
    **{name: _reader(kind) for name, kind in _ENUMS.items()},
    "focal_point": tuple,
    "crop": lambda value: Crop(**value),
    "trim": lambda value: Trim(**value),
    "watermark": _watermark,
}

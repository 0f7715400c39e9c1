"""Which images a batch is about: a filter or ids, kept as JSON, and the rows that they mean."""

import datetime
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from tortoise.expressions import Q

from imaging.errors import InvalidInput
from imaging.images.filter import ImageFilter, Range
from imaging.images.models import ImageState, Visibility
from imaging.render.facts import ImageFormat

MOST_IDS = 1_000
MOST = "most"
"""Where a batch keeps, with its selection, how many images were confirmed: by planning, there may be more."""

_ENUMS: Mapping[str, type[enum.Enum]] = {kind.__name__: kind for kind in (ImageFormat, ImageState, Visibility)}


@dataclass(frozen=True, slots=True)
class Selection:
    """Either these images, whatever becomes of them meanwhile, or all that fit a filter and may be changed.

    Raises:
        InvalidInput: both or neither are given, or too many ids.
    """

    where: ImageFilter | None = None
    ids: tuple[uuid.UUID, ...] | None = None

    def __post_init__(self) -> None:
        if (self.where is None) == (self.ids is None):
            raise InvalidInput("Give `where` or `ids`, and not both.", field=["select"])
        if self.ids is not None:
            object.__setattr__(self, "ids", tuple(dict.fromkeys(self.ids)))
            if len(self.ids) > MOST_IDS:
                found = f"{len(self.ids)} ids were given"
                raise InvalidInput(f"{found}; {MOST_IDS} are allowed, or a filter.", field=["select", "ids"])

    def condition(self) -> Q:
        """Return what the rows must be, without regard to who asks."""
        return Q(id__in=list(self.ids or ())) if self.where is None else self.where.condition()

    def among(self, states: Sequence[ImageState]) -> "Selection":
        """Return the same, with a filter that names no states looking at these."""
        if self.where is None or self.where.states:
            return self
        return replace(self, where=replace(self.where, states=tuple(states)))

    def stored(self) -> dict[str, Any]:
        """Return it as JSON."""
        if self.where is None:
            return {"ids": [id.hex for id in self.ids or ()]}
        given = {field.name: getattr(self.where, field.name) for field in fields(self.where)}
        return {"where": {name: _plain(value) for name, value in given.items() if value is not None}}


def stored_selection(stored: Mapping[str, Any]) -> Selection:
    """Return the selection that was stored."""
    if "ids" in stored:
        return Selection(ids=tuple(uuid.UUID(hex=id) for id in stored["ids"]))
    return Selection(where=ImageFilter(**{name: _read(value) for name, value in stored["where"].items()}))


def _plain(value: Any) -> Any:  # Any: what a filter's fields hold
    """Return a value as JSON: numbers and texts as they are, everything else as an object that names its kind."""
    if isinstance(value, enum.Enum):
        return {type(value).__name__: value.name}
    if isinstance(value, uuid.UUID):
        return {"uuid": value.hex}
    if isinstance(value, datetime.datetime):
        return {"time": value.isoformat()}
    if isinstance(value, Range):
        return {"range": [_plain(value.min), _plain(value.max)]}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a filter holds {type(value).__name__}, which no batch can keep")


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_read(part) for part in value)
    if not isinstance(value, dict):
        return value
    [(kind, held)] = value.items()
    if kind == "uuid":
        return uuid.UUID(hex=held)
    if kind == "time":
        return datetime.datetime.fromisoformat(held)
    return Range(*map(_read, held)) if kind == "range" else _ENUMS[kind][held]

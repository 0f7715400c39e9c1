"""Which images are asked for, and in which order: as values, as SQL, and as a rule for one image."""

import datetime
import enum
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tortoise.expressions import Q, Subquery

from imaging.errors import InvalidInput
from imaging.images.fields import clean_tag, tag_key
from imaging.images.models import Image, ImageState, ImageTag, Visibility
from imaging.render.facts import ImageFormat

MAX_VALUES = 100

_INT32 = 2**31
_INT64 = 2**63
_NUMBERS = ("size_bytes", "width", "height", "pixels")
_TIMES = ("created_at", "updated_at", "taken_at")
_LISTS = ("tags_any", "tags_all", "tags_none", "formats", "states")


@dataclass(frozen=True, slots=True)
class Range:
    """Between two bounds, None for open: `min` is included, `max` included for numbers, excluded for times."""

    min: Any = None  # Any: an int or a datetime, by the field it bounds
    max: Any = None


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which images: all that is given must hold. None and empty do not narrow, but empty `ids` match nothing.

    No `states` given means every state but TRASHED. Tags are compared without regard to case.

    Raises:
        InvalidInput: a list is too long, or a value could not be in any row.
    """

    ids: tuple[uuid.UUID, ...] | None = None
    tags_any: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    tags_none: tuple[str, ...] = ()
    formats: tuple[ImageFormat, ...] = ()
    states: tuple[ImageState, ...] = ()
    visibility: Visibility | None = None
    owner_id: uuid.UUID | None = None
    animated: bool | None = None
    size_bytes: Range | None = None
    width: Range | None = None
    height: Range | None = None
    pixels: Range | None = None
    created_at: Range | None = None
    updated_at: Range | None = None
    taken_at: Range | None = None

    def __post_init__(self) -> None:
        for name in ("ids", *_LISTS):
            count = len(getattr(self, name) or ())
            if count > MAX_VALUES:
                raise InvalidInput(f"{count} values were given; {MAX_VALUES} are allowed.", field=["filter", name])
        for name in ("tags_any", "tags_all", "tags_none"):
            for index, tag in enumerate(getattr(self, name)):
                clean_tag(tag, ["filter", name, index])
        for name in _NUMBERS:
            _check_range(name, getattr(self, name), int)
        for name in _TIMES:
            object.__setattr__(self, name, _in_utc(name, getattr(self, name)))

    def condition(self) -> Q:
        """Return what the rows must be, without regard to who asks."""
        return Q(*self._conditions())

    def matches(self, image: Image) -> bool:
        """Return True when the image is one of those asked for."""
        return all(holds(image) for holds in self._rules())

    def lasting(self) -> "ImageFilter":
        """Return the part that an image meets for life or never."""
        every = tuple(ImageState)
        return replace(self, tags_any=(), tags_all=(), tags_none=(), states=every, visibility=None, updated_at=None)

    def _conditions(self) -> Iterable[Q]:
        if self.ids is not None:
            yield Q(id__in=list(self.ids))
        yield from self._tag_conditions()
        yield Q(state__in=list(self.states)) if self.states else Q(state__not=ImageState.TRASHED)
        if self.formats:
            yield Q(format__in=list(self.formats))
        for name in ("visibility", "owner_id", "animated"):
            if (wanted := getattr(self, name)) is not None:
                yield Q(**{name: wanted})
        for name in (*_NUMBERS, *_TIMES):
            yield from _range_conditions(name, getattr(self, name))

    def _tag_conditions(self) -> Iterable[Q]:
        if self.tags_any:
            yield Q(id__in=_tagged(self.tags_any))
        for key in dict.fromkeys(map(tag_key, self.tags_all)):
            yield Q(id__in=_tagged([key]))
        if self.tags_none:
            yield ~Q(id__in=_tagged(self.tags_none))

    def _rules(self) -> Iterable[Callable[[Image], bool]]:
        ids, states, formats = self.ids, self.states, self.formats
        if ids is not None:
            yield lambda image: image.id in ids
        yield lambda image: image.state in states if states else image.state is not ImageState.TRASHED
        if formats:
            yield lambda image: image.format in formats
        yield self._tags_fit
        for name in ("visibility", "owner_id", "animated"):
            if getattr(self, name) is not None:
                yield lambda image, name=name: getattr(image, name) == getattr(self, name)  # type: ignore[misc]  # binds the loop's name
        for name in (*_NUMBERS, *_TIMES):
            if getattr(self, name) is not None:
                yield lambda image, name=name: _is_within(name, getattr(image, name), getattr(self, name))  # type: ignore[misc]  # binds the loop's name

    def _tags_fit(self, image: Image) -> bool:
        has = {tag_key(tag) for tag in image.tags}
        wanted = {tag_key(tag) for tag in self.tags_any}
        needed = {tag_key(tag) for tag in self.tags_all}
        barred = {tag_key(tag) for tag in self.tags_none}
        return (not wanted or bool(wanted & has)) and needed <= has and not barred & has


class SortField(enum.Enum):
    """What a list can be sorted by."""

    CREATED = "created_at"
    UPDATED = "updated_at"
    FILENAME = "filename_key"
    SIZE = "size_bytes"
    PIXELS = "pixels"


@dataclass(frozen=True, slots=True)
class ImageSort:
    """One step of an order; images equal in all steps are told apart by their id."""

    field: SortField
    descending: bool = False


def distinct(steps: Sequence[ImageSort]) -> list[ImageSort]:
    """Return the steps that tell anything: images equal by a field stay so when it is named again."""
    first: dict[SortField, ImageSort] = {}
    for step in steps:
        first.setdefault(step.field, step)
    return list(first.values())


NEWEST_FIRST = ImageSort(SortField.CREATED, descending=True)


def _tagged(tags: Sequence[str]) -> Subquery:
    return Subquery(ImageTag.filter(tag__in=[tag_key(tag) for tag in tags]).values("image_id"))


def _range_conditions(name: str, bounds: Range | None) -> Iterable[Q]:
    if bounds is None:
        return
    if bounds.min is not None:
        yield Q(**{f"{name}__gte": _bound(name, bounds.min)})
    if bounds.max is not None:
        yield Q(**{f"{name}__{'lt' if name in _TIMES else 'lte'}": _bound(name, bounds.max)})


def _bound(name: str, value: Any) -> Any:  # Any: as in Range
    """Return a bound as its column can hold it: no picture has a side near the end of 32 bits."""
    return max(-_INT32, min(value, _INT32 - 1)) if name in ("width", "height") else value


def _is_within(name: str, value: Any, bounds: Range) -> bool:  # Any: as in Range
    if bounds.min is None and bounds.max is None:
        return True
    if value is None or (bounds.min is not None and value < bounds.min):
        return False
    if bounds.max is None:
        return True
    return bool(value < bounds.max if name in _TIMES else value <= bounds.max)


def _check_range(name: str, bounds: Range | None, kind: type) -> None:
    for end in ("min", "max"):
        bound = None if bounds is None else getattr(bounds, end)
        if bound is None:
            continue
        if not isinstance(bound, kind) or isinstance(bound, bool):
            raise InvalidInput(f"The bounds of {name} are of the wrong kind.", field=["filter", name, end])
        if isinstance(bound, int) and not -_INT64 <= bound < _INT64:
            raise InvalidInput(f"The bounds of {name} must fit into 64 bits.", field=["filter", name, end])


def _in_utc(name: str, bounds: Range | None) -> Range | None:
    _check_range(name, bounds, datetime.datetime)
    try:
        return None if bounds is None else Range(_utc(bounds.min), _utc(bounds.max))
    except OverflowError:
        raise InvalidInput(f"The bounds of {name} are beyond the calendar.", field=["filter", name]) from None


def _utc(time: datetime.datetime | None) -> datetime.datetime | None:
    if time is None:
        return None
    return time.replace(tzinfo=datetime.UTC) if time.tzinfo is None else time.astimezone(datetime.UTC)

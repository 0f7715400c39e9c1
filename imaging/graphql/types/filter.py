"""Which images, and in which order."""

import datetime

import strawberry

from imaging.graphql.enums import ImageFormat, ImageState, SortDirection, Visibility
from imaging.graphql.ids import IMAGE, USER, row_id, row_ids
from imaging.graphql.publishes import enumerates, form
from imaging.graphql.scalars import Long
from imaging.images.filter import ImageFilter, ImageSort, Range, SortField

enumerates(
    SortField,
    "What images can be sorted by.",
    name="ImageSortField",
    CREATED="When it was uploaded.",
    UPDATED="When anything about it last changed.",
    FILENAME="Name of the file, without regard to case.",
    SIZE="Size of the original in bytes.",
    PIXELS="Width times height.",
)


@form("IntRange")
class IntRange:
    """Whole numbers between two bounds, both included; a bound left out does not bound."""

    min: int | None = strawberry.field(default=None, description="No less than this.")
    max: int | None = strawberry.field(default=None, description="No more than this.")


@form("LongRange")
class LongRange:
    """Large whole numbers between two bounds, both included; a bound left out does not bound."""

    min: Long | None = strawberry.field(default=None, description="No less than this.")
    max: Long | None = strawberry.field(default=None, description="No more than this.")


@form("TimeRange")
class TimeRange:
    """Moments from one, included, until another, excluded; a bound left out does not bound."""

    min: datetime.datetime | None = strawberry.field(default=None, name="from", description="Not before this.")
    max: datetime.datetime | None = strawberry.field(default=None, name="until", description="Before this.")


@form("ImageFilter")
class ImageFilterForm:
    """Which images. All that is given must hold; what is left out, or null, does not narrow."""

    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="One of these.")
    tags_any: list[str] | None = strawberry.field(default=None, description="Has at least one of these tags.")
    tags_all: list[str] | None = strawberry.field(default=None, description="Has all of these tags.")
    tags_none: list[str] | None = strawberry.field(default=None, description="Has none of these tags.")
    formats: list[ImageFormat] | None = strawberry.field(default=None, description="Its original is in one of these.")
    states: list[ImageState] | None = strawberry.field(
        default=None, description="Is in one of these states; all but TRASHED when left out."
    )
    visibility: Visibility | None = strawberry.field(default=None, description="Is this visible.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Belongs to this user.")
    animated: bool | None = strawberry.field(default=None, description="Moves, or stands still.")
    size_bytes: LongRange | None = strawberry.field(default=None, description="Size of the original in bytes.")
    width: IntRange | None = strawberry.field(default=None, description="Width in pixels.")
    height: IntRange | None = strawberry.field(default=None, description="Height in pixels.")
    pixels: LongRange | None = strawberry.field(default=None, description="Width times height.")
    created_at: TimeRange | None = strawberry.field(default=None, description="When it was uploaded.")
    updated_at: TimeRange | None = strawberry.field(default=None, description="When anything last changed.")
    taken_at: TimeRange | None = strawberry.field(default=None, description="When the picture was taken.")


@form("ImageSort")
class ImageSortForm:
    """One step of an order; images equal in it are sorted by the next."""

    field: SortField = strawberry.field(description="By what.")
    direction: SortDirection | None = strawberry.field(default=None, description="Which end first. Default ASC.")


def narrow(asked: ImageFilterForm | None) -> ImageFilter:
    """Return which images are asked for; ids that are none match nothing."""
    if asked is None:
        return ImageFilter()
    owner_id = row_id(USER, asked.owner_id) if asked.owner_id is not None else None
    unknown_owner = asked.owner_id is not None and owner_id is None
    return ImageFilter(
        ids=() if unknown_owner else row_ids(IMAGE, asked.ids),
        tags_any=tuple(asked.tags_any or ()),
        tags_all=tuple(asked.tags_all or ()),
        tags_none=tuple(asked.tags_none or ()),
        formats=tuple(asked.formats or ()),
        states=tuple(asked.states or ()),
        visibility=asked.visibility,
        owner_id=owner_id,
        animated=asked.animated,
        size_bytes=_range(asked.size_bytes),
        width=_range(asked.width),
        height=_range(asked.height),
        pixels=_range(asked.pixels),
        created_at=_range(asked.created_at),
        updated_at=_range(asked.updated_at),
        taken_at=_range(asked.taken_at),
    )


def order(asked: list[ImageSortForm] | None) -> list[ImageSort]:
    """Return the order asked for; empty when none is."""
    return [ImageSort(step.field, descending=step.direction is SortDirection.DESC) for step in asked or ()]


def _range(asked: IntRange | LongRange | TimeRange | None) -> Range | None:
    return None if asked is None else Range(asked.min, asked.max)

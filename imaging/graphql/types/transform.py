"""How a picture is asked for, and points in it."""

import strawberry

from imaging.graphql.enums import Fit, Gravity, MetadataPolicy, OutputFormat
from imaging.graphql.publishes import form, value
from imaging.graphql.scalars import Color
from imaging.render.transform import Transform


@value
class FocalPoint:
    """The point of a picture that must stay in sight when it is cropped."""

    x: float = strawberry.field(description="From the left edge, 0 to 1.")
    y: float = strawberry.field(description="From the top edge, 0 to 1.")


@form("FocalPointInput")
class FocalPointForm:
    """The point of a picture that must stay in sight when it is cropped."""

    x: float = strawberry.field(description="From the left edge, 0 to 1.")
    y: float = strawberry.field(description="From the top edge, 0 to 1.")


@form("TransformInput")
class TransformForm:
    """How a picture is wanted. What is left out, or null, takes its default; the order of fields does not matter."""

    width: int | None = strawberry.field(default=None, description="Width in pixels; alone, the height follows.")
    height: int | None = strawberry.field(default=None, description="Height in pixels; alone, the width follows.")
    dpr: float | None = strawberry.field(default=None, description="Device pixel ratio, 1 to 4: scales both sides.")
    fit: Fit | None = strawberry.field(
        default=None, description="How the picture meets the box; COVER when both sides are given."
    )
    gravity: Gravity | None = strawberry.field(
        default=None, description="What stays in sight; FOCAL_POINT when the image has one, else CENTER."
    )
    focal_point: FocalPointForm | None = strawberry.field(
        default=None, description="A focal point for this picture only, instead of the image's own."
    )
    allow_upscale: bool | None = strawberry.field(
        default=None, description="Enlarge a picture that is smaller than asked. Default false."
    )
    quality: int | None = strawberry.field(
        default=None, description="1 to 100. Default JPEG 80, WebP 79, AVIF 63, lower as `dpr` rises."
    )
    format: OutputFormat | None = strawberry.field(default=None, description="Format. Default AUTO.")
    background: Color | None = strawberry.field(
        default=None, description="What shows through transparency, and fills what CONTAIN and PAD leave free."
    )
    rotate: int | None = strawberry.field(
        default=None, description="Clockwise degrees, a multiple of 90, after the picture was set upright. Default 0."
    )
    flip: bool | None = strawberry.field(default=None, description="Mirror top to bottom. Default false.")
    flop: bool | None = strawberry.field(default=None, description="Mirror left to right. Default false.")
    metadata: MetadataPolicy | None = strawberry.field(default=None, description="What it carries. Default COPYRIGHT.")


def wish(asked: TransformForm | None) -> Transform:
    """Return what is asked for.

    Raises:
        InvalidTransform: no picture can be made from it.
    """
    if asked is None:
        return Transform()
    given = {name: value for name, value in vars(asked).items() if value is not None}
    if asked.focal_point is not None:
        given["focal_point"] = (asked.focal_point.x, asked.focal_point.y)
    return Transform(**given)

"""How a picture is asked for, and points in it."""

from typing import Any

import strawberry

from imaging.graphql.enums import Fit, Gravity, MetadataPolicy, OutputColorSpace, OutputFormat
from imaging.graphql.publishes import form, value
from imaging.graphql.scalars import Color
from imaging.graphql.types.region import CropForm, TrimForm
from imaging.graphql.types.watermark import WatermarkForm
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
    """How a picture is wanted. What is left out, or null, takes its default; the order of fields does not matter.

    The order in which things are done does not depend on it, and never changes: `explainTransform` tells it.
    """

    width: int | None = strawberry.field(
        default=None, description="Width in pixels, 1 to 65535 divided by `dpr`; alone, the height follows."
    )
    height: int | None = strawberry.field(
        default=None, description="Height in pixels, 1 to 65535 divided by `dpr`; alone, the width follows."
    )
    aspect_ratio: float | None = strawberry.field(
        default=None,
        description="Width divided by height, 0.01 to 100, such as 1.7778: with one side it gives the other, with none "
        "the largest such part of the picture. Not with both sides.",
    )
    dpr: float | None = strawberry.field(
        default=None,
        description="Device pixel ratio, 1 to 4: multiplies every length, blurring and sharpening too, and lowers the "
        "default quality. Default 1.",
    )
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
    linear_light: bool | None = strawberry.field(
        default=None,
        description="Resize in linear light: slower, and fine bright detail keeps its brightness. Default false.",
    )
    crop: CropForm | None = strawberry.field(
        default=None, description="What is cut out of the upright original, before anything else. Default: all of it."
    )
    trim: TrimForm | None = strawberry.field(
        default=None,
        description="Edges of one colour that are cut away after `crop`. Default: none. The sizes told are those "
        "without trimming.",
    )
    rotate: int | None = strawberry.field(
        default=None, description="Clockwise degrees, a multiple of 90, after the picture was set upright. Default 0."
    )
    flip: bool | None = strawberry.field(default=None, description="Mirror top to bottom. Default false.")
    flop: bool | None = strawberry.field(default=None, description="Mirror left to right. Default false.")
    background: Color | None = strawberry.field(
        default=None,
        description="What shows through transparency, and fills what CONTAIN, PAD and `padding` leave free. Default: "
        "nothing, white in JPEG.",
    )
    padding: int | None = strawberry.field(
        default=None,
        description="Pixels of background laid around the picture on every side, beyond `width` and `height`, 0 to "
        "8192, times `dpr`. Default 0.",
    )
    corner_radius: int | None = strawberry.field(
        default=None,
        description="Radius in pixels of rounded corners, at most half of the shorter side, times `dpr`. Default 0.",
    )
    brightness: float | None = strawberry.field(
        default=None, description="Factor of brightness as in CSS, 0 (black) to 10; 1 changes nothing. Default 1."
    )
    contrast: float | None = strawberry.field(
        default=None, description="Factor of contrast as in CSS, 0 (grey) to 10; 1 changes nothing. Default 1."
    )
    saturation: float | None = strawberry.field(
        default=None, description="Factor of saturation as in CSS, 0 (grey) to 10; 1 changes nothing. Default 1."
    )
    hue: int | None = strawberry.field(
        default=None, description="Degrees by which all hues are turned, as in CSS, -360 to 360. Default 0."
    )
    grayscale: bool | None = strawberry.field(default=None, description="Without colours. Default false.")
    tint: Color | None = strawberry.field(
        default=None, description="An opaque colour that gives the picture its hue; light and dark stay. Default: none."
    )
    blur: float | None = strawberry.field(
        default=None, description="Sigma of a Gaussian blur in pixels, 0.3 to 250, times `dpr`. Default: none."
    )
    sharpen: float | None = strawberry.field(
        default=None, description="Sigma of the sharpening in pixels, 0.3 to 10, times `dpr`. Default: none."
    )
    watermark: WatermarkForm | None = strawberry.field(
        default=None, description="An image or a text laid over the finished picture. Default: none."
    )
    page: int | None = strawberry.field(
        default=None,
        description="Which page of a TIFF, or frame of an animation, from 1: the result is a still. Default: the first "
        "page, or all frames.",
    )
    animated: bool | None = strawberry.field(
        default=None, description="Keep an animation moving, in formats that can: WEBP and GIF. Default true."
    )
    format: OutputFormat | None = strawberry.field(default=None, description="Format. Default AUTO.")
    quality: int | None = strawberry.field(
        default=None,
        description="1 to 100. Default JPEG 80, WebP 79, AVIF 63, JPEG XL 75, lower as `dpr` rises; of a PNG it "
        "asks for a palette.",
    )
    lossless: bool | None = strawberry.field(
        default=None,
        description="Keep every pixel as it is: WEBP, AVIF, JPEG_XL can, PNG always does, JPEG never. Default false.",
    )
    progressive: bool | None = strawberry.field(
        default=None, description="A JPEG that is shown coarse first and fine later. Default false."
    )
    metadata: MetadataPolicy | None = strawberry.field(default=None, description="What it carries. Default COPYRIGHT.")
    color_space: OutputColorSpace | None = strawberry.field(
        default=None, description="In which colours it is written. Default SRGB."
    )


def given(asked: TransformForm | None) -> dict[str, Any]:
    """Return what is said, by the names and in the values of a `Transform`; `Any` is whatever each field holds.

    Raises:
        InvalidTransform: no picture can be made from it.
    """
    if asked is None:
        return {}
    said = {name: value for name, value in vars(asked).items() if value is not None}
    if asked.focal_point is not None:
        said["focal_point"] = (asked.focal_point.x, asked.focal_point.y)
    if asked.crop is not None:
        said["crop"] = asked.crop.crop()
    if asked.trim is not None:
        said["trim"] = asked.trim.trim()
    if asked.watermark is not None:
        said["watermark"] = asked.watermark.watermark()
    return said


def wish(asked: TransformForm | None) -> Transform:
    """Return what is asked for.

    Raises:
        InvalidTransform: no picture can be made from it.
    """
    return Transform() if asked is None else Transform(**given(asked))

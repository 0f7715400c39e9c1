"""Opens stored pictures, already shrunk: each format in the way that decodes the least."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyvips

from imaging.render.colour import in_srgb, is_srgb
from imaging.render.facts import ImageFormat
from imaging.render.heif import open_heif
from imaging.render.plan import Plan
from imaging.render.svg import DPI, sanitised_svg

FAIL_ON = "error"

# Beside the picture these may hold smaller ones, which libvips would take for a thumbnail: nobody has checked that
# they show the same, or that they can be decoded.
_HIDING = frozenset({ImageFormat.TIFF, ImageFormat.AVIF})

Shrink = Callable[..., pyvips.Image]


def picture(path: Path, plan: Plan) -> pyvips.Image:
    """Open the first page at the plan's size before turning, in sRGB of 8 bits, to be read from top to bottom."""
    if plan.source.format is ImageFormat.HEIC:
        return _shrunk(open_heif(path).thumbnail_image, plan)
    if plan.source.format in _HIDING:
        return _shrunk(_opened(path).thumbnail_image, plan)
    if plan.source.format is ImageFormat.SVG:
        drawing, drawn = sanitised_svg(path), {"option_string": f"dpi={DPI}"}
        return _shrunk(lambda width, **how: pyvips.Image.thumbnail_buffer(drawing, width, **drawn, **how), plan)
    return _shrunk(lambda width, **how: pyvips.Image.thumbnail(str(path), width, **how), plan)


def frames(path: Path, plan: Plan) -> Iterator[pyvips.Image]:
    """Open all frames of an animation, each as `picture` would; they must be used up one after the other."""
    strip = _opened(path, n=-1)
    height = strip.get_page_height()
    for top in range(0, strip.height, height):
        yield _shrunk(strip.crop(0, top, strip.width, height).thumbnail_image, plan)


def _opened(path: Path, **pages: int) -> pyvips.Image:
    return pyvips.Image.new_from_file(str(path), access="sequential", fail_on=FAIL_ON, revalidate=True, **pages)


def _shrunk(shrink: Shrink, plan: Plan) -> pyvips.Image:
    """Resize to the exact size; libvips would keep the ratio and miss it by a pixel."""
    how: dict[str, Any] = {
        "height": plan.resized.height,
        "size": "force",
        "no_rotate": True,
        "fail_on": FAIL_ON,
    }
    image = shrink(plan.resized.width, **how)
    if image.get_typeof("icc-profile-data") and not is_srgb(image):
        image = _through_profile(image, lambda: shrink(plan.resized.width, output_profile="srgb", **how))
    return _eight_bit_srgb(image)


def _through_profile(image: pyvips.Image, shrink: Callable[[], pyvips.Image]) -> pyvips.Image:
    try:
        # Nothing is decoded yet: asking again costs no more than the header.
        return in_srgb(image) or shrink()
    except pyvips.Error:
        # A profile that leads nowhere was ignored when the picture came in, and viewers ignore it, too.
        return image


def _eight_bit_srgb(image: pyvips.Image) -> pyvips.Image:
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    return image if image.format == "uchar" else image.cast("uchar")

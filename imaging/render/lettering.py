"""Sets text in the bundled font, as a mask of one band: 255 where there is ink."""

import html
import math
import unicodedata

import pyvips

from imaging.render.choices import Gravity
from imaging.render.fonts import FAMILY, font_path
from imaging.render.geometry import Size
from imaging.render.watermark import Watermark

LEAST_EM_PX = 8
"""Smaller letters cannot be read: a text is no smaller where the picture has room."""

# A hundred of the widest letters of this size still fit the 32 767 pixels that Cairo draws.
_MEASURED_EM_PX = 128
_FINER = 4
_MOST_FINE_WIDTH = 16_384
_MOST_FINE_PIXELS = 4_000_000
_WEST = (Gravity.NORTH_WEST, Gravity.WEST, Gravity.SOUTH_WEST)
_EAST = (Gravity.NORTH_EAST, Gravity.EAST, Gravity.SOUTH_EAST)


def load_font() -> None:
    """Make the font known to this process: to watermarks, and to drawings with text in them, which come before."""
    _set(Watermark(text="a"), LEAST_EM_PX)


def measured(mark: Watermark) -> tuple[Size, int]:
    """Return the shape of the inked part of the text, and how wide it is at least if it shall be read."""
    inked = _set(mark, _MEASURED_EM_PX)
    return Size(inked.width, inked.height), math.ceil(inked.width * LEAST_EM_PX / _MEASURED_EM_PX)


def lettering(mark: Watermark, shape: Size, size: Size) -> pyvips.Image:
    """Return the text's mask of exactly this size; `shape` is as it was measured."""
    # Letters stand on whole pixels: set larger and made smaller, they keep their distances at every size.
    is_small = size.pixels * _FINER**2 <= _MOST_FINE_PIXELS and size.width * _FINER <= _MOST_FINE_WIDTH
    finer = _FINER if is_small else 1
    inked = _set(mark, _MEASURED_EM_PX * finer * size.width / shape.width)
    return inked.thumbnail_image(size.width, height=size.height, size="force")


def _set(mark: Watermark, em_px: float) -> pyvips.Image:
    # At 72 dots per inch, a point is a pixel.
    return pyvips.Image.text(
        html.escape(mark.text or "", quote=False),
        font=f"{FAMILY} {em_px:.3f}",
        fontfile=font_path(),
        align=_alignment(mark),
        dpi=72,
    )


def _alignment(mark: Watermark) -> str:
    """Return on which side the lines are even, as Pango says it: low is where reading begins."""
    if mark.position not in _WEST + _EAST:
        return "centre"
    directions = (unicodedata.bidirectional(letter) for letter in mark.text or "")
    begins_west = next((direction for direction in directions if direction in ("L", "R", "AL")), "L") == "L"
    return "low" if (mark.position in _WEST) == begins_west else "high"

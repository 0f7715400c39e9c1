"""How large a watermark is on a picture, and where it lies. No pyvips here."""

import math

from imaging.render.geometry import Box, Size, scaled
from imaging.render.layout import place_box
from imaging.render.transform import Transform
from imaging.render.watermark import Watermark


def place(mark: Watermark, picture: Size, shape: Size, least_width: int = 1) -> Box:
    """Return the watermark's box on the picture: `scale` wide, or as large as the margins leave room for.

    `shape` is the watermark's own size, of which only the ratio counts; `least_width` is how wide it is at least,
    where there is room. Margins leave room for one pixel.
    """
    margin = min(mark.margin, (min(picture.width, picture.height) - 1) // 2)
    room = Size(picture.width - 2 * margin, picture.height - 2 * margin)
    width = max(1, least_width, math.floor(picture.width * mark.scale + 0.5))
    size = Size(width, scaled(shape.height, width, shape.width)).at_most(room)
    # It lies in its room as a picture lies on its canvas.
    return place_box(Transform(gravity=mark.position), size, room).shifted(margin, margin)

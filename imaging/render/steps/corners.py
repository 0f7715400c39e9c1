"""Round the corners."""

import pyvips

from imaging.render.paint import paint
from imaging.render.plan import OPAQUE, TRANSPARENT, WHITE, Plan

# libvips cuts off what is behind the point.
_ROUNDING = 0.5


def corners(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Make what lies outside the rounded corners transparent, or of the background where the format is opaque."""
    radius = plan.corner_radius
    if not radius:
        return image
    mask = rounded(image.width, image.height, radius)
    if not image.hasalpha():
        image = image.bandjoin(mask)
    else:
        alpha = (image[3] * mask).linear(1 / OPAQUE, _ROUNDING, uchar=True)
        image = image[:3].bandjoin(alpha).copy(interpretation="srgb")
    if plan.format in TRANSPARENT:
        return image
    return image.flatten(background=paint((plan.background or WHITE)[:3], image, plan))


def rounded(width: int, height: int, radius: int) -> pyvips.Image:
    """Return a mask of 255 inside the rounded rectangle and 0 outside; a pixel on the edge has its part inside.

    That part is taken from how far the edge runs from the pixel's middle, which is right within a fifteenth.
    """
    places = pyvips.Image.xyz(radius, radius)
    x, y = (radius - 0.5 - places[band] for band in (0, 1))
    corner = ((radius + 0.5 - (x * x + y * y) ** 0.5) * OPAQUE).linear(1, _ROUNDING, uchar=True).copy_memory()
    mask = pyvips.Image.black(width, height).linear(1, OPAQUE, uchar=True)
    right, bottom = width - radius, height - radius
    flopped = corner.fliphor()
    for left, top, part in ((0, 0, corner), (right, 0, flopped)):
        mask = mask.insert(part, left, top).insert(part.flipver(), left, bottom)
    return mask.copy(interpretation="b-w")

"""Colour a picture in the shades of one colour."""

import pyvips

from imaging.render.paint import in_colours_of
from imaging.render.plan import Plan


def tint(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Keep how light each pixel is, and give it the wish's colour; black and white stay, transparency too.

    In L*a*b*, a and b of the tint are given in full to middle gray and less to what is darker or lighter, 1 - (2L - 1)²
    for L from 0 to 1. Source: sharp 0.34, operations.cc, Tint.
    """
    if plan.wish.tint is None:
        return image
    shades = in_colours_of(image, _shades(bytes.fromhex(plan.wish.tint[1:7])), plan)
    colours = image[:3].copy(interpretation="srgb") if image.hasalpha() else image
    tinted = colours.colourspace("b-w").maplut(shades).copy(interpretation=image.interpretation)
    return tinted.bandjoin(image[3]) if image.hasalpha() else tinted


def _shades(color: bytes) -> pyvips.Image:
    """Return the tinted colour of each of the 256 grays."""
    spot = (pyvips.Image.black(1, 1, bands=3) + list(color)).copy(interpretation="srgb")
    _, a, b = spot.colourspace("lab")(0, 0)
    lightness = pyvips.Image.identity().copy(interpretation="b-w").colourspace("srgb").colourspace("lab")[0]
    weight = 1 - (lightness / 50 - 1) ** 2
    return lightness.bandjoin([weight * a, weight * b]).copy(interpretation="lab").colourspace("srgb")

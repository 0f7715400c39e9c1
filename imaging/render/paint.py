"""Colours told in sRGB, as a picture has them that keeps a colour space of its own."""

from collections.abc import Sequence

import pyvips

from imaging.render.choices import OutputColorSpace
from imaging.render.colour import is_srgb
from imaging.render.plan import Plan

_PROFILE = "icc-profile-data"


def paint(color: Sequence[int], image: pyvips.Image, plan: Plan) -> list[float]:
    """Return the red, green and blue to paint on the image, so that they look like this colour of sRGB."""
    spot = (pyvips.Image.black(1, 1, bands=3) + list(color)).cast("uchar").copy(interpretation="srgb")
    painted: list[float] = in_colours_of(image, spot, plan)(0, 0)
    return painted


def in_colours_of(image: pyvips.Image, drawn: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Return what is drawn in sRGB, opaque, in the image's own colour space where the plan keeps that."""
    if plan.wish.color_space is OutputColorSpace.SRGB or not image.get_typeof(_PROFILE) or is_srgb(image):
        return drawn
    between = drawn.icc_import(input_profile="srgb", intent="relative")
    between.set_type(pyvips.GValue.blob_type, _PROFILE, image.get(_PROFILE))
    return between.icc_export(depth=8, intent="relative").copy(interpretation=image.interpretation)

"""Bring the picture to its size and to the colours it is written in."""

from typing import Any

import pyvips

from imaging.render.colour import INTENT, PROFILE, eight_bit, has_true_rgb_profile, in_srgb, is_srgb, without_profile
from imaging.render.plan import Plan

_COLOURS = 3


def resize(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Resize to exactly the plan's size before turning; libvips by itself would keep the ratio and miss it by a pixel.

    What comes out is RGB of 8 bits: that of its profile where the plan keeps it, else sRGB without a profile.
    """
    if not image.get_typeof(PROFILE):
        return _without_managing(image, plan)
    if plan.keeps_colours and has_true_rgb_profile(image):
        return eight_bit(_resized(image, plan))
    if is_srgb(image):
        return _without_managing(without_profile(image), plan)
    try:
        return eight_bit(without_profile(_resized(image, plan, output_profile="srgb")))
    except pyvips.Error:
        # A profile that leads nowhere was ignored when the picture came in, and viewers ignore it, too.
        return _without_managing(without_profile(image), plan)


def _without_managing(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Resize a picture that does not say what its numbers mean."""
    if image.interpretation == "cmyk":
        return eight_bit(without_profile(_resized(image, plan, input_profile="cmyk", output_profile="srgb")))
    if plan.wish.linear_light and image.bands < _COLOURS:
        # Of grey pictures libvips would mix the numbers all the same.
        image = eight_bit(image)
    return eight_bit(_resized(image, plan))


def _resized(image: pyvips.Image, plan: Plan, **profile: str) -> pyvips.Image:
    size = plan.resized
    if image.hasalpha() and (image.width == size.width) != (image.height == size.height):
        return _along_one_side(in_srgb(image) if profile else eight_bit(image), plan)
    how: dict[str, Any] = {"size": "force", "no_rotate": True, "linear": plan.wish.linear_light, "intent": INTENT}
    return image.thumbnail_image(size.width, height=size.height, **how, **profile)


def _along_one_side(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Resize a see-through picture of which one side stays: libvips would let its invisible colours bleed."""
    across, down = plan.resized.width / image.width, plan.resized.height / image.height
    if plan.wish.linear_light:
        light = image.colourspace("scrgb").premultiply()
        return light.resize(across, vscale=down).unpremultiply().colourspace("srgb")
    # libvips cuts off what is behind the point.
    return (image.premultiply().resize(across, vscale=down).unpremultiply() + 0.5).cast("uchar")

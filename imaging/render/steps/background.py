"""Lay a transparent picture upon a colour."""

import pyvips

from imaging.render.paint import paint
from imaging.render.plan import OPAQUE, Plan


def background(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Fill what shines through with the plan's colour; without one, transparency stays."""
    if plan.background is None or not image.hasalpha():
        return image
    *told, alpha = plan.background
    color = paint(told, image, plan)
    if alpha == OPAQUE:
        return image.flatten(background=color)
    # In floats, because bytes come out up to one level darker: the canvas around would be seen to be another colour.
    ground = _floats(image.new_from_image([*color, alpha]), image)
    laid = ground.composite2(_floats(image, image), "over")
    return (laid + 0.5).cast("uchar").copy(interpretation=image.interpretation)


def _floats(image: pyvips.Image, like: pyvips.Image) -> pyvips.Image:
    return image.cast("float").copy(interpretation=like.interpretation)

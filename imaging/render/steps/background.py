"""Lay a transparent picture upon a colour."""

import pyvips

from imaging.render.plan import OPAQUE, Plan


def background(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Fill what shines through with the plan's colour; without one, transparency stays."""
    if plan.background is None or not image.hasalpha():
        return image
    *color, alpha = plan.background
    if alpha == OPAQUE:
        return image.flatten(background=color)
    ground = image.new_from_image([*color, alpha]).copy(interpretation=image.interpretation)
    return ground.composite2(image, "over").cast("uchar")

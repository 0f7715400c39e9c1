"""Lay the picture on its canvas."""

import pyvips

from imaging.render.paint import paint
from imaging.render.plan import OPAQUE, Plan


def canvas(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Extend the picture to the plan's canvas, with the plan's padding around it."""
    if plan.canvas is None or plan.place is None:
        return image
    if plan.padding[3] != OPAQUE and not image.hasalpha():
        image = image.addalpha()
    *told, alpha = plan.padding
    color = [*paint(told, image, plan), alpha][: image.bands]
    size = plan.canvas
    return image.embed(plan.place.left, plan.place.top, size.width, size.height, extend="background", background=color)

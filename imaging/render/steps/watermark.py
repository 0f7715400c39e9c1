"""Lay a watermark over the picture."""

import pyvips

from imaging.render.geometry import Size
from imaging.render.overlay import ready
from imaging.render.paint import in_colours_of
from imaging.render.plan import Plan


def watermark(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Blend the wish's image or text into the picture; what it does not touch keeps its exact pixels."""
    if plan.wish.watermark is None:
        return image
    colors, mask = ready(plan.wish.watermark, plan.overlay, Size(image.width, image.height))
    colors = in_colours_of(image, colors, plan)
    if not image.hasalpha():
        return mask.ifthenelse(colors, image, blend=True)
    # libvips premultiplies, blends and divides; of eight bits it would cut off the fractions.
    blended = image.cast("float").composite2(colors.bandjoin(mask).cast("float"), "over")
    return (mask > 0).ifthenelse((blended + 0.5).cast("uchar"), image)

"""Runs the steps that a plan needs over a lazy picture, in the order that `order` gives and explains."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pyvips

from imaging.render.order import steps_of
from imaging.render.plan import Plan
from imaging.render.steps.adjust import adjust
from imaging.render.steps.background import background
from imaging.render.steps.blur import blur
from imaging.render.steps.canvas import canvas
from imaging.render.steps.corners import corners
from imaging.render.steps.crop import crop
from imaging.render.steps.hold import hold
from imaging.render.steps.sharpen import sharpen
from imaging.render.steps.tint import tint
from imaging.render.steps.turn import turn
from imaging.render.steps.watermark import watermark

Step = Callable[[pyvips.Image, Plan], pyvips.Image]

TURNING: Mapping[str, Step] = MappingProxyType({"turn": turn})
"""What is done before a frame's place is sought. Opening, cutting, trimming and resizing come before, in `streams`."""

LAYING: Mapping[str, Step] = MappingProxyType(
    {
        "crop": crop,
        "adjust": adjust,
        "tint": tint,
        "blur": blur,
        "sharpen": sharpen,
        "background": background,
        "canvas": canvas,
        "watermark": watermark,
        "corners": corners,
    }
)
"""What is done to a picture, or to each frame, once it is turned. Labelling and encoding come after, in `render`."""

STEPS: Mapping[str, Step] = MappingProxyType({**TURNING, **LAYING})


def apply(image: pyvips.Image, plan: Plan, steps: Mapping[str, Step] = STEPS) -> pyvips.Image:
    """Run those of the steps that the plan needs over a lazy image, in sRGB or another RGB of 8 bits."""
    if "turn" in steps:
        image = hold(image, plan)
    for step in steps_of(plan):
        if step.name in steps:
            image = steps[step.name](image, plan)
    return image

"""The order of the steps."""

from collections.abc import Callable

import pyvips

from imaging.render.plan import Plan
from imaging.render.steps.background import background
from imaging.render.steps.canvas import canvas
from imaging.render.steps.crop import crop
from imaging.render.steps.hold import hold
from imaging.render.steps.turn import turn

Step = Callable[[pyvips.Image, Plan], pyvips.Image]

TURNING: tuple[Step, ...] = (hold, turn)
LAYING: tuple[Step, ...] = (crop, background, canvas)
STEPS: tuple[Step, ...] = TURNING + LAYING


def apply(image: pyvips.Image, plan: Plan, steps: tuple[Step, ...] = STEPS) -> pyvips.Image:
    """Run the steps over a lazy image."""
    for step in steps:
        image = step(image, plan)
    return image

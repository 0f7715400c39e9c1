"""Turn the picture: what the camera's orientation asks for and what the wish asks for, as one."""

import pyvips

from imaging.render.plan import Plan

_ROTATE = {1: "d90", 2: "d180", 3: "d270"}


def turn(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Mirror left to right, then rotate clockwise, as far as the plan says."""
    if plan.turn.mirrored:
        image = image.fliphor()
    return image.rot(_ROTATE[plan.turn.quarters]) if plan.turn.quarters else image

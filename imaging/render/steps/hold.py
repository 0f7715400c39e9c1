"""Keep the resized picture whole in memory where what follows does not read it from top to bottom."""

import pyvips

from imaging.render.plan import Plan


def hold(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Decode now if the plan needs random access; a source read in sequence would fail under a turn or a crop."""
    return image.copy_memory() if plan.random_access else image

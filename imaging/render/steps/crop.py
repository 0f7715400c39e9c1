"""Cut the picture to its box."""

from dataclasses import replace

import pyvips

from imaging.render.choices import Gravity
from imaging.render.geometry import Box
from imaging.render.plan import Plan

_INTEREST = {Gravity.ATTENTION: "attention", Gravity.ENTROPY: "entropy"}


def crop(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Keep the plan's box, or where the plan seeks, the box that draws the eye or tells the most."""
    if plan.crop is None:
        return image
    box = settled(image, plan).crop or plan.crop
    return image.crop(box.left, box.top, box.width, box.height)


def settled(image: pyvips.Image, plan: Plan) -> Plan:
    """Return the plan with a sought box found in this turned picture, so that all frames share it."""
    if plan.crop is None or plan.seek is None:
        return plan
    found = image.smartcrop(plan.crop.width, plan.crop.height, interesting=_INTEREST[plan.seek])
    # libvips tells the corner of a cut as a negative offset.
    box = Box(-found.xoffset, -found.yoffset, plan.crop.width, plan.crop.height)
    return replace(plan, crop=box, seek=None)

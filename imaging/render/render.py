"""Makes a rendition: reads a stored picture, follows the plan, writes the file. Runs in a decoder process."""

from collections.abc import Iterable
from pathlib import Path

import pyvips

from imaging.render.codecs import save
from imaging.render.facts import Rendered
from imaging.render.overlay import forget
from imaging.render.page import at_page
from imaging.render.pipeline import LAYING, STEPS, TURNING, apply
from imaging.render.plan import Plan
from imaging.render.steps.crop import settled
from imaging.render.steps.label import label
from imaging.render.steps.trim import trimmed
from imaging.render.streams import frames, picture


def render(source_path: Path, plan: Plan, target: Path) -> Rendered:
    """Write the picture that the plan describes, of exactly its size: unless edges are trimmed or pages differ.

    Raises:
        InvalidTransform: the crop lies outside of the page.
        OutputTooLarge: what is left of the trimmed picture, or this page, comes out longer than the format may have.
        pyvips.Error: the stored bytes cannot be decoded, or the target cannot be written.
    """
    plan = trimmed(source_path, at_page(source_path, plan))
    try:
        image = _image(source_path, plan)
        encode_ms = save(label(image, plan), plan, target)
    finally:
        forget()
    return Rendered(plan.width, plan.height, plan.pages, target.stat().st_size, encode_ms)


def _image(path: Path, plan: Plan) -> pyvips.Image:
    if plan.pages > 1:
        return _join(frames(path, plan), plan)
    return apply(picture(path, plan), plan, STEPS)


def _join(moving: Iterable[pyvips.Image], plan: Plan) -> pyvips.Image:
    """Lay each frame by itself, so that none bleeds into the next, then put them below one another."""
    laid = []
    for frame in moving:
        turned = apply(frame, plan, TURNING)
        plan = settled(turned, plan)
        # Done with this frame before the next is asked for: the source is read from top to bottom.
        laid.append(apply(turned, plan, LAYING).copy_memory())
    return pyvips.Image.arrayjoin(laid, across=1)

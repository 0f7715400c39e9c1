"""Opens stored pictures, already cut and shrunk: each format in the way that decodes the least."""

from collections.abc import Iterator
from pathlib import Path

import pyvips

from imaging.render.facts import ImageFormat
from imaging.render.geometry import Size
from imaging.render.plan import Plan
from imaging.render.steps.resize import resize
from imaging.render.stored import can_scale, open_frames, open_stored

# A drawing of which a small part is shown large is drawn no larger than this, and enlarged.
LARGEST_DRAWING_PX = 32_768


def picture(path: Path, plan: Plan) -> pyvips.Image:
    """Open a page, cut to the plan's region and of the plan's size before turning, to be read from top to bottom.

    It is of 8 bits, in sRGB or, where the plan keeps it, in the RGB of its own profile.
    """
    return resize(cut_page(path, plan, load_scale(plan)), plan)


def frames(path: Path, plan: Plan) -> Iterator[pyvips.Image]:
    """Open all frames of an animation, each as `picture` would; they must be used up one after the other."""
    return (resize(frame, plan) for frame in cut_frames(path, plan))


def cut_page(path: Path, plan: Plan, scale: float = 1.0) -> pyvips.Image:
    """Open a page as it is stored, cut to the plan's region."""
    return _cut(open_stored(path, plan.source.format, plan.page, scale), plan, scale)


def cut_frames(path: Path, plan: Plan) -> Iterator[pyvips.Image]:
    """Open all frames of an animation, each cut to the plan's region; they must be used up one after the other."""
    strip = open_frames(path, plan.source.format)
    height = strip.get_page_height()
    for top in range(0, strip.height, height):
        yield _cut(strip.crop(0, top, strip.width, height), plan, 1.0)


def load_scale(plan: Plan) -> float:
    """Return at what part of its stored size the page is opened: a drawing may be opened larger."""
    if plan.source.format is ImageFormat.JPEG:
        return 1 / plan.shrink_on_load
    if not can_scale(plan.source.format):
        return 1.0
    used = plan.stored_region.size if plan.stored_region else plan.stored_size
    scale = max(plan.resized.width / used.width, plan.resized.height / used.height)
    if plan.source.format is ImageFormat.SVG:
        return min(scale, LARGEST_DRAWING_PX / max(plan.stored_size.width, plan.stored_size.height))
    return 1.0 if plan.decodes_all else min(1.0, scale)


def _cut(image: pyvips.Image, plan: Plan, scale: float) -> pyvips.Image:
    if plan.stored_region is None:
        return image
    box = plan.stored_region.scaled(scale, Size(image.width, image.height))
    return image.crop(box.left, box.top, box.width, box.height)

"""Find what is left when edges that are all of one colour are cut away."""

import math
from collections.abc import Iterable
from functools import reduce
from pathlib import Path

import pyvips

from imaging.render.colour import in_srgb
from imaging.render.facts import ImageFormat
from imaging.render.geometry import Box, Size, Turn
from imaging.render.plan import OPAQUE, Plan, replanned
from imaging.render.streams import cut_frames, cut_page

# A drawing has no pixels of its own: its edges are sought in one no larger than this.
DRAWING_PX = 2_048
# What is small enough is decoded once and held (64 MiB); else the corner's colour costs a reading of its own.
HELD_PIXELS = 16 * 1024 * 1024

Color = tuple[float, ...]


def trimmed(path: Path, plan: Plan) -> Plan:
    """Return the plan for what lies inside the edges; of an animation, what lies inside them in any frame.

    An edge is a row or column whose pixels all are invisible, or differ from the colour by at most the threshold
    in each channel, alpha among them. A picture without anything inside its edges is left as it is.

    Raises:
        OutputTooLarge: a side of the result is longer than the format may have.
        pyvips.Error: the stored bytes cannot be decoded.
    """
    if not plan.trims:
        return plan
    kept = _kept_of_all(path, plan) if plan.pages > 1 else _kept_of_page(path, plan)
    return replanned(plan, plan.source, kept or plan.region)


def _kept_of_all(path: Path, plan: Plan) -> Box | None:
    color = _color(in_srgb(cut_page(path, plan)), plan)
    found = (_inside(in_srgb(frame), color, plan) for frame in cut_frames(path, plan))
    boxes = [box for box in found if box]
    return _upright(reduce(Box.around, boxes), plan, 1.0) if boxes else None


def _kept_of_page(path: Path, plan: Plan) -> Box | None:
    scale = _scale(plan)
    page = in_srgb(cut_page(path, plan, scale))
    if page.width * page.height <= HELD_PIXELS:
        page = page.copy_memory()
        color = _color(page, plan)
    else:
        color = _color(in_srgb(cut_page(path, plan, scale)), plan)
    box = _inside(page, color, plan)
    return _upright(box, plan, scale) if box else None


def _scale(plan: Plan) -> float:
    longest = max(plan.stored_size.width, plan.stored_size.height)
    return min(1.0, DRAWING_PX / longest) if plan.source.format is ImageFormat.SVG else 1.0


def _color(page: pyvips.Image, plan: Plan) -> Color:
    """Return the RGBA that edges have: the one asked for, or that of the upright picture's top left corner."""
    assert plan.wish.trim is not None
    if plan.wish.trim.color:
        return (*bytes.fromhex(plan.wish.trim.color[1:7]), OPAQUE)
    upright = Turn.from_exif(plan.source.orientation)
    corner = upright.inverse.box(Box(0, 0, 1, 1), upright.size(Size(page.width, page.height)))
    pixel: list[float] = page.getpoint(corner.left, corner.top)
    return tuple(pixel) if page.hasalpha() else (*pixel, OPAQUE)


def _inside(page: pyvips.Image, color: Color, plan: Plan) -> Box | None:
    """Return the box around all pixels that are not of an edge's kind; None where there are none."""
    assert plan.wish.trim is not None
    # Both are one pass over the picture, from top to bottom.
    columns, rows = _differs(page, color, plan.wish.trim.threshold).project()
    across, down = columns.numpy().ravel().nonzero()[0], rows.numpy().ravel().nonzero()[0]
    if not across.size:
        return None
    left, top = int(across[0]), int(down[0])
    return Box(left, top, int(across[-1]) - left + 1, int(down[-1]) - top + 1)


def _differs(page: pyvips.Image, color: Color, threshold: int) -> pyvips.Image:
    if page.hasalpha() and color[3] == 0:
        return page[3] > threshold
    wanted: Iterable[float] = color[: page.bands]
    darker = page < [tone - threshold for tone in wanted]
    differs = (darker | (page > [tone + threshold for tone in wanted])).bandor()
    return differs & (page[3] > 0) if page.hasalpha() else differs


def _upright(found: Box, plan: Plan, scale: float) -> Box:
    """Return where a box of the cut page lies in the upright source, in whole pixels around it."""
    cut = plan.stored_region or Box(0, 0, plan.stored_size.width, plan.stored_size.height)
    left, top = cut.left + math.floor(found.left / scale), cut.top + math.floor(found.top / scale)
    right = min(cut.left + cut.width, cut.left + math.ceil((found.left + found.width) / scale))
    bottom = min(cut.top + cut.height, cut.top + math.ceil((found.top + found.height) / scale))
    stored = Box(left, top, max(1, right - left), max(1, bottom - top))
    return Turn.from_exif(plan.source.orientation).box(stored, plan.stored_size)

"""Finds out what the page that was asked for is like: only of the first is it known beforehand."""

from dataclasses import replace
from pathlib import Path

import pyvips

from imaging.render.facts import Limits
from imaging.render.geometry import Size, Turn
from imaging.render.header import check_size
from imaging.render.plan import Plan, repaged
from imaging.render.stored import open_stored


def at_page(path: Path, plan: Plan) -> Plan:
    """Return the plan for the page as it is: it may be larger, and lie otherwise, than the first.

    Raises:
        FileRejected: the page is larger than a picture may be.
        InvalidTransform: the crop lies outside of it.
        OutputTooLarge: a side is longer than the format may have.
        pyvips.Error: the stored bytes cannot be decoded.
    """
    if plan.page == 0 or plan.source.animated:
        return plan
    page = open_stored(path, plan.source.format, plan.page)
    # The first page was let in: what is as large may come in, too.
    most = max(Limits().max_pixels, plan.stored_size.pixels)
    check_size(page.width, page.height, Limits(max_pixels=most))
    orientation = _orientation(page)
    size = Turn.from_exif(orientation).size(Size(page.width, page.height))
    source = replace(
        plan.source,
        width=size.width,
        height=size.height,
        orientation=orientation,
        has_alpha=plan.source.has_alpha or page.hasalpha(),
    )
    return repaged(plan, source)


def _orientation(page: pyvips.Image) -> int:
    value = int(page.get("orientation")) if page.get_typeof("orientation") else 1
    return value if 1 <= value <= 8 else 1

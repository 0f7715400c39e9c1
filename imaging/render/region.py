"""The part of the upright source that is used. No pyvips here."""

from imaging.render.facts import Source
from imaging.render.geometry import Box, Size
from imaging.render.transform import Transform


def region_of(wish: Transform, source: Source) -> Box | None:
    """Return the part that the wish is for, before its page is opened; None for all of it.

    Raises:
        InvalidTransform: it lies outside of the source.
    """
    crop = wish.crop
    if crop and not crop.is_ratio and (wish.page or 1) > 1 and not source.animated:
        # A page that may be larger than the first: whether it holds the crop is seen when it is opened.
        return Box(crop.left, crop.top, crop.width, crop.height)
    return region_of_page(wish, source)


def region_of_page(wish: Transform, source: Source) -> Box | None:
    """Return the part that the wish is for of a page that is as the source says; None for all of it.

    Raises:
        InvalidTransform: it lies outside of the page.
    """
    box = None if wish.crop is None else wish.crop.box(Size(source.width, source.height))
    return part_of(box, source)


def part_of(box: Box | None, source: Source) -> Box | None:
    """Return the box; None where it is all of the source."""
    return None if box == Box(0, 0, source.width, source.height) else box


def focus_within(wish: Transform, source: Source, region: Box | None) -> tuple[float, float] | None:
    """Return the focal point within the region, as near as the region's edges allow."""
    if wish.focal_point is None or region is None:
        return wish.focal_point
    x = (wish.focal_point[0] * source.width - region.left) / region.width
    y = (wish.focal_point[1] * source.height - region.top) / region.height
    return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

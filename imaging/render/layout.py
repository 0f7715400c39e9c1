"""Where a fitted picture goes: the arithmetic of the six fits. No pyvips here."""

from collections.abc import Callable
from dataclasses import dataclass

from imaging.render.choices import Fit, Gravity
from imaging.render.geometry import Box, Size, cut_along, cut_at, scaled
from imaging.render.transform import Transform

RATIO_STEPS = 10_000

_COMPASS = {
    Gravity.NORTH: (0, -1),
    Gravity.NORTH_EAST: (1, -1),
    Gravity.EAST: (1, 0),
    Gravity.SOUTH_EAST: (1, 1),
    Gravity.SOUTH: (0, 1),
    Gravity.SOUTH_WEST: (-1, 1),
    Gravity.WEST: (-1, 0),
    Gravity.NORTH_WEST: (-1, -1),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The fitted picture, what is cut from it or laid around it; at most one of the two."""

    picture: Size
    cut: Size | None = None
    canvas: Size | None = None

    @property
    def result(self) -> Size:
        """The exact size of what comes out."""
        return self.cut or self.canvas or self.picture


def lay_out(wish: Transform, seen: Size, allowed: Callable[[Size], Size]) -> Layout:
    """Fit a picture of the size `seen` (upright and turned) as a folded wish asks.

    Where the wish names no side, the size is what is `allowed` of the picture's own.
    """
    if wish.width is not None and wish.height is not None:
        return _in_box(wish, seen, Size(wish.width, wish.height))
    if wish.aspect_ratio is not None:
        return _in_box(wish, seen, _shaped(wish, seen, allowed))
    if wish.width is not None:
        width = wish.width if wish.allow_upscale else min(wish.width, seen.width)
        return Layout(Size(width, scaled(seen.height, width, seen.width)))
    if wish.height is not None:
        height = wish.height if wish.allow_upscale else min(wish.height, seen.height)
        return Layout(Size(scaled(seen.width, height, seen.height), height))
    return Layout(allowed(seen))


def crop_box(wish: Transform, picture: Size, cut: Size, focus: tuple[float, float] | None) -> Box:
    """Return what COVER keeps of the fitted picture; in the middle where libvips is to seek the place.

    `focus` is the focal point, 0..1, of what the picture shows before it is turned.
    """
    if focus is not None:
        return cut_at(picture, cut, *wish.turn.point(*focus))
    x, y = _direction(wish)
    return cut_at(picture, cut, (x + 1) / 2, (y + 1) / 2)


def place_box(wish: Transform, picture: Size, canvas: Size) -> Box:
    """Return where the picture lies on the canvas of CONTAIN and PAD."""
    inner = cut_along(canvas, picture, *_direction(wish))
    return Box(inner.left, inner.top, picture.width, picture.height)


def _in_box(wish: Transform, seen: Size, box: Size) -> Layout:
    if wish.fit in (Fit.CONTAIN, Fit.PAD):
        grows = wish.allow_upscale and wish.fit is Fit.CONTAIN
        return Layout(seen.inside(box) if grows else seen.at_most(box), canvas=box)
    if wish.fit is Fit.INSIDE:
        return Layout(seen.inside(box) if wish.allow_upscale else seen.at_most(box))
    if not wish.allow_upscale:
        box = box.at_most(seen)
    if wish.fit is Fit.STRETCH:
        return Layout(box)
    around = seen.around(box)
    return Layout(around) if wish.fit is Fit.OUTSIDE else Layout(around, cut=box)


def _shaped(wish: Transform, seen: Size, allowed: Callable[[Size], Size]) -> Size:
    """Return the box of a ratio without sides: the largest inside the picture, or what holds all of it."""
    shape = Size(max(1, round((wish.aspect_ratio or 1) * RATIO_STEPS)), RATIO_STEPS)
    if wish.fit in (Fit.CONTAIN, Fit.PAD):
        return allowed(shape.around(seen))
    # What lies outside of the box is part of the result.
    return shape.inside(allowed(seen)) if wish.fit is Fit.OUTSIDE else allowed(shape.inside(seen))


def _direction(wish: Transform) -> tuple[int, int]:
    return (0, 0) if wish.gravity is None else _COMPASS.get(wish.gravity, (0, 0))

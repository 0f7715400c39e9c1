"""What is cut from the source before anything else: a rectangle, in pixels or in ratios. No pyvips here."""

import math
from dataclasses import dataclass

from imaging.errors import InvalidTransform
from imaging.render.geometry import Box, Size
from imaging.render.ranges import told

RATIO_STEPS = 10_000
MAX_PIXEL = 1_000_000


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the upright source; where `is_ratio`, its numbers are ten-thousandths of width and height.

    Raises:
        InvalidTransform: it is empty, or begins or ends outside.
    """

    left: int
    top: int
    width: int
    height: int
    is_ratio: bool = False

    def __post_init__(self) -> None:
        most = RATIO_STEPS if self.is_ratio else MAX_PIXEL
        lowest = {"left": 0, "top": 0, "width": 1, "height": 1}
        for name, low in lowest.items():
            value = getattr(self, name)
            if not low <= value <= most:
                raise _out_of_range(name, self._told(value), self._told(low), self._told(most))
        if self.is_ratio:
            self._check_edge("width", self.left + self.width)
            self._check_edge("height", self.top + self.height)

    @classmethod
    def of_ratios(cls, left: float, top: float, width: float, height: float) -> "Crop":
        """Return the rectangle told in parts of the source, each 0 to 1.

        Raises:
            InvalidTransform: it is empty, or begins or ends outside.
        """
        for name, value in (("left", left), ("top", top), ("width", width), ("height", height)):
            if not 0 <= value <= 1:
                raise _out_of_range(name, value, 0, 1)
        # Edges are rounded, not lengths: what ends at 1 must not come to end behind it.
        first, last = (_step(left), _step(top)), (_step(left + width), _step(top + height))
        return cls(*first, last[0] - first[0], last[1] - first[1], is_ratio=True)

    @property
    def is_all(self) -> bool:
        """True when it is all of any source."""
        return self.is_ratio and (self.left, self.top, self.width, self.height) == (0, 0, RATIO_STEPS, RATIO_STEPS)

    def box(self, size: Size) -> Box:
        """Return the rectangle in pixels of an upright source of this size.

        Raises:
            InvalidTransform: it lies outside of the source.
        """
        if not self.is_ratio:
            for name, end, side in (
                ("width", self.left + self.width, size.width),
                ("height", self.top + self.height, size.height),
            ):
                if end > side:
                    message = f"crop ends {end} pixels into a {name} of {side}; it must end inside the picture"
                    raise InvalidTransform(message, field=["crop", name])
            return Box(self.left, self.top, self.width, self.height)
        left, right = (_part(edge, size.width) for edge in (self.left, self.left + self.width))
        top, bottom = (_part(edge, size.height) for edge in (self.top, self.top + self.height))
        left, top = min(left, size.width - 1), min(top, size.height - 1)
        return Box(left, top, max(1, right - left), max(1, bottom - top))

    def _check_edge(self, name: str, end: int) -> None:
        if end > RATIO_STEPS:
            message = f"crop ends at {end / RATIO_STEPS:g} of the {name}; it must end inside the picture, at most at 1"
            raise InvalidTransform(message, field=["crop", name])

    def _told(self, value: int) -> float:
        return value / RATIO_STEPS if self.is_ratio else value


def _step(ratio: float) -> int:
    return math.floor(ratio * RATIO_STEPS + 0.5)


def _part(edge: int, side: int) -> int:
    return (2 * edge * side + RATIO_STEPS) // (2 * RATIO_STEPS)


def _out_of_range(name: str, value: float, low: float, high: float) -> InvalidTransform:
    return InvalidTransform(
        f"crop.{name} is {told(value)}; it must be from {told(low)} to {told(high)}", field=["crop", name]
    )

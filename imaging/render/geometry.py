"""Sizes, boxes and turns in whole pixels: integer arithmetic, round half up, at least 1. No pyvips here."""

from dataclasses import dataclass

# How a camera's EXIF orientation is undone: mirror left to right first, then turn clockwise.
# Source: CIPA DC-008 (Exif 2.32), tag 0x0112.
_UPRIGHT = {
    1: (False, 0),
    2: (True, 0),
    3: (False, 2),
    4: (True, 2),
    5: (True, 3),
    6: (False, 1),
    7: (True, 1),
    8: (False, 3),
}


def scaled(length: int, numerator: int, denominator: int) -> int:
    """Return length times the fraction, rounded half up, at least 1."""
    return max(1, (2 * length * numerator + denominator) // (2 * denominator))


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels, each at least 1."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """The area."""
        return self.width * self.height

    @property
    def swapped(self) -> "Size":
        """The size after a quarter turn."""
        return Size(self.height, self.width)

    def inside(self, box: "Size") -> "Size":
        """Return the largest size of this shape that is at most the box on both sides."""
        if self._is_wider_than(box):
            return Size(box.width, min(box.height, scaled(self.height, box.width, self.width)))
        return Size(min(box.width, scaled(self.width, box.height, self.height)), box.height)

    def around(self, box: "Size") -> "Size":
        """Return the smallest size of this shape that is at least the box on both sides."""
        if self._is_wider_than(box):
            return Size(max(box.width, scaled(self.width, box.height, self.height)), box.height)
        return Size(box.width, max(box.height, scaled(self.height, box.width, self.width)))

    def at_most(self, limit: "Size") -> "Size":
        """Return this size, made smaller in proportion until the limit is at least as large on both sides."""
        if self.width <= limit.width and self.height <= limit.height:
            return self
        return self.inside(limit)

    def _is_wider_than(self, other: "Size") -> bool:
        return self.width * other.height >= other.width * self.height


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its top left corner and size, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        """Its size."""
        return Size(self.width, self.height)

    def shifted(self, right: int, down: int) -> "Box":
        """Return the same box further to the right and further down."""
        return Box(self.left + right, self.top + down, self.width, self.height)

    def scaled(self, scale: float, within: Size) -> "Box":
        """Return the box where it lies in the picture at another scale, to the nearest pixel; `within` is its size."""
        width = min(max(1, _nearest(self.width * scale)), within.width)
        height = min(max(1, _nearest(self.height * scale)), within.height)
        left = min(_nearest(self.left * scale), within.width - width)
        return Box(left, min(_nearest(self.top * scale), within.height - height), width, height)

    def around(self, other: "Box") -> "Box":
        """Return the smallest box that holds both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        right = max(self.left + self.width, other.left + other.width)
        bottom = max(self.top + self.height, other.top + other.height)
        return Box(left, top, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class Turn:
    """One of the eight ways to turn a picture: mirrored left to right or not, then `quarters` clockwise."""

    mirrored: bool = False
    quarters: int = 0

    @classmethod
    def from_exif(cls, orientation: int) -> "Turn":
        """Return what makes a picture of this EXIF orientation upright; an unknown value changes nothing."""
        return cls(*_UPRIGHT.get(orientation, (False, 0)))

    @property
    def swaps_sides(self) -> bool:
        """True when width becomes height."""
        return self.quarters % 2 == 1

    @property
    def keeps_rows(self) -> bool:
        """True when the top row stays on top, so that the picture can be streamed."""
        return self.quarters == 0

    def rotated(self, quarters: int) -> "Turn":
        """Return this turn followed by quarter turns clockwise."""
        return Turn(self.mirrored, (self.quarters + quarters) % 4)

    def flopped(self) -> "Turn":
        """Return this turn followed by a mirroring left to right."""
        return Turn(not self.mirrored, -self.quarters % 4)

    def flipped(self) -> "Turn":
        """Return this turn followed by a mirroring top to bottom."""
        return self.flopped().rotated(2)

    def then(self, other: "Turn") -> "Turn":
        """Return this turn followed by the other."""
        turn = self.flopped() if other.mirrored else self
        return turn.rotated(other.quarters)

    def size(self, size: Size) -> Size:
        """Return the size that a picture has after the turn."""
        return size.swapped if self.swaps_sides else size

    @property
    def inverse(self) -> "Turn":
        """Return the turn that undoes this one."""
        return self if self.mirrored else Turn(False, -self.quarters % 4)

    def box(self, box: "Box", size: Size) -> "Box":
        """Return where a box of a picture of this size lies after the turn."""
        left = size.width - box.left - box.width if self.mirrored else box.left
        box = Box(left, box.top, box.width, box.height)
        for _ in range(self.quarters):
            box = Box(size.height - box.top - box.height, box.left, box.height, box.width)
            size = size.swapped
        return box

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where the point (0..1 from the top left corner) lies after the turn."""
        if self.mirrored:
            x = 1 - x
        for _ in range(self.quarters):
            x, y = 1 - y, x
        return x, y


def cut_at(size: Size, box: Size, x: float, y: float) -> Box:
    """Return the box cut out of the size with its middle as near to the point as the edges allow."""
    return Box(_offset(size.width, box.width, x), _offset(size.height, box.height, y), box.width, box.height)


def cut_along(size: Size, box: Size, x: int, y: int) -> Box:
    """Return the box cut out of (or the room around) the size; -1, 0 and 1 are start, middle and end of an axis."""
    left = (size.width - box.width) * (x + 1) // 2
    top = (size.height - box.height) * (y + 1) // 2
    return Box(left, top, box.width, box.height)


def _nearest(length: float) -> int:
    return int(length + 0.5)


def _offset(length: int, part: int, at: float) -> int:
    wanted = int(at * length - part / 2 + 0.5)
    return min(max(wanted, 0), length - part)

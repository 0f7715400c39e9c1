"""Lets a drawing fill the pixels it is drawn on, so that its edges are not mixed with the emptiness around it."""

import re
from xml.parsers import expat

_PLAIN_LENGTH = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*(px)?\s*")
_NO_LENGTH = ("", "100%", "auto")
# A drawing may be called as large as the whole pixels nearest to its true shape.
_ROUNDING_PX = 1.0


def filling(drawing: bytes) -> bytes:
    """Return the drawing with its whole frame stretched to whole pixels, by less than one, where that is what it shows.

    Sizes are rounded to whole pixels; a drawing that keeps its ratio to the last digit would then leave a part of a
    pixel free on two sides, which comes out half transparent. One whose frame and view differ in shape, or that says
    how they meet, is left as it is.
    """
    root = _Root(drawing)
    if root.name is None or not _fills_its_frame(root.attributes):
        return drawing
    after_name = root.start + 1 + len(root.name.encode())
    return drawing[:after_name] + b' preserveAspectRatio="none"' + drawing[after_name:]


class _Root:
    """The first element: its name, its attributes, and where it starts."""

    def __init__(self, drawing: bytes) -> None:
        self.name: str | None = None
        self.attributes: dict[str, str] = {}
        self.start = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._met
        try:
            self._parser.Parse(drawing, True)
        except (expat.ExpatError, StopIteration):
            return

    def _met(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes, self.start = name, attributes, self._parser.CurrentByteIndex
        raise StopIteration


def _fills_its_frame(root: dict[str, str]) -> bool:
    if "preserveAspectRatio" in root:
        return False
    view = [float(number) for number in re.findall(r"[-+\d.eE]+", root.get("viewBox", "")) if _is_number(number)]
    sides = root.get("width", "").strip(), root.get("height", "").strip()
    if len(view) != 4 or all(side in _NO_LENGTH for side in sides):
        return True
    lengths = [_PLAIN_LENGTH.fullmatch(side) for side in sides]
    if lengths[0] is None or lengths[1] is None or view[2] <= 0 or view[3] <= 0:
        return False
    width, height = (float(length[1]) for length in lengths if length)
    return abs(width - height * view[2] / view[3]) < _ROUNDING_PX


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

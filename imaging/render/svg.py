"""Makes drawings safe: an SVG is a program by a stranger until its scripts, links and bombs are out."""

import re
from bisect import bisect_left
from pathlib import Path
from xml.parsers import expat

import py_svg_hush

from imaging.errors import CorruptFile, FileRejected, TooComplex, TooManyPixels, TruncatedFile, UnsupportedFormat

MOST_BYTES = 32 * 1024 * 1024
MOST_ELEMENTS = 500_000
MOST_DRAWN = 200_000
DEEPEST = 200
DEEPEST_REFERENCE = 32
MOST_ENTITIES = 100
LONGEST_SIDE = 1_000_000
SNIFFED_BYTES = 16_384

# A CSS inch has 96 pixels; libvips, which thinks in points, then scales everything by 96/72.
DPI = 96
PIXEL_SCALE = 72 / DPI

# Pictures inside the drawing that stay; an SVG inside an SVG does not.
_KEPT_DATA = {"image": ["png", "jpeg"]}
_UNFINISHED = frozenset(
    getattr(expat.errors, name)
    for name in (
        "XML_ERROR_NO_ELEMENTS",
        "XML_ERROR_UNCLOSED_TOKEN",
        "XML_ERROR_PARTIAL_CHAR",
        "XML_ERROR_UNCLOSED_CDATA_SECTION",
    )
)
_BARE_ROOT = re.compile(rb"(<svg)(?=[\s/>])(?![^>]*\sxmlns\s*=)")
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LOCAL = re.compile(r"url\(\s*['\"]?#([^'\")\s]+)")


def sanitised_svg(path: Path) -> bytes:
    """Return the drawing without scripts, event handlers, external references and document type.

    Raises:
        FileRejected: it is not well-formed, ends too early, or is made to cost more than it shows.
    """
    if path.stat().st_size > MOST_BYTES:
        raise TooComplex(f"This drawing is larger than the {MOST_BYTES} bytes an SVG may have")
    drawing = _named(path.read_bytes())
    _check(drawing)
    try:
        clean: bytes = py_svg_hush.filter_svg(drawing, keep_data_url_mime_types=_KEPT_DATA)
    except ValueError:
        raise CorruptFile("This SVG is not well-formed") from None
    return clean


def _named(drawing: bytes) -> bytes:
    """Give the SVG namespace to a drawing written by hand without any: it cannot mean another."""
    root = _BARE_ROOT.search(drawing[:SNIFFED_BYTES])
    if root is None:
        return drawing
    return drawing[: root.end(1)] + b' xmlns="http://www.w3.org/2000/svg"' + drawing[root.end(1) :]


def _check(drawing: bytes) -> None:
    """Look through the document before anything builds a tree of it."""
    survey = _Survey()
    # External entities are never fetched: no handler for them is set. Source: Python documentation, pyexpat.
    parser = expat.ParserCreate()
    parser.StartElementHandler = survey.start
    parser.EndElementHandler = survey.end
    parser.EntityDeclHandler = survey.entity
    try:
        parser.Parse(drawing, True)
    except expat.ExpatError as error:
        raise _rejection(error) from None
    except (LookupError, ValueError):
        # Python is asked for what expat itself cannot read, and knows no such encoding, or none of single bytes.
        raise UnsupportedFormat("This SVG is written in an encoding that we do not read") from None
    survey.check_references()


def _rejection(error: expat.ExpatError) -> FileRejected:
    message = expat.ErrorString(error.code)
    if message in _UNFINISHED:
        return TruncatedFile("This SVG ends before its drawing does")
    if "amplification" in message:
        return TooComplex("This SVG uses entities to grow beyond measure")
    return CorruptFile("This SVG is not well-formed")


class _Survey:
    """Counts elements, and what they draw when every reference is followed."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str | None]] = []
        self._elements = 0
        self._entities = 0
        self._references: list[tuple[int, str]] = []
        self._spans: dict[str, tuple[int, int]] = {}
        self._costs: dict[str, int] = {}

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS or len(self._open) >= DEEPEST:
            raise TooComplex(
                f"This drawing has more than {MOST_ELEMENTS} elements, or nests them more than {DEEPEST} deep"
            )
        if self._elements == 1:
            _check_side(attributes)
        self._open.append((self._elements, attributes.get("id")))
        for name, value in attributes.items():
            # Any prefix may stand for xlink, and renderers pass over the space around.
            if name.rpartition(":")[2] == "href" and value.strip().startswith("#"):
                self._references.append((self._elements, value.strip()[1:]))
            elif "url(" in value:
                self._references += [(self._elements, target) for target in _LOCAL.findall(value)]

    def end(self, _name: str) -> None:
        first, name = self._open.pop()
        if name is not None:
            self._spans.setdefault(name, (first, self._elements))

    def entity(self, _name: str, _parameter: bool, value: str | None, *_where: str | None) -> None:
        self._entities += 1
        nested = value is not None and ("&" in value or "%" in value)
        if nested or self._entities > MOST_ENTITIES:
            raise TooComplex("This SVG uses entities to grow beyond measure")

    def check_references(self) -> None:
        """Refuse a drawing whose references multiply."""
        drawn = self._elements
        for _, target in self._references:
            drawn += self._cost(target, 1)
            if drawn > MOST_DRAWN + self._elements:
                raise _multiplied()

    def _cost(self, target: str, depth: int) -> int:
        """Count the elements drawn by following a reference; a circle is not followed, as renderers do not."""
        if target in self._costs or target not in self._spans:
            return self._costs.get(target, 0)
        if depth > DEEPEST_REFERENCE:
            raise _multiplied()
        self._costs[target] = 0
        first, last = self._spans[target]
        cost = last - first + 1
        for at in range(bisect_left(self._references, (first, "")), len(self._references)):
            element, further = self._references[at]
            if element > last:
                break
            cost += self._cost(further, depth + 1)
            if cost > MOST_DRAWN:
                raise _multiplied()
        self._costs[target] = cost
        return cost


def _check_side(attributes: dict[str, str]) -> None:
    """Refuse sides that libvips cannot count to: it would say one pixel and go on."""
    lengths = [attributes.get("width", ""), attributes.get("height", ""), *attributes.get("viewBox", "").split()]
    for length in lengths:
        number = _NUMBER.match(length)
        if number and not abs(float(number[0])) <= LONGEST_SIDE:
            raise TooManyPixels(f"This drawing has a side longer than the {LONGEST_SIDE} that an SVG may have")


def _multiplied() -> TooComplex:
    return TooComplex(f"This drawing refers to itself until it has more than {MOST_DRAWN} elements")

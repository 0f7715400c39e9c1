"""The pictures that the page starts from: all are drawn by the program itself."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyvips

from imaging.render.drawings import landscapes, patterns, samples
from imaging.render.facts import ImageFormat, Source

LOGO_ID = uuid.UUID("0198c1a7-5a10-7c3e-9f0a-6d2b5a8e4c11")
"""The id that the page's examples give to the badge."""

_STAR = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><path fill="#fff" '
    b'd="M300 60 341 163 452 171 366 241 394 349 300 289 206 349 234 241 148 171 259 163z"/></svg>'
)
# The reddest red of sRGB, and the reddest of Display P3, both in the numbers of Display P3.
_RED_OF_SRGB, _RED_OF_P3 = [234, 51, 35], [255, 0, 0]


@dataclass(frozen=True)
class Original:
    """A picture to start from: what it shows, what is known about it, and how it is drawn into a file."""

    shows: str
    source: Source
    draw: Callable[[Path], None]


def _dusk(path: Path) -> None:
    landscapes.hills_at_dusk().jpegsave(str(path), Q=92)


def _glass(path: Path) -> None:
    patterns.stained_glass().pngsave(str(path))


def _stars(path: Path) -> None:
    landscapes.star_trails().jpegsave(str(path), Q=92)


def _bubble(path: Path) -> None:
    patterns.soap_bubble().webpsave(str(path), lossless=True)


def _stamp(path: Path) -> None:
    """Draw a picture that is too small for the places where it is to be shown."""
    samples.lighthouse(path)
    path.write_bytes(pyvips.Image.thumbnail(str(path), 96).pngsave_buffer(keep="none"))


def _scan(path: Path) -> None:
    """Draw a picture on the white glass of a scanner, not in the middle."""
    glass = {"extend": "background", "background": [250, 249, 246]}
    landscapes.mountains_at_dawn().resize(0.5).embed(60, 130, 900, 660, **glass).jpegsave(str(path), Q=95)


def _pages(path: Path) -> None:
    """Draw a TIFF of three pages."""
    pages = [page().resize(0.5) for page in (landscapes.mountains_at_dawn, landscapes.dunes, landscapes.hills_at_dusk)]
    roll = pyvips.Image.arrayjoin(pages, across=1).copy()
    roll.set_type(pyvips.GValue.gint_type, "page-height", pages[0].height)
    roll.tiffsave(str(path), compression="deflate")


def _star(path: Path) -> None:
    """Draw a red star on red: sRGB has but one of the two reds."""
    shape = pyvips.Image.svgload_buffer(_STAR)[3]
    drawn = shape.ifthenelse(_RED_OF_P3, _RED_OF_SRGB, blend=True).copy(interpretation="srgb")
    drawn.icc_transform("p3", input_profile="p3").pngsave(str(path))


ORIGINALS = {
    "lighthouse": Original(
        "a lighthouse at dusk, its lamp to the right of the middle",
        Source(ImageFormat.JPEG, 6_000, 4_000),
        samples.lighthouse,
    ),
    "hills": Original("hills at dusk", Source(ImageFormat.JPEG, 1_350, 900), _dusk),
    "glass": Original("stained glass in many colours", Source(ImageFormat.PNG, 1_200, 900), _glass),
    "stars": Original("an hour of stars turning above a wood", Source(ImageFormat.JPEG, 1_200, 1_200), _stars),
    "bubble": Original("a soap bubble on nothing", Source(ImageFormat.WEBP, 900, 900, has_alpha=True), _bubble),
    "badge": Original("a round badge with mountains", Source(ImageFormat.SVG, 320, 320, has_alpha=True), samples.badge),
    "stamp": Original("the lighthouse, 96 pixels wide", Source(ImageFormat.PNG, 96, 64), _stamp),
    "scan": Original("mountains on the white glass of a scanner", Source(ImageFormat.JPEG, 900, 660), _scan),
    "pages": Original("three landscapes", Source(ImageFormat.TIFF, 675, 450, pages=3), _pages),
    "orbit": Original(
        "a small ball circling a large one", Source(ImageFormat.GIF, 240, 240, pages=24, animated=True), samples.orbit
    ),
    "star": Original("a red star on red", Source(ImageFormat.PNG, 600, 400), _star),
}

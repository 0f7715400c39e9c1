"""Opens stored pictures as they are, each through the one reader of its format, to be read from top to bottom."""

from pathlib import Path
from typing import Any

import pyvips

from imaging.render.facts import ImageFormat
from imaging.render.heif import open_heif
from imaging.render.svg import DPI, PIXEL_SCALE, sanitised_svg
from imaging.render.svg_frame import filling

FAIL_ON = "error"

# By name, never by guess: libvips would take a JPEG with a gain map for a picture of another kind, and of a TIFF or
# an AVIF the small copy that it may hold, of which nobody has checked that it shows the same.
READERS = {
    ImageFormat.JPEG: pyvips.Image.jpegload,
    ImageFormat.PNG: pyvips.Image.pngload,
    ImageFormat.WEBP: pyvips.Image.webpload,
    ImageFormat.AVIF: pyvips.Image.heifload,
    ImageFormat.GIF: pyvips.Image.gifload,
    ImageFormat.TIFF: pyvips.Image.tiffload,
}

_PAGED = frozenset({ImageFormat.WEBP, ImageFormat.AVIF, ImageFormat.GIF, ImageFormat.TIFF})
_SCALABLE = frozenset({ImageFormat.WEBP, ImageFormat.SVG})


def can_scale(format: ImageFormat) -> bool:
    """Return whether pictures of this format can be opened at any scale."""
    return format in _SCALABLE


def open_stored(path: Path, format: ImageFormat, page: int = 0, scale: float = 1.0) -> pyvips.Image:
    """Open one page, counted from 0, neither turned nor converted; what `scale` a JPEG can have is 1/2, 1/4 or 1/8.

    Raises:
        FileRejected: it is damaged; of HEIC and SVG, where libvips has no say.
        pyvips.Error: it cannot be opened.
    """
    if format is ImageFormat.HEIC:
        return open_heif(path)
    if format is ImageFormat.SVG:
        drawing = filling(sanitised_svg(path))
        return pyvips.Image.svgload_buffer(drawing, dpi=DPI, scale=PIXEL_SCALE * scale, access="sequential")
    how: dict[str, Any] = {"page": page} if format in _PAGED else {}
    if format is ImageFormat.WEBP:
        how["scale"] = scale
    if format is ImageFormat.JPEG:
        how["shrink"] = round(1 / scale)
    return _read(path, format, **how)


def open_frames(path: Path, format: ImageFormat) -> pyvips.Image:
    """Open all frames of an animation, below one another.

    Raises:
        pyvips.Error: it cannot be opened.
    """
    return _read(path, format, n=-1)


def _read(path: Path, format: ImageFormat, **how: Any) -> pyvips.Image:
    # Revalidated: libvips remembers pictures by path, which may hold other bytes by now.
    return READERS[format](str(path), access="sequential", fail_on=FAIL_ON, revalidate=True, **how)

"""Which formats the libraries on this machine really read and write, found by trying."""

from dataclasses import dataclass

import pi_heif
import pyvips

from imaging.render.loaders import READ_BY_LIBVIPS, allow_loaders

_WRITTEN = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "AVIF": ".avif", "GIF": ".gif", "TIFF": ".tif"}
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>'


@dataclass(frozen=True, slots=True)
class Survey:
    """`libvips` and `libheif` are versions; `missing` names the formats that did not survive writing and reading."""

    libvips: str
    libheif: str
    missing: tuple[str, ...]


def survey() -> Survey:
    """Write and read a picture of a few pixels in every format; from then on this process reads no others."""
    allow_loaders(*READ_BY_LIBVIPS)
    version = ".".join(str(pyvips.version(part)) for part in range(3))
    missing = [name for name, suffix in _WRITTEN.items() if not _survives(suffix)]
    return Survey(version, str(pi_heif.libheif_version()), tuple(missing if _reads(_SVG) else [*missing, "SVG"]))


def _survives(suffix: str) -> bool:
    picture = pyvips.Image.black(8, 8, bands=3).copy(interpretation="srgb")
    try:
        return _reads(picture.write_to_buffer(suffix))
    except pyvips.Error:
        return False


def _reads(content: bytes) -> bool:
    try:
        return bool(pyvips.Image.new_from_buffer(content, "").avg() >= 0)
    except pyvips.Error:
        return False

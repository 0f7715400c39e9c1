"""Writes pictures: each format with the settings that were measured to be worth their time."""

from pathlib import Path
from typing import Any

import pyvips

from imaging.errors import TooComplex
from imaging.render.choices import OutputFormat
from imaging.render.field_names import field_names
from imaging.render.plan import Plan

# Source: libvips, VipsForeignKeep.
_KEEP_EXIF, _KEEP_XMP, _KEEP_IPTC = 1, 2, 4

# A JPEG's optimised or progressive coding costs more time than the few bytes it saves; WebP of effort 2 and AVIF
# of effort 0 are a few percent larger than the library's defaults and two to fifty times as fast; PNG with the
# average filter and less compression is both smaller and faster on photographs.
_SAVERS: dict[OutputFormat, tuple[str, dict[str, Any]]] = {
    OutputFormat.JPEG: ("jpegsave", {}),
    OutputFormat.WEBP: ("webpsave", {"effort": 2}),
    OutputFormat.AVIF: ("heifsave", {"compression": "av1", "effort": 0, "bitdepth": 8}),
    OutputFormat.PNG: ("pngsave", {"compression": 3, "filter": 0x40}),
    OutputFormat.GIF: ("gifsave", {"effort": 5, "keep_duplicate_frames": True}),
}


def save(image: pyvips.Image, plan: Plan, target: Path) -> None:
    """Decode, process and encode the lazy image into the file.

    Raises:
        TooComplex: encoding it took too much memory.
        OSError: the file cannot be written.
        pyvips.Error: the stored bytes cannot be decoded.
    """
    saver, settings = _SAVERS[plan.format]
    quality = {} if plan.quality is None else {"Q": plan.quality}
    try:
        pyvips.Operation.call(saver, image, str(target), keep=_kept(image), **quality, **settings)
    except pyvips.Error as failure:
        _blame_the_writing(str(failure))
        raise


def _blame_the_writing(message: str) -> None:
    """Raise what is not the source's fault; libvips says all of it with one error."""
    if "write error" in message:
        raise OSError("the rendition cannot be written")
    if "Encoder plugin" in message:
        raise TooComplex("Encoding this picture took more memory than one picture may")


def _kept(image: pyvips.Image) -> int:
    """Name what the image still carries: libvips would write an empty EXIF block on its own accord."""
    kept = _KEEP_EXIF if any(field.startswith("exif-") for field in field_names(image)) else 0
    kept |= _KEEP_XMP if image.get_typeof("xmp-data") else 0
    return kept | (_KEEP_IPTC if image.get_typeof("iptc-data") else 0)

"""Writes pictures: each format with the settings that were measured to be worth their time."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyvips

from imaging.errors import TooComplex
from imaging.render.choices import OutputFormat
from imaging.render.colour import PROFILE
from imaging.render.field_names import field_names
from imaging.render.plan import Plan

Settings = dict[str, Any]

# Source: libvips, VipsForeignKeep.
_KEEP_EXIF, _KEEP_XMP, _KEEP_IPTC, _KEEP_ICC = 1, 2, 4, 8
# Source: libvips, VipsForeignPngFilter.
_NO_FILTER, _AVERAGE = 0x08, 0x40

# What the encoders say when they get no more memory; a picture that cannot be encoded has no other reason.
_SPENT = ("encoder plugin", "picture memory error", "unable to encode", "failed to allocate", "error creating thread")


def save(image: pyvips.Image, plan: Plan, target: Path) -> float | None:
    """Decode, process and encode the lazy image into the file.

    Returns the milliseconds that encoding took, where they are told apart from the rest: of an AVIF within the
    size that AUTO may choose.

    Raises:
        TooComplex: encoding it took too much memory.
        OSError: the file cannot be written.
        pyvips.Error: the stored bytes cannot be decoded.
    """
    saver, settings_of = _SAVERS[plan.format]
    is_timed = plan.format is OutputFormat.AVIF and plan.width * plan.height <= plan.limits.auto_avif_pixels
    if is_timed:
        image = image.copy_memory()
    began_s = time.perf_counter()
    try:
        pyvips.Operation.call(saver, image, str(target), keep=_kept(image, plan), **settings_of(plan))
    except pyvips.Error as failure:
        _blame_the_writing(str(failure))
        raise
    return (time.perf_counter() - began_s) * 1000 if is_timed else None


def allow_savers() -> None:
    """Let this process write JPEG XL: libvips counts its library as untrusted, but what it is given is ours."""
    pyvips.operation_block_set("VipsForeignSaveJxl", False)


def writable() -> frozenset[OutputFormat]:
    """Return the formats that the libvips at hand really writes, found by trying; AUTO becomes one of them."""
    return frozenset(format for format in _SAVERS if _is_writable(format)) | {OutputFormat.AUTO}


def _is_writable(format: OutputFormat) -> bool:
    saver, _ = _SAVERS[format]
    if not pyvips.type_find("VipsOperation", f"{saver}_buffer"):
        return False
    dot = pyvips.Image.black(1, 1, bands=3).copy(interpretation="srgb")
    # A saver can be there while what encodes for it is not.
    how = {"compression": "av1"} if format is OutputFormat.AVIF else {}
    try:
        return bool(pyvips.Operation.call(f"{saver}_buffer", dot, **how))
    except pyvips.Error:
        return False


def _jpeg(plan: Plan) -> Settings:
    """Optimised coding would take twice the encoder's time (11.7 for 5.5 ms a megapixel) for 2 % fewer bytes.

    Progressive coding takes 20 ms for 5 %, and is optimised whether asked to or not.
    """
    progressive = {"interlace": True, "optimize_coding": True} if plan.wish.progressive else {}
    return {"Q": plan.quality} | progressive


def _webp(plan: Plan) -> Settings:
    """Effort 4, the library's choice, would take twice the time (106 for 50 ms a megapixel) for 3 % fewer bytes.

    Lossless, effort 4 would take three times as long (360 for 104 ms) for 8 %.
    """
    return {"lossless": True, "effort": 1, "Q": 0} if plan.wish.lossless else {"Q": plan.quality, "effort": 2}


def _avif(plan: Plan) -> Settings:
    """Effort 1 would take three times as long (258 for 81 ms a megapixel) for 3 % fewer bytes.

    It holds 21 bytes for each pixel while it encodes, 36 when lossless or of a quality without chroma subsampling.
    """
    coding = {"lossless": True} if plan.wish.lossless else {"Q": plan.quality}
    return {"compression": "av1", "effort": 0, "bitdepth": 8} | coding


def _png(plan: Plan) -> Settings:
    """The average filter with compression 3 is smaller and faster on photographs than the library's choice.

    Of a palette, effort 4 is the first that is clean (48 dB for 44); 7 would take twice the time for a tenth less.
    """
    if plan.quality is None:
        return {"compression": 3, "filter": _AVERAGE}
    return {"palette": True, "Q": plan.quality, "effort": 4, "compression": 6, "filter": _NO_FILTER}


def _gif(_plan: Plan) -> Settings:
    return {"effort": 5, "keep_duplicate_frames": True}


def _jpeg_xl(plan: Plan) -> Settings:
    """Effort 7, the library's choice, would take six times the time (0.76 for 0.12 s) for 4 % fewer bytes."""
    return {"effort": 3} | ({"lossless": True} if plan.wish.lossless else {"Q": plan.quality})


_SAVERS: dict[OutputFormat, tuple[str, Callable[[Plan], Settings]]] = {
    OutputFormat.JPEG: ("jpegsave", _jpeg),
    OutputFormat.WEBP: ("webpsave", _webp),
    OutputFormat.AVIF: ("heifsave", _avif),
    OutputFormat.PNG: ("pngsave", _png),
    OutputFormat.GIF: ("gifsave", _gif),
    OutputFormat.JPEG_XL: ("jxlsave", _jpeg_xl),
}


def _blame_the_writing(message: str) -> None:
    """Raise what is not the source's fault; libvips says all of it with one error."""
    if "write error" in message:
        raise OSError("the rendition cannot be written")
    if any(sign in message.lower() for sign in _SPENT):
        raise TooComplex("Encoding this picture took more memory than one picture may")


def _kept(image: pyvips.Image, plan: Plan) -> int:
    """Name what the image still carries: libvips would write an empty EXIF block on its own accord."""
    kept = _KEEP_EXIF if any(field.startswith("exif-") for field in field_names(image)) else 0
    kept |= _KEEP_XMP if image.get_typeof("xmp-data") else 0
    kept |= _KEEP_IPTC if image.get_typeof("iptc-data") else 0
    return kept | (_KEEP_ICC if plan.keeps_colours and image.get_typeof(PROFILE) else 0)

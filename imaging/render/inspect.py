"""The decode pass: what a picture is, in one reading of its pixels."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyvips

from imaging.render.colour import is_srgb
from imaging.render.exif import Exif, parse_exif, parse_tiff_exif
from imaging.render.facts import ImageFormat, Inspection, Limits, Source
from imaging.render.fingerprint import perceptual_hash
from imaging.render.header import ANIMATED, check_claim, check_pages, check_size, check_structure, format_of
from imaging.render.heif import open_heif
from imaging.render.iptc import parse_iptc
from imaging.render.metadata import summarise
from imaging.render.palette import palette
from imaging.render.placeholder import THUMBHASH_PX, data_uri, thumbhash
from imaging.render.rejection import is_forgivable, rejection
from imaging.render.scan import CHANNELS, Pixels, is_transposed, scan
from imaging.render.stored import READERS
from imaging.render.svg import DPI, PIXEL_SCALE, sanitised_svg
from imaging.render.xmp import packet_text, parse_xmp

# A drawing has no pixels of its own: it is looked at no larger than this.
DRAWING_PX = 2_048


def inspect(path: Path, limits: Limits) -> Inspection:
    """Read a picture once and tell all about it.

    Raises:
        FileRejected: one of its kinds says what is wrong with the file.
    """
    format = format_of(path)
    check_claim(path, limits)
    check_structure(path, format, limits)
    try:
        return _inspect(path, format, limits, fail_on="warning")
    except pyvips.Error as failure:
        if not is_forgivable(str(failure)):
            raise rejection(str(failure)) from None
    return _inspect(path, format, limits, fail_on="error")


def inspect_image(
    image: pyvips.Image, format: ImageFormat = ImageFormat.JPEG, size: tuple[int, int] | None = None
) -> Inspection:
    """Tell all about an opened picture but what its metadata say; `size` where it is not that of the pixels."""
    pages = _pages(image)
    animated = format in ANIMATED and pages > 1
    page_height = image.get_page_height() if animated else image.height
    orientation = 1 if animated else _orientation(image)
    seen = scan(_rgba(image), page_height, orientation)
    width, height = size or (image.width, page_height)
    if is_transposed(orientation):
        width, height = height, width
    # A drawing is rendered anew for each size, and has soft edges in some.
    has_alpha = not seen.is_opaque or format is ImageFormat.SVG
    source = Source(format, width, height, orientation, pages, animated, has_alpha)
    return _described(source, seen.pixel_hash, seen.thumbnail)


def _inspect(path: Path, format: ImageFormat, limits: Limits, *, fail_on: str) -> Inspection:
    if format is ImageFormat.SVG:
        return _inspect_drawing(path, limits)
    image = _open(path, format, limits, fail_on)
    facts = inspect_image(image, format)
    exif = parse_tiff_exif(path) if format is ImageFormat.TIFF else parse_exif(_block(image, "exif-data"))
    return _with_metadata(facts, exif, _block(image, "iptc-data"), _block(image, "xmp-data"))


def _inspect_drawing(path: Path, limits: Limits) -> Inspection:
    drawing = sanitised_svg(path)
    header = pyvips.Image.svgload_buffer(drawing, dpi=DPI, scale=PIXEL_SCALE)
    check_size(header.width, header.height, limits)
    scale = min(1.0, DRAWING_PX / max(header.width, header.height))
    image = pyvips.Image.svgload_buffer(drawing, dpi=DPI, scale=PIXEL_SCALE * scale, access="sequential")
    return inspect_image(image, ImageFormat.SVG, (header.width, header.height))


def _open(path: Path, format: ImageFormat, limits: Limits, fail_on: str) -> pyvips.Image:
    """Open a picture to be read from top to bottom, every frame of one that moves, having checked its true size."""
    if format is ImageFormat.HEIC:
        return open_heif(path, limits)
    # Revalidated: libvips remembers pictures by path, which may hold other bytes by now.
    load = partial(READERS[format], str(path), fail_on=fail_on, revalidate=True)
    header = load()
    animated = format in ANIMATED
    check_size(header.width, header.height, limits)
    check_pages(header.width, header.height, _pages(header), limits, animated=animated)
    if animated:
        return load(n=-1, access="sequential")
    return load(access="sequential")


def _rgba(image: pyvips.Image) -> pyvips.Image:
    """Convert to sRGB of eight bits with alpha, through the embedded profile where there is one."""
    if image.get_typeof("icc-profile-data") and not is_srgb(image):
        image = _through_profile(image)
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.format != "uchar":
        image = image.cast("uchar")
    if image.bands > CHANNELS:
        return image.extract_band(0, n=CHANNELS)
    return image if image.bands == CHANNELS else image.bandjoin(255)


def _through_profile(image: pyvips.Image) -> pyvips.Image:
    try:
        return image.icc_transform("srgb", embedded=True)
    except pyvips.Error:
        # A profile that does not fit its picture is a common mistake; viewers ignore it.
        return image


def _described(source: Source, pixel_hash: str, thumbnail: Pixels) -> Inspection:
    height, width, _ = thumbnail.shape
    image = pyvips.Image.new_from_memory(thumbnail, width, height, CHANNELS, "uchar").copy(interpretation="srgb")
    image = image.thumbnail_image(THUMBHASH_PX, height=THUMBHASH_PX, size="down").cast("uchar").copy_memory()
    pixels = np.frombuffer(image.write_to_memory(), np.uint8).reshape(image.height, image.width, CHANNELS)
    colours = palette(pixels)
    return Inspection(
        source=source,
        pixel_hash=pixel_hash,
        perceptual_hash=perceptual_hash(image),
        thumbhash=thumbhash(pixels),
        placeholder_uri=data_uri(image),
        dominant_color=colours[0],
        palette=colours,
    )


def _with_metadata(facts: Inspection, exif: Exif, iptc_block: bytes, packet: bytes) -> Inspection:
    iptc = parse_iptc(iptc_block)
    return replace(
        facts,
        metadata=summarise(exif, iptc, parse_xmp(packet)),
        exif=exif.named(),
        iptc=dict(iptc),
        xmp=packet_text(packet),
    )


def _pages(image: pyvips.Image) -> int:
    return int(image.get("n-pages")) if image.get_typeof("n-pages") else 1


def _orientation(image: pyvips.Image) -> int:
    value = int(image.get("orientation")) if image.get_typeof("orientation") else 1
    return value if 1 <= value <= 8 else 1


def _block(image: pyvips.Image, name: str) -> bytes:
    return bytes(image.get(name)) if image.get_typeof(name) else b""

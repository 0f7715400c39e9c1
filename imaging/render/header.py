"""Checks what a file claims against what is allowed, before any codec sees it."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from imaging.errors import FileRejected, TooManyBytes, TooManyFrames, TooManyPixels, UnsupportedFormat
from imaging.render.facts import ImageFormat, Limits
from imaging.render.headers import gif, heif, jpeg, png, tiff, webp
from imaging.render.headers.parts import Claim, broken, ended
from imaging.render.sniff import HEAD_BYTES, sniff

# Its pages are frames that are all shown, hence decoded; of other formats only the first page is.
ANIMATED = frozenset({ImageFormat.GIF, ImageFormat.WEBP})

_READERS: dict[ImageFormat, tuple[Callable[[BinaryIO], Claim], Callable[[BinaryIO, int], int]]] = {
    ImageFormat.JPEG: (jpeg.claim, jpeg.survey),
    ImageFormat.PNG: (png.claim, png.survey),
    ImageFormat.GIF: (gif.claim, gif.survey),
    ImageFormat.WEBP: (webp.claim, webp.survey),
    ImageFormat.TIFF: (tiff.claim, tiff.survey),
    ImageFormat.AVIF: (heif.claim, heif.survey),
    ImageFormat.HEIC: (heif.claim, heif.survey),
}


def check_claim(path: Path, limits: Limits) -> Claim:
    """Accept or refuse a file by its first bytes: cheap enough for the server's own process.

    An SVG claims nothing here: its size is known only when it has been parsed.

    Raises:
        FileRejected: one of its kinds.
    """
    size_bytes = path.stat().st_size
    if size_bytes > limits.max_bytes:
        raise TooManyBytes(f"This file has {size_bytes} bytes; {limits.max_bytes} are allowed")
    format = format_of(path)
    if format not in _READERS:
        return Claim(0, 0)
    read_claim, _ = _READERS[format]
    with path.open("rb") as file:
        claim = read_claim(file)
    check_size(claim.width, claim.height, limits)
    return claim


def check_structure(path: Path, format: ImageFormat, limits: Limits) -> int:
    """Walk through a file's parts to their end and return how many pages it claims.

    Costs as much as there are parts, so it belongs in a decoder process.

    Raises:
        FileRejected: one of its kinds; TruncatedFile when a part is missing.
    """
    if format not in _READERS:
        return 1
    read_claim, survey = _READERS[format]
    with path.open("rb") as file:
        pages = survey(file, limits.max_frames)
        file.seek(0)
        claim = read_claim(file)
    check_pages(claim.width, claim.height, pages, limits, animated=format in ANIMATED)
    return pages


def stored_claim(path: Path) -> Claim:
    """Return what a stored source claims, which was checked when it came in; no size when it does not tell."""
    try:
        return check_claim(path, Limits(max_bytes=2**62, max_pixels=2**62))
    except FileRejected:
        return Claim(0, 0)


def format_of(path: Path) -> ImageFormat:
    """Return a file's format, by its bytes.

    Raises:
        UnsupportedFormat: none that we read.
        TruncatedFile: there is nothing in it.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise ended()
    format = sniff(head)
    if format is None:
        known = ", ".join(format.value for format in ImageFormat)
        raise UnsupportedFormat(f"This file is none of the formats we read: {known}")
    return format


def check_size(width: int, height: int, limits: Limits) -> None:
    """Accept or refuse the size of a page.

    Raises:
        TooManyPixels: more than allowed.
        CorruptFile: none at all.
    """
    if width < 1 or height < 1:
        raise broken("its picture has no size")
    if width * height > limits.max_pixels:
        raise TooManyPixels(
            f"This picture has {width} x {height} = {width * height} pixels; {limits.max_pixels} are allowed"
        )


def check_pages(width: int, height: int, pages: int, limits: Limits, *, animated: bool) -> None:
    """Accept or refuse a number of pages of a size.

    Raises:
        TooManyFrames: more of them, or of their pixels together, than allowed.
    """
    if pages > limits.max_frames:
        raise TooManyFrames(f"This picture has more frames than the {limits.max_frames} that are allowed")
    total = width * height * pages
    if animated and total > limits.max_total_pixels and pages > 1:
        raise TooManyFrames(
            f"This picture has {total} pixels over its {pages} frames; {limits.max_total_pixels} are allowed"
        )

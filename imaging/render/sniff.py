"""Tells a format by its first bytes, never by its name."""

import re

from imaging.render.facts import ImageFormat

HEAD_BYTES = 4_096

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_STARTS = (
    (b"\xff\xd8\xff", ImageFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", ImageFormat.PNG),
    (b"GIF87a", ImageFormat.GIF),
    (b"GIF89a", ImageFormat.GIF),
    (b"II*\x00", ImageFormat.TIFF),
    (b"MM\x00*", ImageFormat.TIFF),
    (b"II+\x00", ImageFormat.TIFF),
    (b"MM\x00+", ImageFormat.TIFF),
)
# What may stand before the root of an XML document: declaration, comments, document type, space.
# Atomic groups: a comment ends at its first end, or a crafted head would be matched in exponentially many ways.
_SVG_ROOT = re.compile(
    rb"(?>\s*)(?:(?>(?><\?.*?\?>)|(?><!--.*?-->)|(?><!DOCTYPE[^\[>]*(?>\[.*?\]\s*)?>))(?>\s*))*+"
    rb"<(?:[A-Za-z_][\w.-]*+:)?svg[\s/>]",
    re.DOTALL,
)
_XML_PROLOGUE = re.compile(rb"\s*(?:<\?xml\b|<!--|<!DOCTYPE\s+svg\b)")


def sniff(head: bytes) -> ImageFormat | None:
    """Return the format of a file that starts with these bytes (4 096 are enough), or None for one we do not read."""
    for start, format in _STARTS:
        if head.startswith(start):
            return format
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    return ImageFormat.SVG if _is_svg(head) else None


def _by_brand(head: bytes) -> ImageFormat | None:
    """Source: ISO/IEC 14496-12, 4.3: a major brand, a version, then compatible brands."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    compatible = {head[at : at + 4] for at in range(16, length - 3, 4)}
    if major in _AVIF_BRANDS:
        return ImageFormat.AVIF
    if major in _HEIC_BRANDS:
        # mif1 and msf1 name the container only; AVIF says so among the compatible brands.
        generic = major in {b"mif1", b"msf1"}
        return ImageFormat.AVIF if generic and compatible & _AVIF_BRANDS else ImageFormat.HEIC
    return None


def _is_svg(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf")[:HEAD_BYTES]
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = text.decode("utf-16", errors="ignore").encode()
    if _SVG_ROOT.match(text):
        return True
    # A long comment or document type may push the root beyond what we look at.
    return len(text) == HEAD_BYTES and _XML_PROLOGUE.match(text) is not None and b"svg" in text.lower()

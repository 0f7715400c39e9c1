"""Takes out of kept metadata what tells where a picture was taken, or shows what was cut from it."""

import io
import re
import struct
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

_PHOTOSHOP = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404
# Whatever the namespace: drones and phones have their own, and one of them cannot spell.
_HIDDEN = re.compile(r"\{[^}]*\}(?:GPS|.*(?:Latitude|Longt?itude|Altitude|Thumbnails))", re.IGNORECASE)
_PREFIXES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "exifEX": "http://cipa.jp/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
for _prefix, _namespace in _PREFIXES.items():
    register_namespace(_prefix, _namespace)


def is_private_exif(field: str) -> bool:
    """Return whether a libvips field is of the GPS directory, a thumbnail, or a block that may hold either."""
    blocks = ("MakerNote", "XMLPacket", "IPTCNAA", "IPTC/NAA", "ImageResources", "ApplicationNotes")
    return field.startswith(("exif-ifd3-", "exif-ifd1-")) or field.endswith(blocks)


def without_place(packet: bytes) -> bytes:
    """Return the XMP packet without coordinates and thumbnails; empty when it cannot be read, for then nobody knows."""
    try:
        root = ElementTree.parse(io.BytesIO(packet.strip(b"\0 \r\n"))).getroot()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return b""
    _prune(root)
    return bytes(tostring(root, encoding="us-ascii"))


def only_iptc(block: bytes) -> bytes:
    """Return the Photoshop block with its IPTC record alone; its other records hold thumbnails and whole EXIFs."""
    kept, at = b"", len(_PHOTOSHOP)
    while block.startswith(_PHOTOSHOP) and block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        (kind,) = struct.unpack_from(">H", block, at + 4)
        start = at + 6 + (block[at + 6] // 2 + 1) * 2
        (size,) = struct.unpack_from(">I", block.ljust(start + 4, b"\0"), start)
        end = start + 4 + size + size % 2
        if kind == _IPTC_RESOURCE:
            kept += block[at:end]
        at = end
    return _PHOTOSHOP + kept if kept else b""


def _prune(element: Element) -> None:
    for name in [name for name in element.attrib if _HIDDEN.match(name)]:
        del element.attrib[name]
    for child in list(element):
        if _HIDDEN.match(child.tag):
            element.remove(child)
        else:
            _prune(child)

"""Reads XMP: what editing programs wrote. Source: ISO 16684-1."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from imaging.render.text import clean, clean_block

MOST_PACKET_BYTES = 1024 * 1024
MOST_KEPT_CHARACTERS = 256 * 1024
MOST_KEYWORDS = 200

_DC = "{http://purl.org/dc/elements/1.1/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_TIFF = "{http://ns.adobe.com/tiff/1.0/}"
_AUX = "{http://ns.adobe.com/exif/1.0/aux/}"
_LENSES = (_AUX + "Lens", "{http://cipa.jp/exif/1.0/}LensModel")
_TAKEN = (_EXIF + "DateTimeOriginal", _PHOTOSHOP + "DateCreated", _XMP + "CreateDate")
_LI = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"


@dataclass(frozen=True, slots=True)
class Xmp:
    """What a packet says; empty where it says nothing. `taken` is ISO 8601 as written."""

    make: str = ""
    model: str = ""
    lens: str = ""
    taken: str = ""
    copyright: str = ""
    creator: str = ""
    caption: str = ""
    keywords: tuple[str, ...] = ()


def packet_text(packet: bytes) -> str:
    """Return the packet as text to keep; empty when it is longer than is worth keeping."""
    return clean_block(packet, MOST_KEPT_CHARACTERS)


def parse_xmp(packet: bytes) -> Xmp:
    """Read a packet; one that is damaged, or huge, says nothing."""
    if not packet or len(packet) > MOST_PACKET_BYTES:
        return Xmp()
    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \r\n\t"))
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return Xmp()
    return Xmp(
        make=_simple(root, _TIFF + "Make"),
        model=_simple(root, _TIFF + "Model"),
        lens=_simple(root, *_LENSES),
        taken=_simple(root, *_TAKEN),
        copyright=", ".join(_listed(root, "rights"))[:1_000],
        creator=", ".join(_listed(root, "creator"))[:1_000],
        caption=", ".join(_listed(root, "description")[:1]),
        keywords=tuple(word[:100] for word in _listed(root, "subject")[:MOST_KEYWORDS]),
    )


def _simple(root: Element, *names: str) -> str:
    """Return a property, which may be an attribute or an element of its own."""
    for name in names:
        for element in root.iter():
            text = element.get(name) or (element.text if element.tag == name else None)
            if text and clean(text):
                return clean(text)
    return ""


def _listed(root: Element, name: str) -> list[str]:
    texts = (clean(item.text or "", 2_000) for item in root.iterfind(f".//{_DC}{name}//{_LI}"))
    return [text for text in texts if text]

"""Who made a picture and who owns it: read from EXIF, IPTC and XMP, and written where every format can hold it."""

import io
import struct
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

import pyvips
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from PIL import Image

_ARTIST, _COPYRIGHT = 0x013B, 0x8298
_BYLINE, _NOTICE = 80, 116
_DC = "{http://purl.org/dc/elements/1.1/}"
_LI = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"
_LONGEST = 1_000

_PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">{0}</rdf:Description></rdf:RDF></x:xmpmeta>'
)
_RIGHTS = '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{0}</rdf:li></rdf:Alt></dc:rights>'
_CREATOR = "<dc:creator><rdf:Seq><rdf:li>{0}</rdf:li></rdf:Seq></dc:creator>"


@dataclass(frozen=True, slots=True)
class Credits:
    """Copyright notice and creator, empty where nobody said."""

    copyright: str = ""
    creator: str = ""

    @property
    def is_ascii(self) -> bool:
        """True when EXIF can hold all of it."""
        return self.copyright.isascii() and self.creator.isascii()


def read_credits(image: pyvips.Image) -> Credits:
    """Read what the image says, EXIF before IPTC before XMP; what cannot be read is left out."""
    sources = (
        _from_exif(_blob(image, "exif-data")),
        _from_iptc(_blob(image, "iptc-data")),
        _from_xmp(_blob(image, "xmp-data")),
    )
    return Credits(
        next((credits.copyright for credits in sources if credits.copyright), ""),
        next((credits.creator for credits in sources if credits.creator), ""),
    )


def write_credits(image: pyvips.Image, credits: Credits) -> None:
    """Put the credits on an image that carries no other metadata; XMP only for letters that EXIF cannot hold."""
    for name, text in (("Copyright", credits.copyright), ("Artist", credits.creator)):
        if text:
            plain = text.replace("©", "(c)").encode("ascii", "replace").decode("ascii")
            # libvips cuts a last pair of brackets from what it is given; this pair is for it.
            image.set_type(pyvips.GValue.gstr_type, f"exif-ifd0-{name}", f"{plain} (, ASCII, 1 components, 1 bytes)")
    if not credits.is_ascii:
        rights = _RIGHTS.format(escape(credits.copyright)) if credits.copyright else ""
        creator = _CREATOR.format(escape(credits.creator)) if credits.creator else ""
        # Letters as numbers: libvips writes the packet into a PNG as if it were Latin 1.
        packet = _PACKET.format(rights + creator).encode("ascii", "xmlcharrefreplace")
        image.set_type(pyvips.GValue.blob_type, "xmp-data", packet)


def _blob(image: pyvips.Image, field: str) -> bytes:
    return bytes(image.get(field)) if image.get_typeof(field) else b""


def _from_exif(blob: bytes) -> Credits:
    if not blob:
        return Credits()
    exif = Image.Exif()
    try:
        exif.load(blob)
        return Credits(_clean(exif.get(_COPYRIGHT, "")), _clean(exif.get(_ARTIST, "")))
    except (ValueError, TypeError, KeyError, SyntaxError, OSError, struct.error):
        return Credits()


def _from_iptc(blob: bytes) -> Credits:
    found: dict[int, str] = {}
    at = blob.find(b"\x1c\x02")
    while 0 <= at <= len(blob) - 5:
        _, _, name, size = struct.unpack_from(">BBBH", blob, at)
        found.setdefault(name, _clean(blob[at + 5 : at + 5 + size]))
        at = blob.find(b"\x1c\x02", at + 5 + size)
    return Credits(found.get(_NOTICE, ""), found.get(_BYLINE, ""))


def _from_xmp(blob: bytes) -> Credits:
    if _DC[1:-1].encode() not in blob:
        return Credits()
    try:
        packet = ElementTree.parse(io.BytesIO(blob.strip(b"\0 \r\n"))).getroot()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return Credits()
    return Credits(_listed(packet, "rights"), _listed(packet, "creator"))


def _listed(packet: Element, name: str) -> str:
    items = packet.iterfind(f".//{_DC}{name}//{_LI}")
    return ", ".join(text for item in items if (text := _clean(item.text)))[:_LONGEST]


def _clean(value: object) -> str:
    """Return text of one line; cameras write any encoding, and Pillow reads all of it as Latin 1."""
    if isinstance(value, str):
        try:
            written = value.encode("latin-1")
        except UnicodeEncodeError:
            return _one_line(value)
    elif isinstance(value, bytes):
        written = value
    else:
        return ""
    try:
        return _one_line(written.decode())
    except UnicodeDecodeError:
        return _one_line(written.decode("latin-1"))


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:_LONGEST]

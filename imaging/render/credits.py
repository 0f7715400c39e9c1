"""Who made a picture and who owns it: read from EXIF, IPTC and XMP, and written where every format can hold it."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

import pyvips

from imaging.render.exif import parse_exif
from imaging.render.iptc import parse_iptc
from imaging.render.xmp import parse_xmp

_ARTIST, _COPYRIGHT = 0x013B, 0x8298
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
    exif = parse_exif(_blob(image, "exif-data")).main
    iptc = parse_iptc(_blob(image, "iptc-data"))
    xmp = parse_xmp(_blob(image, "xmp-data"))
    return Credits(
        _first(exif.get(_COPYRIGHT), iptc.get("CopyrightNotice"), xmp.copyright),
        _first(exif.get(_ARTIST), iptc.get("By-line"), xmp.creator),
    )


def write_credits(image: pyvips.Image, credits: Credits) -> None:
    """Put the credits on an image that carries no other metadata; XMP only for letters that EXIF cannot hold."""
    for name, text in (("Copyright", credits.copyright), ("Artist", credits.creator)):
        if text:
            # libvips cuts a last pair of brackets from what it is given; this pair is for it.
            field = f"{_ascii(text)} (, ASCII, 1 components, 1 bytes)"
            image.set_type(pyvips.GValue.gstr_type, f"exif-ifd0-{name}", field)
    if not credits.is_ascii:
        rights = _RIGHTS.format(escape(credits.copyright)) if credits.copyright else ""
        creator = _CREATOR.format(escape(credits.creator)) if credits.creator else ""
        # Letters as numbers: libvips writes the packet into a PNG as if it were Latin 1.
        packet = _PACKET.format(rights + creator).encode("ascii", "xmlcharrefreplace")
        image.set_type(pyvips.GValue.blob_type, "xmp-data", packet)


def _blob(image: pyvips.Image, field: str) -> bytes:
    return bytes(image.get(field)) if image.get_typeof(field) else b""


def _first(*found: object) -> str:
    return next((text[:_LONGEST] for text in found if isinstance(text, str) and text), "")


def _ascii(text: str) -> str:
    return text.replace("©", "(c)").encode("ascii", "replace").decode("ascii")

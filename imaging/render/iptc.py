"""Reads IPTC: what the picture desk wrote. Source: IPTC-NAA IIM 4.2; Adobe Photoshop file formats, image resources."""

import struct

from imaging.render.text import clean

NAMES = {
    5: "ObjectName",
    15: "Category",
    25: "Keywords",
    40: "SpecialInstructions",
    55: "DateCreated",
    60: "TimeCreated",
    80: "By-line",
    85: "By-lineTitle",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    101: "Country",
    103: "TransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    120: "Caption",
    122: "Writer",
}
MOST_RECORDS = 1_000
MOST_KEYWORDS = 200

_PHOTOSHOP = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404
_KEYWORDS = 25

Iptc = dict[str, str | list[str]]


def parse_iptc(block: bytes) -> Iptc:
    """Return name → text, keywords as a list; what cannot be read is left out."""
    found: Iptc = {}
    keywords: list[str] = []
    for number, value in _records(_record_bytes(block)):
        text = clean(value, 2_000)
        if number == _KEYWORDS and text and len(keywords) < MOST_KEYWORDS:
            keywords.append(text[:100])
        elif number in NAMES and number != _KEYWORDS and text:
            found.setdefault(NAMES[number], text)
    if keywords:
        found["Keywords"] = keywords
    return found


def _record_bytes(block: bytes) -> bytes:
    """Take the IPTC record out of Photoshop's resources, in which JPEG wraps it."""
    if not block.startswith((_PHOTOSHOP, b"8BIM")):
        return block
    records, at = b"", block.find(b"8BIM")
    for _ in range(MOST_RECORDS):
        if block[at : at + 4] != b"8BIM" or at + 12 > len(block):
            break
        kind, name_length = struct.unpack_from(">HB", block, at + 4)
        start = at + 6 + (name_length // 2 + 1) * 2
        if start + 4 > len(block):
            break
        (size,) = struct.unpack_from(">I", block, start)
        if kind == _IPTC_RESOURCE:
            records += block[start + 4 : start + 4 + size]
        at = start + 4 + size + size % 2
    return records


def _records(data: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 5 <= len(data) and data[at] == 0x1C and len(found) < MOST_RECORDS:
        _, record, number, size = struct.unpack_from(">BBBH", data, at)
        # A length with its high bit set announces an extended one: pictures' own data, never text.
        if size & 0x8000:
            break
        if record == 2:
            found.append((number, data[at + 5 : at + 5 + size]))
        at += 5 + size
    return found

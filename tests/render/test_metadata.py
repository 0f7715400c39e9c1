import json
import struct
from pathlib import Path

import pytest
import pyvips
from PIL import Image, TiffImagePlugin

from imaging.render.exif import MOST_ENTRIES, parse_exif, upright
from imaging.render.facts import Inspection, Limits
from imaging.render.inspect import inspect
from imaging.render.iptc import parse_iptc
from imaging.render.metadata import summarise
from imaging.render.text import clean
from imaging.render.xmp import MOST_KEPT_CHARACTERS, Xmp, packet_text, parse_xmp
from tests import pictures

PACKET = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmp:CreateDate="2023-02-03T04:05:06-05:00" aux:Lens="85mm">
<dc:creator><rdf:Seq><rdf:li>Åsa</rdf:li></rdf:Seq></dc:creator>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© Åsa</rdf:li></rdf:Alt></dc:rights>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">A quiet
 lake</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>lake</rdf:li><rdf:li>dawn</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def look(data: bytes, folder: Path) -> Inspection:
    path = folder / "upload"
    path.write_bytes(data)
    return inspect(path, Limits())


def test_what_the_camera_wrote_is_told_in_the_units_people_use(tmp_path: Path) -> None:
    metadata = look(pictures.exif_jpeg(gps=(-33.8568, 151.2153)), tmp_path).metadata
    assert (metadata.camera_make, metadata.camera_model, metadata.lens) == ("Nikon", "Nikon D90", "50mm f/1.8")
    assert (metadata.exposure_s, metadata.aperture_f, metadata.iso) == (0.004, 2.8, 200)
    assert metadata.focal_length_mm == 50
    assert metadata.taken_at == "2024-06-01T10:30:00+00:00"
    assert metadata.latitude == pytest.approx(-33.8568, abs=1e-5)
    assert metadata.longitude == pytest.approx(151.2153, abs=1e-5)
    assert metadata.altitude_m == 35.2
    assert (metadata.creator, metadata.copyright) == ("Ada Lens", "(c) 2024 Ada Lens")


@pytest.mark.parametrize("save", ["pngsave_buffer", "webpsave_buffer", "heifsave_buffer", "jpegsave_buffer"])
def test_every_format_that_carries_exif_is_read(save: str, tmp_path: Path) -> None:
    picture = pyvips.Image.new_from_memory(bytes(300), 10, 10, 3, "uchar").copy(interpretation="srgb")
    picture.set_type(pyvips.GValue.blob_type, "exif-data", b"Exif\0\0" + pictures.camera_exif().tobytes()[6:])
    picture.set_type(pyvips.GValue.blob_type, "xmp-data", PACKET.encode())
    how = {"compression": "av1"} if save.startswith("heif") else {}
    inspection = look(getattr(picture, save)(**how), tmp_path)
    assert inspection.metadata.camera_model == "Nikon D90"
    assert inspection.metadata.caption == "A quiet lake"
    assert inspection.metadata.keywords == ("lake", "dawn")
    assert inspection.exif["Model"] == "Nikon D90"
    assert "A quiet\n lake" in inspection.xmp


def test_a_tiff_tells_from_its_own_directory(tmp_path: Path) -> None:
    source = tmp_path / "source.tif"
    exif = pictures.camera_exif(gps=(10.5, -20.25))
    pixels = pictures.scene(20, 10).write_to_memory()
    Image.frombytes("RGB", (20, 10), pixels).save(source, "TIFF", exif=exif.tobytes())
    metadata = inspect(source, Limits()).metadata
    assert (metadata.camera_make, metadata.iso) == ("Nikon", 200)
    assert (metadata.latitude, metadata.longitude) == (10.5, -20.25)


def test_xmp_fills_what_exif_leaves_open() -> None:
    xmp = parse_xmp(PACKET.encode())
    assert (xmp.creator, xmp.copyright, xmp.lens) == ("Åsa", "© Åsa", "85mm")
    assert xmp.taken == "2023-02-03T04:05:06-05:00"


def test_the_picture_desk_is_read() -> None:
    records = b"".join(
        b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text)) + text
        for number, text in [
            (80, "Zoë".encode()),
            (116, b"(c) Zo\xeb"),
            (25, b"fire"),
            (25, b"night"),
            (120, b"A fire"),
        ]
    )
    block = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records
    expected = {
        "By-line": "Zoë",
        "CopyrightNotice": "(c) Zoë",
        "Keywords": ["fire", "night"],
        "Caption": "A fire",
    }
    assert parse_iptc(block) == expected
    assert parse_iptc(records) == expected


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({0x0110: "Cam\x00era\x01 X"}, "NUL"),
        ({0x0110: "x" * 5_000}, "long"),
        ({0x011A: TiffImagePlugin.IFDRational(0, 0)}, "0/0"),
        ({0x011A: TiffImagePlugin.IFDRational(1, 0)}, "1/0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_values_leave_valid_json(tags: dict[int, object], name: str, tmp_path: Path) -> None:
    inspection = look(pictures.exif_jpeg(tags=tags), tmp_path)
    written = json.dumps(inspection.exif, allow_nan=False)
    assert "\\u0000" not in written
    assert len(written) < 4_000


def test_an_impossible_place_is_no_place(tmp_path: Path) -> None:
    metadata = look(pictures.exif_jpeg(gps=(95.0, 200.0)), tmp_path).metadata
    assert (metadata.latitude, metadata.longitude) == (None, None)


@pytest.mark.parametrize("moment", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2024:13:45 99:99:99", "yesterday"])
def test_an_impossible_time_is_no_time(moment: str) -> None:
    exif = pictures.camera_exif()
    exif.get_ifd(0x8769)[0x9003] = moment
    parsed = parse_exif(exif.tobytes())
    assert 0x9003 in parsed.camera
    assert summarise(parsed, {}, Xmp()).taken_at is None


@pytest.mark.parametrize("cut", range(0, 400, 23))
def test_exif_cut_anywhere_says_less_but_never_fails(cut: int) -> None:
    block = pictures.camera_exif(gps=(1.0, 2.0)).tobytes()
    assert set(parse_exif(block[:cut]).named()) <= set(parse_exif(block).named())


def test_a_directory_that_points_at_itself_ends() -> None:
    entries = struct.pack("<HHII", 0x8769, 4, 1, 8) * 3
    block = b"II*\0" + struct.pack("<IH", 8, 60_000) + entries * 1_000
    parsed = parse_exif(block)
    assert len(parsed.main) + len(parsed.camera) <= 2 * MOST_ENTRIES


def test_an_orientation_is_neutralised_in_place() -> None:
    block = pictures.camera_exif(orientation=6).tobytes()
    neutral = upright(block)
    assert parse_exif(block).main[0x0112] == 6
    assert parse_exif(neutral).main[0x0112] == 1
    assert len(neutral) == len(block)


@pytest.mark.parametrize(
    "packet",
    [
        b"<x",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<a>" * 5_000,
    ],
)
def test_a_damaged_or_hostile_packet_says_nothing(packet: bytes) -> None:
    assert parse_xmp(packet) == parse_xmp(b"")


def test_a_huge_packet_is_not_kept() -> None:
    assert packet_text(b"x" * MOST_KEPT_CHARACTERS) != ""
    assert packet_text(b"x" * (MOST_KEPT_CHARACTERS + 1)) == ""


def test_text_is_one_printable_line() -> None:
    assert clean(b"  a\tb\r\n c\x1b[31m \xc3\xa9 \x00hidden") == "a b c[31m é"
    assert clean(b"\xe9t\xe9") == "été"
    assert clean("a\ud800b") == "ab"
    assert clean("x" * 50, 10) == "x" * 10

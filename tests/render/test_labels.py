"""What a rendition tells about its maker, and what it never tells."""

import html
import io
import zlib

import pytest
import pyvips
from PIL import Image

from imaging.render.facts import ImageFormat, Source
from imaging.render.privacy import only_iptc, without_place
from imaging.render.transform import MetadataPolicy, OutputFormat, Transform
from tests import pictures

COPYRIGHT, ARTIST, MODEL, GPS = 0x8298, 0x013B, 0x0110, 0x8825
LABELLED = [OutputFormat.JPEG, OutputFormat.WEBP, OutputFormat.PNG, OutputFormat.AVIF]
SOURCE = Source(ImageFormat.JPEG, 64, 48)
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" exif:GPSLatitude="48,8.1N" xmp:Rating="5">
<exif:GPSLongitude>11,34.2E</exif:GPSLongitude>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© 2026 Žofie</rdf:li></rdf:Alt></dc:rights>
<dc:creator><rdf:Seq><rdf:li>Žofie &amp; Ada</rdf:li></rdf:Seq></dc:creator>
<xmp:Thumbnails>secret</xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta>"""
IPTC = b"\x1c\x02\x50\x00\x08Ada Lens" + b"\x1c\x02\x74\x00\x0b(c) Ada (x)"


def camera_jpeg(orientation: int = 1) -> bytes:
    return pictures.exif_jpeg(orientation=orientation, gps=(48.137, 11.575), tags={0x927C: b"maker"})


def block(kind: int, content: bytes) -> bytes:
    padded = content + b"\0" * (len(content) % 2)
    return b"8BIM" + kind.to_bytes(2, "big") + b"\0\0" + len(content).to_bytes(4, "big") + padded


def jpeg_with(field: str, content: bytes) -> bytes:
    image = pictures.scene(64, 48).copy()
    image.set_type(pyvips.GValue.blob_type, field, content)
    return image.jpegsave_buffer(keep="all")


@pytest.mark.parametrize("format", LABELLED)
def test_by_default_only_maker_and_owner_are_named(show, format):
    exif = show(camera_jpeg(), SOURCE, format=format).getexif()
    assert exif[COPYRIGHT] == "(c) 2024 Ada Lens"
    assert exif[ARTIST] == "Ada Lens"
    assert MODEL not in exif
    assert not exif.get_ifd(GPS)


@pytest.mark.parametrize("format", LABELLED)
def test_none_carries_nothing(show, format):
    shown = show(camera_jpeg(), SOURCE, Transform(metadata=MetadataPolicy.NONE), format)
    assert dict(shown.getexif()) == {}
    assert "xmp" not in shown.info


@pytest.mark.parametrize("format", LABELLED)
def test_keep_carries_the_camera_but_never_the_place(show, format):
    shown = show(camera_jpeg(orientation=1), SOURCE, Transform(metadata=MetadataPolicy.KEEP), format)
    exif = shown.getexif()
    assert exif[MODEL] == "Nikon D90"
    assert exif[COPYRIGHT].startswith("(c) 2024 Ada Lens")
    assert not exif.get_ifd(GPS)
    assert 0x927C not in exif.get_ifd(0x8769)


@pytest.mark.parametrize("format", LABELLED)
@pytest.mark.parametrize("policy", list(MetadataPolicy))
def test_an_upright_picture_is_not_turned_again(show, format, policy):
    source = Source(ImageFormat.JPEG, 48, 64, orientation=6)
    shown = show(camera_jpeg(orientation=6), source, Transform(metadata=policy), format)
    assert shown.size == (48, 64)
    assert shown.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("format", LABELLED)
def test_a_picture_without_credits_carries_no_metadata(show, format):
    shown = show(pictures.jpeg(), SOURCE, format=format)
    assert dict(shown.getexif()) == {}


@pytest.mark.parametrize("format", LABELLED)
def test_credits_are_found_in_xmp_and_keep_their_letters(show, format):
    shown = show(jpeg_with("xmp-data", XMP.encode()), SOURCE, format=format)
    packet = xmp_of(shown)
    assert "© 2026 Žofie" in packet
    assert "Žofie & Ada" in packet
    assert "GPS" not in packet
    assert shown.getexif()[COPYRIGHT] == "(c) 2026 ?ofie"


def test_credits_are_found_in_iptc(show):
    content = jpeg_with("iptc-data", b"Photoshop 3.0\0" + block(0x0404, IPTC))
    exif = show(content, SOURCE, format=OutputFormat.JPEG).getexif()
    assert (exif[COPYRIGHT], exif[ARTIST]) == ("(c) Ada (x)", "Ada Lens")


def test_kept_xmp_loses_place_and_thumbnail():
    kept = html.unescape(without_place(XMP.encode()).decode("ascii"))
    assert "GPS" not in kept
    assert "secret" not in kept
    assert 'xmp:Rating="5"' in kept
    assert "Žofie" in kept


def test_kept_xmp_loses_the_places_that_drones_and_phones_name_their_own_way():
    packet = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" drone-dji:GpsLatitude="+48.137"
     drone-dji:GpsLongtitude="+11.575" drone-dji:AbsoluteAltitude="+520.1" drone-dji:FlightYawDegree="+7.5">
    <Pose:Pose xmlns:Pose="http://ns.google.com/photos/dd/1.0/pose/" Pose:Longitude="11.575"/>
    <drone-dji:GpsLatitude>48.137</drone-dji:GpsLatitude></rdf:Description></rdf:RDF></x:xmpmeta>"""
    kept = without_place(packet.encode())
    assert b"48.137" not in kept
    assert b"11.575" not in kept
    assert b"520.1" not in kept
    assert b"+7.5" in kept


@pytest.mark.parametrize("packet", [b"", b"<a", b"\xff\xfe\x00", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_xmp_that_cannot_be_read_is_not_kept(packet):
    assert without_place(packet) == b""


def test_kept_iptc_loses_the_other_records_of_its_block():
    head = b"Photoshop 3.0\0"
    record = block(0x0404, IPTC)
    whole = head + block(0x040C, b"thumbnail") + record + block(0x0422, b"exif")
    assert only_iptc(whole) == head + record
    assert only_iptc(head + block(0x040C, b"thumbnail")) == b""
    assert only_iptc(b"something else") == b""
    assert only_iptc(head + b"8BIM\x04\x04") == b""


@pytest.mark.parametrize("format", LABELLED)
@pytest.mark.parametrize("policy", list(MetadataPolicy))
def test_a_comment_named_in_latin_1_is_no_obstacle(show, format, policy):
    named = b"tEXt" + "Título\0año".encode("latin-1")
    chunk = (len(named) - 4).to_bytes(4, "big") + named + zlib.crc32(named).to_bytes(4, "big")
    content = pictures.png()
    content = content[:33] + chunk + content[33:]
    shown = show(content, Source(ImageFormat.PNG, 64, 48), Transform(metadata=policy), format)
    assert shown.size == (64, 48)
    assert "Título" not in shown.info


def test_an_embedded_thumbnail_is_never_kept(show, tmp_path):
    thumbnail = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(thumbnail, "JPEG")
    image = pyvips.Image.new_from_buffer(camera_jpeg(), "").copy()
    image.set_type(pyvips.GValue.blob_type, "jpeg-thumbnail-data", thumbnail.getvalue())
    content = image.jpegsave_buffer(keep="all")
    assert content.count(b"\xff\xd8\xff") == 2

    shown = show(content, SOURCE, Transform(metadata=MetadataPolicy.KEEP), OutputFormat.JPEG)

    assert shown.getexif().get_ifd(1) == {}
    assert (tmp_path / "rendition").read_bytes().count(b"\xff\xd8\xff") == 1


def xmp_of(image: Image.Image) -> str:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp", b"")
    text = packet.decode() if isinstance(packet, bytes) else packet
    return html.unescape(text)

import time

import pytest

from imaging.render.facts import ImageFormat
from imaging.render.sniff import HEAD_BYTES, sniff
from tests import pictures

DRAWN = {
    ImageFormat.JPEG: pictures.jpeg,
    ImageFormat.PNG: pictures.png,
    ImageFormat.WEBP: pictures.webp,
    ImageFormat.AVIF: pictures.avif,
    ImageFormat.GIF: pictures.gif,
    ImageFormat.TIFF: pictures.tiff,
    ImageFormat.SVG: pictures.svg,
}


@pytest.mark.parametrize("format", DRAWN, ids=lambda format: format.value)
def test_a_format_is_told_by_its_bytes(format: ImageFormat) -> None:
    assert sniff(DRAWN[format]()[:HEAD_BYTES]) is format


@pytest.mark.parametrize(
    "head",
    [
        b'<?xml version="1.0"?>\n<!-- drawn by hand -->\n<svg width="1">',
        b'\xef\xbb\xbf<svg xmlns="http://www.w3.org/2000/svg">',
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [<!ENTITY a "b">]><svg>',
        b'<s:svg xmlns:s="http://www.w3.org/2000/svg">',
        "<svg >".encode("utf-16"),
        b'<?xml version="1.0"?><!-- svg' + b"." * HEAD_BYTES,
    ],
)
def test_a_drawing_is_told_by_its_root(head: bytes) -> None:
    assert sniff(head[:HEAD_BYTES]) is ImageFormat.SVG


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"hello",
        b"BM" + bytes(60),
        b"%PDF-1.7",
        b"P6 1 1 255 abc",
        b"<html><svg></svg></html>",
        b"<svgx>",
        b"RIFF\0\0\0\0WAVE",
        b"\0\0\0\x18ftypisom\0\0\0\0isommp42",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\x1f\x8b\x08\0svgz",
    ],
)
def test_what_we_do_not_read_is_no_format(head: bytes) -> None:
    assert sniff(head) is None


def test_heic_and_avif_share_a_container_and_are_told_apart_by_brand() -> None:
    box = b"\0\0\0\x1cftyp%s\0\0\0\0%s"
    assert sniff(box % (b"heic", b"mif1heicmiaf")) is ImageFormat.HEIC
    assert sniff(box % (b"mif1", b"mif1heicmiaf")) is ImageFormat.HEIC
    assert sniff(box % (b"mif1", b"mif1avifmiaf")) is ImageFormat.AVIF
    assert sniff(box % (b"avis", b"avifavismsf1")) is ImageFormat.AVIF


@pytest.mark.parametrize("part", [b"<!---->", b"<?a?>", b"<!DOCTYPE [a]>", b"<!--", b" ", b"<!DOCTYPE ["])
def test_a_crafted_head_is_sniffed_as_fast_as_any(part: bytes) -> None:
    began = time.perf_counter()
    assert sniff((part * HEAD_BYTES)[:HEAD_BYTES]) is None
    assert time.perf_counter() - began < 0.5

"""Which of libvips' readers each process has. Blocking is for the life of a process, so each test asks a new one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from imaging.render.facts import ImageFormat
from tests import pictures

ROOT = Path(__file__).resolve().parents[2]
DRAWN = {
    "JPEG": pictures.jpeg,
    "PNG": pictures.png,
    "WEBP": pictures.webp,
    "AVIF": pictures.avif,
    "GIF": pictures.gif,
    "TIFF": pictures.tiff,
    "SVG": pictures.svg,
}
FOREIGN = {
    "ppm": b"P6 2 2 255\n" + bytes(12),
    "pfm": b"PF 2 2 -1.0\n" + bytes(48),
    "csv": b"1,2\n3,4\n",
    "matrix": b"2 2\n1 2\n3 4\n",
    "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "matlab": b"MATLAB 5.0 MAT-file" + bytes(109),
    "fits": b"SIMPLE  =                    T".ljust(2_880),
    "hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\0\0\0\0",
    "exr": b"v/1\x01\x02\0\0\0" + bytes(60),
    "jxl": b"\xff\x0a" + bytes(30),
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(30),
    "bmp": b"BM" + bytes(60),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
    "vips": b"\x08\xf2\xa6\xb6" + bytes(60),
    "dicom": bytes(128) + b"DICM" + bytes(60),
}
DECODER = "from imaging.render.child import warm; warm()"
SERVER = "from imaging.render.loaders import allow_loaders; allow_loaders()"
NAMED = ("csvload", "matrixload", "vipsload", "rawload", "uhdrload")
ASK = """
import json, pathlib, sys, pyvips
{setup}
def loaded(call):
    try:
        call()
    except (pyvips.Error, AttributeError):
        return False
    return True
files = pathlib.Path(sys.argv[1]).iterdir()
opened = {{p.name: loaded(lambda: pyvips.Image.new_from_file(str(p)).avg()) for p in files}}
csv = sys.argv[1] + "/csv"
raw = lambda: pyvips.Image.rawload(csv, 1, 1, 1)
named = {{n: loaded(raw if n == "rawload" else lambda: getattr(pyvips.Image, n)(csv)) for n in {named}}}
print(json.dumps([opened, named]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, draw in DRAWN.items():
        (tmp_path / name).write_bytes(draw())
    for name, data in FOREIGN.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_a_decoder_opens_what_we_read_and_nothing_else(folder: Path) -> None:
    opened, named = _ask(DECODER, folder)
    assert {name for name, is_open in opened.items() if is_open} == set(DRAWN)
    assert not any(named.values())


def test_the_server_opens_nothing(folder: Path) -> None:
    opened, named = _ask(SERVER, folder)
    assert not any(opened.values())
    assert not any(named.values())


@pytest.mark.parametrize("format", DRAWN)
def test_a_process_opens_only_the_format_it_was_allowed(format: str, folder: Path) -> None:
    setup = (
        "from imaging.render.loaders import allow_loaders; from imaging.render.facts import ImageFormat; "
        f"allow_loaders(ImageFormat.{format})"
    )
    opened, _ = _ask(setup, folder)
    assert {name for name, is_open in opened.items() if is_open} == {format}


def test_heic_has_no_reader_in_libvips_to_allow() -> None:
    assert ImageFormat.HEIC.value not in DRAWN


def _ask(setup: str, folder: Path) -> tuple[dict[str, bool], dict[str, bool]]:
    program = ASK.format(setup=setup, named=NAMED)
    answer = subprocess.run(
        [sys.executable, "-c", program, folder], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    opened, named = json.loads(answer.stdout)
    return opened, named

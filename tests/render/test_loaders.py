"""Which of libvips' readers each process has. Blocking is for the life of a process, so each test asks a new one."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from imaging.render.facts import ImageFormat
from tests import pictures
from tests.server import running_server

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
DRAWING = "import imaging.commands.demo as demo, pathlib, tempfile; demo.write_files(pathlib.Path(tempfile.mkdtemp()))"
SURVEYING = "from imaging.render.survey import survey; survey()"
READERS = ("jpegload", "pngload", "webpload", "heifload", "gifload", "tiffload", "svgload")
WAYS = ("", "_buffer", "_source")
ASK = """
import json, pathlib, sys, pyvips
from pyvips.base import nickname_find, type_from_name, type_map
{setup}
def loaded(path):
    try:
        return pyvips.Image.new_from_file(str(path)).avg() >= 0
    except pyvips.Error:
        return False
def readers(kind, _a=None, _b=None):
    names.append(nickname_find(kind))
    return type_map(kind, readers)
def is_open(name):
    # heifload reads the container before it asks whether it may: only a whole one tells.
    path = pathlib.Path(sys.argv[1]) / "AVIF"
    kinds = (pyvips.GValue.gstr_type, pyvips.GValue.blob_type, pyvips.GValue.gint_type)
    given = dict(zip(kinds, (str(path), path.read_bytes(), 1)))
    try:
        about = pyvips.Introspect.get(name)
        values = [given.get(about.details[word]["type"]) for word in about.required_input]
        pyvips.Operation.call(name, *(value or pyvips.Source.new_from_file(str(path)) for value in values))
    except pyvips.Error as refusal:
        return "operation is blocked" not in str(refusal) and "no such operation" not in str(refusal)
    return True
names = []
type_map(type_from_name("VipsForeignLoad"), readers)
opened = {{p.name: loaded(p) for p in pathlib.Path(sys.argv[1]).iterdir()}}
print("!" + json.dumps([opened, {{name: is_open(name) for name in names}}]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, draw in DRAWN.items():
        (tmp_path / name).write_bytes(draw())
    for name, data in FOREIGN.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_a_decoder_opens_what_we_read_and_nothing_else(folder: Path) -> None:
    opened, readers = _ask(DECODER, folder)
    assert _true(opened) == set(DRAWN)
    assert _true(readers) == {name + way for name in READERS for way in WAYS}


def test_what_libvips_can_read_is_told_by_libvips_itself(folder: Path) -> None:
    _, readers = _ask("", folder)
    assert len(readers) > 30
    assert {"csvload", "rawload", "vipsload", "matrixload", "uhdrload_buffer"} <= _true(readers)


def test_the_server_opens_nothing(folder: Path) -> None:
    opened, readers = _ask(SERVER, folder)
    assert _true(opened) == set()
    assert _true(readers) == set()


def test_the_command_that_draws_opens_drawings_alone(folder: Path) -> None:
    opened, readers = _ask(DRAWING, folder)
    assert _true(opened) == {"SVG"}
    assert _true(readers) == {"svgload" + way for way in WAYS}


def test_the_command_that_examines_opens_what_we_read_and_nothing_else(folder: Path) -> None:
    opened, _ = _ask(SURVEYING, folder)
    assert _true(opened) == set(DRAWN)


@pytest.mark.full
def test_a_running_server_has_not_even_loaded_libvips(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        assert "libvips" not in Path(f"/proc/{server.process.pid}/maps").read_text()
        decoders = [child for child in psutil.Process(server.process.pid).children() if _is_decoder(child)]
        assert decoders
        assert all("libvips" in Path(f"/proc/{child.pid}/maps").read_text() for child in decoders)


@pytest.mark.parametrize("format", DRAWN)
def test_a_process_opens_only_the_format_it_was_allowed(format: str, folder: Path) -> None:
    setup = (
        "from imaging.render.loaders import allow_loaders; from imaging.render.facts import ImageFormat; "
        f"allow_loaders(ImageFormat.{format})"
    )
    opened, _ = _ask(setup, folder)
    assert _true(opened) == {format}


def test_heic_has_no_reader_in_libvips_to_allow() -> None:
    assert ImageFormat.HEIC.value not in DRAWN


def _ask(setup: str, folder: Path) -> tuple[dict[str, bool], dict[str, bool]]:
    program = ASK.format(setup=setup)
    answer = subprocess.run(
        [sys.executable, "-c", program, folder], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    opened, readers = json.loads(answer.stdout.rpartition("!")[2])
    return opened, readers


def _true(answers: dict[str, bool]) -> set[str]:
    return {name for name, answer in answers.items() if answer}


def _is_decoder(process: psutil.Process) -> bool:
    return "spawn_main" in " ".join(process.cmdline())

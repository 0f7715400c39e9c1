import time
from pathlib import Path

import pytest

from imaging.errors import CorruptFile, FileRejected, TooComplex, UnsupportedFormat
from imaging.render.facts import Limits
from imaging.render.inspect import inspect
from imaging.render.svg import DEEPEST, sanitised_svg
from tests import pictures


def clean(drawing: bytes, folder: Path) -> bytes:
    path = folder / "drawing.svg"
    path.write_bytes(drawing)
    return sanitised_svg(path)


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        ("<script>alert(1)</script>", b"script"),
        ('<rect onclick="alert(1)" width="5" height="5"/>', b"onclick"),
        ('<a href="javascript:alert(1)"><text>hi</text></a>', b"javascript"),
        ('<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>', b"foreignObject"),
        ('<image href="https://evil.example/a.png" width="9" height="9"/>', b"evil.example"),
        ('<image xlink:href="file:///etc/passwd" width="9" height="9"/>', b"file:"),
        ('<use href="https://evil.example/b.svg#x"/>', b"evil.example"),
        ('<rect style="fill:url(https://evil.example/c)" width="5" height="5"/>', b"evil.example"),
        ('<image href="data:image/svg+xml,&lt;svg/&gt;" width="9" height="9"/>', b"data:"),
    ],
)
def test_what_acts_or_calls_out_is_taken_out(body: str, gone: bytes, tmp_path: Path) -> None:
    kept = clean(pictures.svg(body=body + '<circle r="7"/>'), tmp_path)
    assert gone not in kept
    assert b"circle" in kept


def test_pictures_inside_a_drawing_stay(tmp_path: Path) -> None:
    body = '<image href="data:image/png;base64,iVBORw0KGgo=" width="9" height="9"/>'
    assert b"data:image/png" in clean(pictures.svg(body=body), tmp_path)


def test_entities_of_drawing_programs_are_accepted_and_files_never_read(tmp_path: Path) -> None:
    head = b'<!DOCTYPE svg [<!ENTITY name "hello"><!ENTITY leak SYSTEM "file:///etc/hostname">]>'
    kept = clean(head + pictures.svg(body="<text>&name; &leak;</text>"), tmp_path)
    assert b"ENTITY" not in kept
    assert Path("/etc/hostname").read_bytes().strip() not in kept


def test_entities_that_multiply_are_too_complex(tmp_path: Path) -> None:
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f"<!DOCTYPE svg [{entities}]>".encode() + pictures.svg(body="<text>&a9;</text>")
    with pytest.raises(TooComplex, match="entities"):
        clean(bomb, tmp_path)


@pytest.mark.parametrize(
    "reference",
    [
        '<use href="#{0}"/>',
        '<use href=" #{0} "/>',
        '<use xmlns:q="http://www.w3.org/1999/xlink" q:href="#{0}"/>',
        '<rect fill="url(#{0})"/>',
        '<g style="mask: url(#{0})"/>',
    ],
)
def test_references_that_multiply_are_too_complex(reference: str, tmp_path: Path) -> None:
    levels = "".join(f'<g id="g{n}">{reference.format(f"g{n - 1}") * 10}</g>' for n in range(1, 9))
    body = f'<defs><g id="g0"><rect width="1" height="1"/></g>{levels}</defs>{reference.format("g8")}'
    began = time.perf_counter()
    with pytest.raises(TooComplex, match="refers to itself"):
        clean(pictures.svg(body=body), tmp_path)
    assert time.perf_counter() - began < 1


def test_references_in_a_circle_or_a_long_chain_end(tmp_path: Path) -> None:
    circle = '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'
    assert b"use" in clean(pictures.svg(body=circle), tmp_path)
    chain = "".join(f'<g id="g{n}"><use href="#g{n + 1}"/></g>' for n in range(5_000))
    with pytest.raises(TooComplex):
        clean(pictures.svg(body=chain), tmp_path)


def test_a_symbol_used_often_is_no_bomb(tmp_path: Path) -> None:
    body = '<defs><g id="leaf"><path d="M0 0h5v5z"/></g></defs>' + '<use href="#leaf"/>' * 2_000
    assert clean(pictures.svg(body=body), tmp_path).count(b"<use") == 2_000


def test_nesting_without_end_is_too_complex(tmp_path: Path) -> None:
    for depth in (DEEPEST + 1, 100_000):
        with pytest.raises(TooComplex, match="deep"):
            clean(pictures.svg(body="<g>" * depth + "</g>" * depth), tmp_path)


def test_what_is_not_well_formed_is_corrupt(tmp_path: Path) -> None:
    with pytest.raises(CorruptFile, match="well-formed"):
        clean(pictures.svg(body="<rect></circle>"), tmp_path)


@pytest.mark.parametrize("encoding", ["Btf-8", "shift_jis", "utf-7", "rot13", "idna", "hex"])
def test_an_encoding_that_nobody_reads_is_said_to_be_unsupported(encoding: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="encoding"):
        clean(f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + pictures.svg(), tmp_path)


def test_a_drawing_by_hand_needs_no_namespace(tmp_path: Path) -> None:
    path = tmp_path / "drawing.svg"
    path.write_bytes(b'<svg width="40" height="20"><rect width="40" height="20" fill="#ff0000"/></svg>')
    inspection = inspect(path, Limits())
    assert (inspection.source.width, inspection.source.height) == (40, 20)
    assert inspection.dominant_color == "#ff0000"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ('width="1in" height="48"', (96, 48)),
        ('viewBox="0 0 30 20"', (30, 20)),
        ('width="60" viewBox="0 0 30 20"', (60, 40)),
        ('width="100%" height="100%" viewBox="0 0 30 20"', (30, 20)),
    ],
)
def test_a_drawing_is_as_large_as_it_says(size: str, expected: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "drawing.svg"
    path.write_bytes(f'<svg xmlns="http://www.w3.org/2000/svg" {size}><circle r="9"/></svg>'.encode())
    source = inspect(path, Limits()).source
    assert (source.width, source.height) == expected


@pytest.mark.parametrize(
    "size", ['width="1e9" height="1e9"', 'width="0" height="0"', 'width="-5" height="5"', 'width="NaN"']
)
def test_a_drawing_of_impossible_size_is_refused(size: str, tmp_path: Path) -> None:
    path = tmp_path / "drawing.svg"
    path.write_bytes(f'<svg xmlns="http://www.w3.org/2000/svg" {size}></svg>'.encode())
    with pytest.raises(FileRejected):
        inspect(path, Limits())

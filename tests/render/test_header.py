import struct
from pathlib import Path

import pytest

from imaging.errors import (
    CorruptFile,
    FileRejected,
    TooManyBytes,
    TooManyFrames,
    TooManyPixels,
    TruncatedFile,
    UnsupportedFormat,
)
from imaging.render.facts import ImageFormat, Limits
from imaging.render.header import check_claim, check_structure, format_of, stored_claim
from imaging.render.headers.parts import Claim
from tests import pictures

SIZED = {
    "jpeg": pictures.jpeg,
    "progressive": lambda width, height: pictures.jpeg(width, height, progressive=True),
    "png": pictures.png,
    "webp": pictures.webp,
    "lossless webp": lambda width, height: pictures.webp(width, height, lossless=True),
    "avif": pictures.avif,
    "gif": pictures.gif,
    "tiff": pictures.tiff,
}
CLAIMING = {
    "jpeg": pictures.jpeg_claiming,
    "png": pictures.png_claiming,
    "webp": pictures.webp_claiming,
    "gif": pictures.gif_claiming,
    "tiff": pictures.tiff_claiming,
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "upload"


@pytest.mark.parametrize("kind", SIZED)
def test_a_header_tells_the_size_before_any_decoder_runs(kind: str, file: Path) -> None:
    file.write_bytes(SIZED[kind](70, 50))
    assert check_claim(file, Limits()) == Claim(70, 50)
    assert stored_claim(file).pixels == 3_500


@pytest.mark.parametrize("kind", CLAIMING)
def test_a_header_that_claims_too_many_pixels_is_refused_unread(kind: str, file: Path) -> None:
    file.write_bytes(CLAIMING[kind](16_000, 16_000))
    with pytest.raises(TooManyPixels, match="16000 x 16000 = 256000000 pixels; 1000000 are allowed"):
        check_claim(file, Limits(max_pixels=1_000_000))


def test_sides_of_four_billion_are_refused(file: Path) -> None:
    file.write_bytes(pictures.png_claiming(2**31 - 1, 2**31 - 1))
    with pytest.raises(TooManyPixels):
        check_claim(file, Limits())


def test_a_picture_without_size_is_damaged(file: Path) -> None:
    file.write_bytes(pictures.png_claiming(0, 10))
    with pytest.raises(CorruptFile):
        check_claim(file, Limits())


def test_a_file_over_the_byte_limit_is_refused(file: Path) -> None:
    file.write_bytes(pictures.png())
    with pytest.raises(TooManyBytes, match="100 are allowed"):
        check_claim(file, Limits(max_bytes=100))


def test_what_we_do_not_read_is_said_to_be_unsupported(file: Path) -> None:
    file.write_bytes(b"%PDF-1.7")
    with pytest.raises(UnsupportedFormat, match="JPEG, PNG, WEBP, AVIF, GIF, TIFF, HEIC, SVG"):
        check_claim(file, Limits())


def test_an_empty_file_is_truncated(file: Path) -> None:
    file.touch()
    with pytest.raises(TruncatedFile):
        check_claim(file, Limits())


@pytest.mark.parametrize(
    ("data", "pages"),
    [
        (pictures.gif_animated(5), 5),
        (pictures.webp_animated(frames=5), 5),
        (pictures.tiff_pages(3), 3),
        (pictures.png(), 1),
        (pictures.avif(), 1),
    ],
    ids=["gif", "webp", "tiff", "png", "avif"],
)
def test_pages_are_counted_by_walking_through_the_parts(data: bytes, pages: int, file: Path) -> None:
    file.write_bytes(data)
    assert check_structure(file, format_of(file), Limits()) == pages


@pytest.mark.parametrize("data", [pictures.gif_animated(6), pictures.webp_animated(frames=6), pictures.tiff_pages(6)])
def test_more_frames_than_allowed_are_refused(data: bytes, file: Path) -> None:
    file.write_bytes(data)
    with pytest.raises(TooManyFrames, match="5 that are allowed"):
        check_structure(file, format_of(file), Limits(max_frames=5))


def test_a_bomb_of_tiny_frames_on_a_huge_screen_is_refused(file: Path) -> None:
    file.write_bytes(pictures.gif_claiming(2_000, 2_000, frames=200))
    with pytest.raises(TooManyFrames, match="800000000 pixels over its 200 frames; 400000000 are allowed"):
        check_structure(file, ImageFormat.GIF, Limits())


def test_directories_that_run_in_a_circle_are_damaged(file: Path) -> None:
    data = bytearray(pictures.tiff_claiming(8, 8))
    data[-4:] = struct.pack("<I", 72)
    file.write_bytes(data)
    with pytest.raises(CorruptFile, match="circle"):
        check_structure(file, ImageFormat.TIFF, Limits())


@pytest.mark.parametrize("depth", [10, 20_000])
def test_boxes_nested_without_end_are_damaged(depth: int, file: Path) -> None:
    head = b"\0\0\0\x14ftypavif\0\0\0\0avif"
    file.write_bytes(head + b"".join(struct.pack(">I", 8 * (depth - at)) + b"iprp" for at in range(depth)))
    with pytest.raises(FileRejected):
        check_claim(file, Limits())

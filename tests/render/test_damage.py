"""Files cut short and files with flipped bits are told apart, and neither ever passes for something else."""

import random
from pathlib import Path

import pytest

from imaging.errors import CorruptFile, FileRejected, TruncatedFile
from imaging.render.facts import Limits
from imaging.render.inspect import inspect
from tests import pictures

WHOLE = {
    "jpeg": pictures.jpeg(200, 150),
    "progressive jpeg": pictures.jpeg(200, 150, progressive=True),
    "png": pictures.png(200, 150),
    "interlaced png": pictures.png(200, 150, interlaced=True),
    "webp": pictures.webp(200, 150),
    "lossless webp": pictures.webp(200, 150, lossless=True),
    "animated webp": pictures.webp_animated(),
    "avif": pictures.avif(200, 150),
    "gif": pictures.gif(200, 150),
    "animated gif": pictures.gif_animated(),
    "tiff": pictures.tiff(200, 150),
    "lzw tiff": pictures.tiff(200, 150, compression="lzw"),
    "tiff of pages": pictures.tiff_pages(),
    "svg": pictures.svg(),
}
CHECKED = {"png", "interlaced png"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "upload"


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8, 0.95])
def test_a_file_cut_short_is_truncated(kind: str, share: float, file: Path) -> None:
    data = WHOLE[kind]
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(TruncatedFile, match=r"ends before its (picture|drawing) does"):
        inspect(file, Limits())


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_lacks_its_last_byte_is_truncated(kind: str, file: Path) -> None:
    file.write_bytes(WHOLE[kind][:-1])
    with pytest.raises(TruncatedFile):
        inspect(file, Limits())


@pytest.mark.parametrize("path", pictures.heic(), ids=lambda path: path.name)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_heic_cut_short_is_truncated(path: Path, share: float, file: Path) -> None:
    data = path.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(TruncatedFile):
        inspect(file, Limits())


def test_an_avif_cut_anywhere_in_its_header_is_truncated(file: Path) -> None:
    data = pictures.avif()
    for length in range(16, data.index(b"mdat") + 4):
        file.write_bytes(data[:length])
        with pytest.raises(TruncatedFile):
            inspect(file, Limits())


@pytest.mark.parametrize("kind", WHOLE)
def test_flipped_bits_are_seen_or_do_no_harm(kind: str, file: Path) -> None:
    chance = random.Random(kind)
    refused = 0
    for _ in range(12):
        data = bytearray(WHOLE[kind])
        data[chance.randrange(len(data) // 3, len(data) - 16)] ^= 1 << chance.randrange(8)
        file.write_bytes(data)
        try:
            inspection = inspect(file, Limits())
        except FileRejected:
            refused += 1
        else:
            assert len(inspection.pixel_hash) == 64
    assert refused == 12 or kind not in CHECKED


@pytest.mark.parametrize("kind", sorted(CHECKED))
def test_damaged_pixels_under_a_checksum_are_corrupt(kind: str, file: Path) -> None:
    data = bytearray(WHOLE[kind])
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(CorruptFile):
        inspect(file, Limits())


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
def test_rubbish_in_the_middle_is_corrupt(kind: str, file: Path) -> None:
    data = bytearray(WHOLE[kind])
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(random.Random(3).randrange(1, 255) for _ in range(200))
    file.write_bytes(data[: len(WHOLE[kind])])
    with pytest.raises(CorruptFile):
        inspect(file, Limits())


@pytest.mark.parametrize(
    "data",
    [
        pictures.png_claiming(3_000, 3_000),
        pictures.jpeg_claiming(3_000, 3_000),
        pictures.webp_claiming(3_000, 3_000),
        pictures.tiff_claiming(3_000, 3_000),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\xff\xd8\xff\xdb" + bytes(100),
        b"GIF89a" + bytes(100),
        b"RIFF\x64\0\0\0WEBPVP8 " + bytes(100),
        b"II*\0\x08\0\0\0" + bytes(100),
        b"<svg><not></well></svg>",
    ],
    ids=lambda data: repr(bytes(data[:6])),
)
def test_a_file_that_lies_about_itself_is_refused(data: bytes, file: Path) -> None:
    file.write_bytes(data)
    with pytest.raises((CorruptFile, TruncatedFile)):
        inspect(file, Limits())


def test_what_every_viewer_forgives_is_forgiven(file: Path) -> None:
    data = pictures.jpeg(200, 150)
    file.write_bytes(data[:-2] + b"\0\0\0\0" + data[-2:])
    assert inspect(file, Limits()).source.width == 200

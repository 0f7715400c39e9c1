import dataclasses
import json
from pathlib import Path

import pytest
import pyvips

from imaging.errors import FileRejected, TooManyFrames, TooManyPixels
from imaging.render.facts import ImageFormat, Inspection, Limits, Source
from imaging.render.inspect import inspect
from tests import pictures

EXPECTED = {
    "jpeg": (pictures.jpeg(90, 60), Source(ImageFormat.JPEG, 90, 60)),
    "png": (pictures.png(90, 60), Source(ImageFormat.PNG, 90, 60)),
    "png with alpha": (pictures.png_alpha(90, 60), Source(ImageFormat.PNG, 90, 60, has_alpha=True)),
    "png of 16 bits": (pictures.png_16bit(90, 60), Source(ImageFormat.PNG, 90, 60)),
    "webp": (pictures.webp(90, 60), Source(ImageFormat.WEBP, 90, 60)),
    "webp with alpha": (pictures.webp_alpha(90, 60), Source(ImageFormat.WEBP, 90, 60, has_alpha=True)),
    "animated webp": (
        pictures.webp_animated(90, 60, frames=3),
        Source(ImageFormat.WEBP, 90, 60, pages=3, animated=True),
    ),
    "avif": (pictures.avif(90, 60), Source(ImageFormat.AVIF, 90, 60)),
    "gif": (pictures.gif(90, 60), Source(ImageFormat.GIF, 90, 60)),
    "tiff": (pictures.tiff(90, 60), Source(ImageFormat.TIFF, 90, 60)),
    "tiff of pages": (pictures.tiff_pages(3, 90, 60), Source(ImageFormat.TIFF, 90, 60, pages=3)),
    "svg": (pictures.svg(90, 60), Source(ImageFormat.SVG, 90, 60, has_alpha=True)),
    "turned jpeg": (pictures.exif_jpeg(90, 60, orientation=6), Source(ImageFormat.JPEG, 60, 90, orientation=6)),
}


def look(data: bytes, folder: Path, limits: Limits | None = None) -> Inspection:
    path = folder / "upload"
    path.write_bytes(data)
    return inspect(path, limits or Limits())


@pytest.mark.parametrize("kind", EXPECTED)
def test_the_facts_of_every_format_are_told(kind: str, tmp_path: Path) -> None:
    data, expected = EXPECTED[kind]
    inspection = look(data, tmp_path)
    assert inspection.source == expected
    assert len(bytes.fromhex(inspection.pixel_hash)) == 32
    assert len(bytes.fromhex(inspection.perceptual_hash)) == 8
    assert inspection.placeholder_uri.startswith("data:image/png;base64,")
    assert inspection.dominant_color == inspection.palette[0]


def test_an_animated_gif_is_animated_in_all_its_frames(tmp_path: Path) -> None:
    source = look(pictures.gif_animated(4, 90, 60), tmp_path).source
    assert (source.width, source.height, source.pages, source.animated) == (90, 60, 4, True)


def test_only_what_can_be_seen_through_has_alpha(tmp_path: Path) -> None:
    solid = pictures.scene(700, 500).bandjoin(255)
    assert not look(solid.pngsave_buffer(), tmp_path).source.has_alpha
    assert not look(pictures.gif_animated(4, 90, 60), tmp_path).source.has_alpha
    hole = solid.insert(pyvips.Image.black(1, 1, bands=4), 699, 499)
    assert look(hole.pngsave_buffer(), tmp_path).source.has_alpha


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_the_same_however_its_pixels_are_stored(orientation: int, tmp_path: Path) -> None:
    upright = pictures.scene(300, 200)
    data = _stored(upright, orientation).tiffsave_buffer()
    inspection = look(data, tmp_path)
    expected = look(upright.pngsave_buffer(), tmp_path)
    assert (inspection.source.width, inspection.source.height) == (300, 200)
    assert inspection.source.orientation == orientation
    assert inspection.pixel_hash == expected.pixel_hash
    assert inspection.perceptual_hash == expected.perceptual_hash


def test_lossless_formats_of_the_same_pixels_have_one_pixel_hash(tmp_path: Path) -> None:
    lossless = [
        pictures.png(150, 140),
        pictures.png(150, 140, interlaced=True),
        pictures.png_16bit(150, 140),
        pictures.webp(150, 140, lossless=True),
        pictures.tiff(150, 140, compression="lzw"),
    ]
    assert len({look(data, tmp_path).pixel_hash for data in lossless}) == 1
    assert look(pictures.jpeg(150, 140), tmp_path).pixel_hash != look(lossless[0], tmp_path).pixel_hash


def test_one_changed_pixel_changes_the_pixel_hash(tmp_path: Path) -> None:
    picture = pictures.scene(400, 300)
    changed = picture.draw_rect([1, 2, 3], 399, 299, 1, 1)
    before, after = look(picture.pngsave_buffer(), tmp_path), look(changed.pngsave_buffer(), tmp_path)
    assert before.pixel_hash != after.pixel_hash
    assert before.perceptual_hash == after.perceptual_hash


def test_every_frame_counts_in_the_pixel_hash(tmp_path: Path) -> None:
    three, four = pictures.webp_animated(frames=3), pictures.webp_animated(frames=4)
    assert look(three, tmp_path).pixel_hash != look(four, tmp_path).pixel_hash
    assert look(three, tmp_path).thumbhash == look(four, tmp_path).thumbhash


def test_a_wide_gamut_is_read_through_its_profile(tmp_path: Path) -> None:
    plain = pictures.scene(60, 40)
    wide = plain.icc_transform("p3", input_profile="srgb").tiffsave_buffer(profile="p3")
    red, green, blue = _rgb(look(wide, tmp_path).dominant_color)
    expected = _rgb(look(plain.tiffsave_buffer(), tmp_path).dominant_color)
    assert max(abs(a - b) for a, b in zip((red, green, blue), expected, strict=True)) <= 6


@pytest.mark.parametrize("interpretation", ["cmyk", "b-w"])
def test_other_colour_spaces_are_read(interpretation: str, tmp_path: Path) -> None:
    picture = pictures.scene(60, 40).colourspace(interpretation)
    assert look(picture.jpegsave_buffer(), tmp_path).source.width == 60


def test_too_many_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooManyPixels):
        look(pictures.png(101, 100), tmp_path, Limits(max_pixels=10_000))


def test_a_huge_drawing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooManyPixels):
        look(pictures.svg(30_000, 30_000), tmp_path)


def test_a_large_drawing_keeps_its_own_size(tmp_path: Path) -> None:
    source = look(pictures.svg(10_000, 5_000), tmp_path).source
    assert (source.width, source.height) == (10_000, 5_000)


def test_too_many_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooManyFrames):
        look(pictures.gif_animated(6), tmp_path, Limits(max_frames=5))


def test_too_many_pixels_over_all_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooManyFrames):
        look(pictures.gif_animated(6, 40, 30), tmp_path, Limits(max_total_pixels=7_000))


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (129, 128), (128, 257)])
def test_odd_shapes_are_inspected(size: tuple[int, int], tmp_path: Path) -> None:
    source = look(pictures.png(*size), tmp_path).source
    assert (source.width, source.height) == size


@pytest.mark.parametrize("path", pictures.shared_pictures("*.*"), ids=lambda path: path.name)
def test_real_files_are_inspected_or_refused(path: Path) -> None:
    try:
        inspection = inspect(path, Limits())
    except FileRejected:
        return
    told = [dataclasses.asdict(inspection.metadata), inspection.exif, inspection.iptc, inspection.xmp]
    assert json.loads(json.dumps(told, allow_nan=False)) is not None
    assert "\\u0000" not in json.dumps(told)
    assert inspection.source.width > 0


@pytest.mark.parametrize("path", pictures.heic(), ids=lambda path: path.name)
def test_a_heic_is_read(path: Path) -> None:
    source = inspect(path, Limits()).source
    assert (source.format, source.orientation) == (ImageFormat.HEIC, 1)


def _stored(upright: pyvips.Image, orientation: int) -> pyvips.Image:
    """Turn pixels so that a viewer who follows the orientation sees them upright."""
    turns = {
        1: lambda image: image,
        2: lambda image: image.fliphor(),
        3: lambda image: image.rot180(),
        4: lambda image: image.flipver(),
        5: lambda image: image.rot90().fliphor(),
        6: lambda image: image.rot270(),
        7: lambda image: image.rot270().fliphor(),
        8: lambda image: image.rot90(),
    }
    stored = turns[orientation](upright).copy()
    stored.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return stored


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))

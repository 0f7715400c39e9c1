"""Images laid over pictures: where, how large, how opaque, and that nothing else changes."""

import io
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageSequence

from imaging.errors import InvalidTransform
from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import plan
from imaging.render.render import render
from imaging.render.transform import Gravity, OutputColorSpace, OutputFormat, Transform, Trim, Watermark
from tests import pictures
from tests.render.marks import BLUE, GROUND, Easel, flat, touched
from tests.render.sources import Sample, moving_gif, samples, turned_jpeg

POSITIONS = {
    Gravity.NORTH_WEST: (0, 0),
    Gravity.NORTH: (40, 0),
    Gravity.NORTH_EAST: (80, 0),
    Gravity.WEST: (0, 20),
    Gravity.CENTER: (40, 20),
    Gravity.EAST: (80, 20),
    Gravity.SOUTH_WEST: (0, 40),
    Gravity.SOUTH: (40, 40),
    Gravity.SOUTH_EAST: (80, 40),
}
LOGO = flat(30, 30, BLUE)


def mark(**values: Any) -> Watermark:
    return Watermark(image_id=uuid.UUID(int=7), version=1, **{"scale": 0.2} | values)


@pytest.fixture
def easel(tmp_path: Path) -> Easel:
    return Easel(tmp_path)


@pytest.mark.parametrize(("position", "corner"), POSITIONS.items())
def test_it_lies_where_its_position_says(easel: Easel, position: Gravity, corner: tuple[int, int]) -> None:
    pixels = easel.pixels(flat(100, 60), mark(position=position), LOGO)
    assert touched(pixels) == (*corner, 20, 20)
    assert {tuple(pixel) for row in pixels for pixel in row} == {GROUND, BLUE}


@pytest.mark.parametrize(
    ("position", "corner"),
    [
        (Gravity.NORTH_WEST, (7, 7)),
        (Gravity.SOUTH_EAST, (73, 33)),
        (Gravity.NORTH, (40, 7)),
        (Gravity.CENTER, (40, 20)),
    ],
)
def test_it_keeps_its_margin(easel: Easel, position: Gravity, corner: tuple[int, int]) -> None:
    assert touched(easel.pixels(flat(100, 60), mark(position=position, margin=7), LOGO)) == (*corner, 20, 20)


def test_the_margin_grows_with_the_density_and_the_scale_does_not(easel: Easel) -> None:
    wish = Transform(width=100, dpr=2)
    pixels = easel.pixels(flat(200, 120), mark(position=Gravity.NORTH_WEST, margin=7), LOGO, wish=wish)
    assert touched(pixels) == (14, 14, 40, 40)


@pytest.mark.parametrize(("scale", "width"), [(0.01, 1), (0.1, 10), (0.333, 33), (0.335, 34)])
def test_its_width_is_a_part_of_the_pictures_width(easel: Easel, scale: float, width: int) -> None:
    assert touched(easel.pixels(flat(100, 60), mark(scale=scale), LOGO))[2:] == (width, width)


def test_it_is_never_taller_than_the_picture(easel: Easel) -> None:
    assert touched(easel.pixels(flat(100, 60), mark(scale=1, position=Gravity.CENTER), LOGO)) == (20, 0, 60, 60)
    assert touched(easel.pixels(flat(100, 60), mark(scale=0.5, position=Gravity.WEST), flat(10, 80, BLUE))) == (
        0,
        0,
        8,
        60,
    )


def test_margins_make_it_smaller_where_there_is_no_room(easel: Easel) -> None:
    assert touched(easel.pixels(flat(100, 60), mark(scale=1, margin=10), LOGO)) == (50, 10, 40, 40)
    assert touched(easel.pixels(flat(100, 60), mark(margin=8_192), LOGO))[2:] == (2, 2)


@pytest.mark.parametrize(
    ("opacity", "color"), [(1, (0, 0, 255)), (0.5, (100, 50, 153)), (0.2, (160, 80, 91)), (0.01, (198, 99, 52))]
)
def test_opacity_blends_by_the_rule_of_alpha(easel: Easel, opacity: float, color: tuple[int, int, int]) -> None:
    pixels = easel.pixels(flat(100, 60), mark(opacity=opacity), LOGO)
    assert tuple(pixels[50, 90]) == color
    assert tuple(pixels[10, 10]) == GROUND


def test_what_can_be_seen_through_is_seen_through_without_dark_edges(easel: Easel) -> None:
    pixels = easel.pixels(flat(100, 60), mark(opacity=0.5), flat(30, 30, (*BLUE, 128)))
    assert tuple(pixels[50, 90]) == (150, 75, 101)
    # Half of the logo is clear, and black where nobody sees it.
    half = pyvips.Image.black(15, 30, bands=4).join(
        pyvips.Image.black(15, 30).new_from_image([*BLUE, 255]), "horizontal"
    )
    content = half.cast("uchar").copy(interpretation="srgb").pngsave_buffer()
    over = Sample("half", content, Source(ImageFormat.PNG, 30, 30, has_alpha=True))
    pixels = easel.pixels(flat(100, 60), mark(), over)
    # Between clear and blue lies what is between ground and blue, and never anything darker.
    parts = (pixels[50, 80:].astype(float) - GROUND) / (np.subtract(BLUE, GROUND))
    assert np.ptp(parts, axis=1).max() < 0.02
    assert parts.min() > -0.01


def test_over_a_clear_picture_it_keeps_its_own_colour(easel: Easel) -> None:
    pixels = easel.pixels(flat(100, 60, (0, 0, 0, 0)), mark(opacity=0.5), LOGO)
    assert tuple(pixels[50, 90]) == (*BLUE, 128)
    assert tuple(pixels[10, 10]) == (0, 0, 0, 0)


def test_over_a_half_clear_picture_both_count_by_their_alpha(easel: Easel) -> None:
    pixels = easel.pixels(flat(100, 60, (*GROUND, 128)), mark(opacity=0.5), LOGO)
    # Half a blue over half a ground: alpha 1 - (1 - 128/255)², and blue has two thirds of it.
    assert tuple(pixels[50, 90]) == (66, 33, 187, 192)
    assert tuple(pixels[10, 10]) == (*GROUND, 128)


def test_tiles_cover_the_picture_at_the_distance_of_the_margin(easel: Easel) -> None:
    pixels = easel.pixels(flat(100, 60), mark(tile=True, margin=10, position=Gravity.NORTH_WEST), LOGO)
    across = (np.arange(100) - 10) % 30 < 20
    down = (np.arange(60) - 10) % 30 < 20
    assert ((pixels == BLUE).all(axis=2) == np.outer(down, across)).all()


def test_tiles_without_a_margin_leave_no_gap(easel: Easel) -> None:
    pixels = easel.pixels(flat(101, 67), mark(tile=True, scale=0.13), LOGO)
    assert {tuple(pixel) for row in pixels for pixel in row} == {BLUE}


def test_the_position_says_where_one_of_the_tiles_lies(easel: Easel) -> None:
    single = easel.pixels(flat(100, 60), mark(margin=4, position=Gravity.SOUTH_EAST), LOGO)
    tiled = easel.pixels(flat(100, 60), mark(margin=4, position=Gravity.SOUTH_EAST, tile=True), LOGO)
    left, top, width, height = touched(single)
    assert (tiled[top : top + height, left : left + width] == BLUE).all()
    assert (tiled[top : top + height, left - 4 : left] == GROUND).all()


def test_it_lies_on_the_padding_too_and_the_corners_cut_it(easel: Easel) -> None:
    wish = Transform(padding=10, background="#ffffff")
    pixels = easel.pixels(flat(80, 40), mark(position=Gravity.NORTH_WEST), LOGO, wish=wish)
    assert touched(pixels[:10, :25], (255, 255, 255)) == (0, 0, 20, 10)
    wish = Transform(corner_radius=10)
    assert easel.pixels(flat(100, 60), mark(position=Gravity.NORTH_WEST), LOGO, wish=wish)[0, 0, 3] == 0


def test_it_is_neither_turned_nor_blurred_with_the_picture(easel: Easel) -> None:
    wish = Transform(rotate=90, blur=5, grayscale=True)
    pixels = easel.pixels(flat(60, 100), mark(position=Gravity.SOUTH_EAST), flat(30, 15, BLUE), wish=wish)
    assert (pixels[50:, 80:] == BLUE).all()
    assert not (pixels[:50] == BLUE).all(axis=2).any()


@pytest.mark.parametrize("over", samples(), ids=repr)
def test_every_format_that_is_read_can_be_laid_over(easel: Easel, over: Sample) -> None:
    pixels = easel.pixels(flat(300, 600, (1, 254, 1)), mark(scale=0.5, position=Gravity.NORTH_WEST), over)
    changed = (pixels != np.asarray((1, 254, 1), np.uint8)).any(axis=2)
    width = min(150, round(600 * over.source.width / over.source.height))
    height = min(600, round(150 * over.source.height / over.source.width))
    assert changed[: height + 1, : width + 1].mean() > 0.4
    assert not changed[height + 1 :].any()
    assert not changed[:, width + 1 :].any()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_laid_over_upright(easel: Easel, orientation: int) -> None:
    wanted = easel.pixels(flat(200, 200), mark(scale=0.5), turned_jpeg(1, 64, 48))
    stored = (48, 64) if orientation > 4 else (64, 48)
    over = turned_jpeg(orientation, *stored)
    assert (over.source.width, over.source.height) == (64, 48)
    box = touched(easel.pixels(flat(200, 200), mark(scale=0.5), over))
    assert box == touched(wanted) == (100, 125, 100, 75)


def test_it_is_laid_over_what_is_left_after_trimming(easel: Easel) -> None:
    framed = pyvips.Image.new_from_buffer(flat(100, 60).content, "").embed(
        30, 20, 200, 120, extend="background", background=[255, 255, 255]
    )
    picture = Sample("framed", framed.pngsave_buffer(), Source(ImageFormat.PNG, 200, 120))
    pixels = easel.pixels(picture, mark(position=Gravity.SOUTH_EAST), LOGO, wish=Transform(trim=Trim()))
    assert pixels.shape == (60, 100, 3)
    assert touched(pixels) == (80, 40, 20, 20)


def test_a_drawing_is_drawn_at_the_size_it_is_needed_in(easel: Easel) -> None:
    drawing = pictures.svg(10, 10, body='<rect x="5" width="5" height="10" fill="#0000ff"/>')
    over = Sample("svg", drawing, Source(ImageFormat.SVG, 10, 10, has_alpha=True))
    pixels = easel.pixels(flat(1000, 800), mark(scale=0.8, position=Gravity.NORTH_WEST), over)
    # A picture of ten pixels made larger would fade over a hundred.
    faded = ((pixels[400] != GROUND) & (pixels[400] != BLUE)).any(axis=1).sum()
    assert faded <= 2
    assert (pixels[400, 402:799] == BLUE).all()


def test_of_an_animation_the_first_frame_is_laid_over(easel: Easel) -> None:
    moving = moving_gif()
    with Image.open(io.BytesIO(moving.content)) as first:
        expected = np.asarray(first.convert("RGB"))[15, 20]
    pixels = easel.pixels(flat(400, 300), mark(scale=0.1, position=Gravity.NORTH_WEST), moving)
    assert np.abs(pixels[15, 20].astype(int) - expected).max() <= 2


@pytest.mark.parametrize("format", [OutputFormat.WEBP, OutputFormat.GIF])
def test_every_frame_of_an_animation_bears_it(easel: Easel, format: OutputFormat) -> None:
    wish = Transform(lossless=format is OutputFormat.WEBP)
    content = easel.bytes_of(moving_gif(5, 100, 60), mark(position=Gravity.NORTH_WEST), LOGO, format, wish)
    with Image.open(io.BytesIO(content)) as image:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]
    assert len(frames) == 5
    for frame in frames:
        assert np.abs(frame[2:18, 2:18].astype(int) - BLUE).max() <= 8
        assert np.abs(frame[30:, 30:].astype(int) - BLUE).max() > 60


def test_a_jpeg_stays_one(easel: Easel) -> None:
    content = easel.bytes_of(flat(100, 60), mark(), flat(30, 30, (*BLUE, 128)), OutputFormat.JPEG)
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.mode) == ("JPEG", "RGB")


def test_the_credits_are_those_of_the_picture(easel: Easel) -> None:
    picture, over = turned_jpeg(1), pictures.exif_jpeg(30, 30, tags={0x8298: "Somebody else", 0x013B: "Nobody"})
    logo = Sample("logo", over, Source(ImageFormat.JPEG, 30, 30))
    with Image.open(io.BytesIO(easel.bytes_of(picture, mark(), logo, OutputFormat.JPEG))) as image:
        assert image.getexif()[0x8298] == "(c) 2024 Ada Lens"
        assert image.getexif()[0x013B] == "Ada Lens"


def test_its_own_colour_profile_is_converted(easel: Easel) -> None:
    plain = pyvips.Image.new_from_buffer(flat(30, 30, (234, 51, 35)).content, "")
    wide = plain.icc_transform("p3", input_profile="srgb")
    over = Sample("wide", wide.pngsave_buffer(), Source(ImageFormat.PNG, 30, 30))
    pixels = easel.pixels(flat(100, 60), mark(), over)
    assert np.abs(pixels[50, 90].astype(int) - (234, 51, 35)).max() <= 2


def test_a_picture_that_keeps_its_colours_has_it_in_those(easel: Easel) -> None:
    plain = pyvips.Image.new_from_buffer(flat(100, 60).content, "")
    wide = plain.icc_transform("p3", input_profile="srgb")
    picture = Sample("wide", wide.pngsave_buffer(), Source(ImageFormat.PNG, 100, 60))
    wish = Transform(color_space=OutputColorSpace.KEEP)
    content = easel.bytes_of(picture, mark(), flat(30, 30, (255, 0, 0)), wish=wish)
    shown = pyvips.Image.new_from_buffer(content, "")
    assert shown.get_typeof("icc-profile-data")
    # Source: the red of sRGB in Display P3, CSS Color 4.
    assert np.abs(np.subtract(shown(90, 50), (234, 51, 35))).max() <= 2


def test_an_image_that_nobody_looked_up_is_not_left_out_in_silence(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(flat(10, 10).content)
    steps = plan(Transform(watermark=mark()), flat(10, 10).source, format=OutputFormat.PNG)
    with pytest.raises(ValueError, match="looked up"):
        render(tmp_path / "picture", steps, tmp_path / "rendition")


def test_a_place_that_must_be_sought_is_refused() -> None:
    with pytest.raises(InvalidTransform, match="CENTER, a side or a corner"):
        mark(position=Gravity.ATTENTION)

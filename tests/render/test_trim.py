"""Edges that are all of one colour are cut away."""

import io
from dataclasses import replace

import numpy
import pytest
import pyvips
from PIL import Image, ImageOps

from imaging.render.facts import ImageFormat, Rendered, Source
from imaging.render.plan import output_size, plan
from imaging.render.render import render
from imaging.render.transform import Crop, Fit, OutputFormat, Transform, Trim
from tests import pictures

WHITE, CLEAR = (255, 255, 255), (0, 0, 0, 0)
TRIM = Transform(trim=Trim())


def framed(color: tuple[int, ...] = WHITE, box: tuple[int, int, int, int] = (20, 10, 70, 50)) -> Image.Image:
    """A picture of 100 by 60 with a frame of one colour around the box."""
    mode = "RGBA" if len(color) == 4 else "RGB"
    image = Image.new(mode, (100, 60), color)
    inner = Image.open(io.BytesIO(pictures.png(box[2] - box[0], box[3] - box[1])))
    image.paste(inner.convert(mode), box[:2])
    return image


def png(image: Image.Image, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    target = io.BytesIO()
    image.save(target, "PNG", exif=exif)
    return target.getvalue()


def source(image: Image.Image, orientation: int = 1) -> Source:
    size = image.size[::-1] if orientation > 4 else image.size
    return Source(ImageFormat.PNG, *size, orientation=orientation, has_alpha=image.mode == "RGBA")


@pytest.fixture
def trimmed(show):
    """Trim a drawn picture."""
    return lambda image, wish=TRIM, orientation=1: show(png(image, orientation), source(image, orientation), wish)


@pytest.mark.parametrize("color", [WHITE, (0, 0, 0), (12, 200, 90), CLEAR, (255, 0, 0, 255)], ids=str)
def test_a_frame_of_one_colour_is_cut_away(trimmed, color):
    image = framed(color)
    assert trimmed(image).convert("RGB").tobytes() == image.convert("RGB").crop((20, 10, 70, 50)).tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_corner_that_tells_the_colour_is_that_of_the_upright_picture(trimmed, orientation):
    upright = Image.new("RGB", (40, 24), (250, 250, 250))
    upright.paste((0, 0, 0), (0, 4, 40, 24))
    upright.paste((200, 30, 30), (7, 9, 30, 20))
    stored = (
        upright.transpose({1: 0, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]) if orientation > 1 else upright
    )
    shown = trimmed(stored, orientation=orientation)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(png(stored, orientation))))
    assert expected.tobytes() == upright.tobytes()
    assert shown.tobytes() == upright.crop((0, 4, 40, 24)).tobytes()


def test_only_edges_of_the_colour_asked_for_are_cut_away(trimmed):
    image = framed((30, 60, 90))
    assert trimmed(image, Transform(trim=Trim(color="#1e3c5a"))).size == (50, 40)
    assert trimmed(image, Transform(trim=Trim(color="#ffffff"))).size == (100, 60)


def test_the_threshold_is_how_far_any_channel_may_be_off(trimmed):
    image = framed()
    image.paste((255, 255, 240), (0, 0, 100, 4))
    image.putpixel((0, 0), WHITE)
    assert trimmed(image, Transform(trim=Trim(threshold=15))).size == (50, 40)
    assert trimmed(image, Transform(trim=Trim(threshold=14))).size == (100, 50)


def test_a_single_dot_is_kept_in_sight(trimmed):
    image = framed()
    image.putpixel((97, 3), (0, 0, 0))
    assert trimmed(image).size == (78, 47)


def test_invisible_edges_are_cut_away_whatever_colour_is_hidden_in_them(trimmed):
    image = framed((255, 0, 0, 0))
    image.paste((0, 255, 0, 0), (0, 0, 50, 5))
    assert trimmed(image).size == (50, 40)
    assert trimmed(image, Transform(trim=Trim(color="#ffffff"))).size == (50, 40)


def test_a_veil_on_an_invisible_ground_counts_once_it_is_denser_than_the_threshold(trimmed):
    image = framed(CLEAR)
    image.paste((0, 0, 0, 20), (15, 5, 20, 55))
    assert trimmed(image, Transform(trim=Trim(threshold=19))).size == (55, 50)
    assert trimmed(image, Transform(trim=Trim(threshold=20))).size == (50, 40)


@pytest.mark.parametrize("color", [WHITE, CLEAR], ids=str)
@pytest.mark.parametrize("wish", [TRIM, Transform(trim=Trim(), crop=Crop(5, 5, 30, 20))], ids=["whole", "cut"])
def test_a_picture_of_one_colour_is_left_as_it_is(trimmed, color, wish):
    image = Image.new("RGBA" if len(color) == 4 else "RGB", (100, 60), color)
    assert trimmed(image, wish).size == ((30, 20) if wish.crop else (100, 60))


def test_what_was_cut_is_trimmed_and_its_own_corner_tells_the_colour(trimmed):
    image = framed((0, 90, 0))
    image.paste(WHITE, (60, 0, 100, 60))
    image.paste((200, 0, 0), (80, 20, 90, 30))
    shown = trimmed(image, Transform(trim=Trim(), crop=Crop(65, 5, 35, 50)))
    assert shown.size == (10, 10)
    assert shown.getcolors() == [(100, (200, 0, 0))]


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_trimming_goes_with_all_that_is_asked_of_the_geometry(trimmed, orientation):
    upright = framed()
    stored = upright.transpose({3: 3, 6: 2, 7: 6}[orientation]) if orientation > 1 else upright
    wish = Transform(
        trim=Trim(),
        crop=Crop(10, 5, 90, 55),
        rotate=90,
        width=20,
        height=20,
        focal_point=(0.69, 0.5),
        padding=2,
        background="#000000",
    )
    shown = trimmed(stored, wish, orientation)
    expected = upright.crop((20, 10, 70, 50)).rotate(-90, expand=True).resize((20, 25), Image.Resampling.LANCZOS)
    found = numpy.asarray(shown.crop((2, 2, 22, 22)), dtype=float)
    assert shown.size == (24, 24)
    assert shown.getpixel((1, 12)) == (0, 0, 0)
    assert numpy.abs(found - numpy.asarray(expected.crop((0, 5, 20, 25)), dtype=float)).mean() < 3


def test_what_is_told_about_the_file_is_its_true_size(tmp_path):
    image = framed()
    (tmp_path / "stored").write_bytes(png(image))
    wish = Transform(trim=Trim(), width=25)
    planned = plan(wish, source(image), format=OutputFormat.WEBP)
    rendered = render(tmp_path / "stored", planned, tmp_path / "rendition")
    with Image.open(tmp_path / "rendition") as shown:
        assert (rendered.width, rendered.height) == shown.size == (25, 20)
    assert isinstance(rendered, Rendered)
    assert planned.height == output_size(wish, source(image)).height == 15


def test_a_trimmed_picture_is_never_enlarged_unless_that_is_allowed(trimmed):
    wish = Transform(trim=Trim(), width=80, height=80, fit=Fit.INSIDE)
    assert trimmed(framed(), wish).size == (50, 40)
    assert trimmed(framed(), replace(wish, allow_upscale=True)).size == (80, 64)


def test_no_rest_of_the_edge_is_left_on_a_photograph(show):
    image = Image.new("RGB", (1003, 805), WHITE)
    image.paste((10, 60, 120), (101, 99, 902, 700))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=95, subsampling=0)
    shown = show(target.getvalue(), Source(ImageFormat.JPEG, 1003, 805), Transform(trim=Trim(60), width=50))
    pixels = numpy.asarray(shown, dtype=float)
    assert numpy.abs(pixels - (10, 60, 120)).max() < 12


@pytest.mark.parametrize("format", [OutputFormat.WEBP, OutputFormat.GIF])
def test_all_frames_of_an_animation_are_trimmed_to_what_any_of_them_shows(show, format):
    frames = [Image.new("RGB", (60, 40), WHITE) for _ in range(3)]
    for number, frame in enumerate(frames):
        frame.paste((200, 20, 20), (10 + 10 * number, 5, 20 + 10 * number, 15 + 5 * number))
    target = io.BytesIO()
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], duration=100, lossless=True)
    moving = Source(ImageFormat.WEBP, 60, 40, pages=3, animated=True)
    shown = show(target.getvalue(), moving, TRIM, format)
    assert (shown.n_frames, shown.size) == (3, (30, 20))
    still = show(target.getvalue(), moving, replace(TRIM, animated=False), format)
    assert (getattr(still, "n_frames", 1), still.size) == (1, (10, 10))


def test_a_drawing_is_trimmed_to_what_is_drawn(show):
    drawing = pictures.svg(8_000, 4_000, body='<rect x="2000" y="1000" width="4000" height="1000" fill="#ff0000"/>')
    shown = show(drawing, Source(ImageFormat.SVG, 8_000, 4_000, has_alpha=True), Transform(trim=Trim(), width=400))
    assert shown.size == (400, 100)
    assert shown.getpixel((200, 50)) == (255, 0, 0, 255)
    assert shown.getpixel((1, 1))[3] > 200


def test_every_kind_of_picture_can_be_trimmed(show):
    white = pyvips.Image.black(120, 80, bands=3) + 255
    picture = white.insert(pictures.scene(60, 40) * 0.5, 30, 20).cast("uchar").copy(interpretation="srgb")
    stored = {
        ImageFormat.JPEG: picture.icc_transform("cmyk", input_profile="srgb").jpegsave_buffer(Q=95),
        ImageFormat.PNG: ((picture.cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")).pngsave_buffer(),
        ImageFormat.WEBP: picture.webpsave_buffer(lossless=True),
        ImageFormat.AVIF: picture.heifsave_buffer(compression="av1", lossless=True, effort=0),
        ImageFormat.TIFF: picture.colourspace("b-w").tiffsave_buffer(),
        ImageFormat.GIF: picture.gifsave_buffer(),
    }
    sizes = {
        format: show(content, Source(format, 120, 80), Transform(trim=Trim(24))).size
        for format, content in stored.items()
    }
    assert sizes == dict.fromkeys(stored, (60, 40))

"""A rectangle is cut from the upright source before anything else is done to it."""

import io

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from imaging.errors import InvalidTransform
from imaging.render.facts import ImageFormat, Source
from imaging.render.geometry import Box, Size
from imaging.render.plan import plan
from imaging.render.streams import load_scale
from imaging.render.transform import Crop, Fit, Gravity, OutputFormat, Transform
from tests import pictures
from tests.render.sources import moving_gif, turned_jpeg

SIDES = st.integers(1, 20_000)
STEPS = st.integers(0, 10_000)
LARGE = {
    ImageFormat.JPEG: pictures.jpeg,
    ImageFormat.PNG: pictures.png,
    ImageFormat.WEBP: pictures.webp,
    ImageFormat.AVIF: pictures.avif,
    ImageFormat.TIFF: pictures.tiff,
}


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of all channels, 0 to 255."""
    pixels = [numpy.asarray(image.convert("RGB"), dtype=float) for image in (one, other)]
    return float(numpy.abs(pixels[0] - pixels[1]).mean())


def turned_png(orientation: int, width: int = 90, height: int = 60) -> tuple[bytes, Source]:
    """A PNG without loss that says how it was held, stored as `width` by `height`."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    target = io.BytesIO()
    opened(pictures.png(width, height)).save(target, "PNG", exif=exif)
    seen = (height, width) if orientation > 4 else (width, height)
    return target.getvalue(), Source(ImageFormat.PNG, *seen, orientation=orientation)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("rotate", [0, 90])
def test_a_rectangle_is_cut_from_the_upright_picture_to_the_pixel(show, orientation, rotate):
    content, source = turned_png(orientation)
    upright = ImageOps.exif_transpose(opened(content))
    shown = show(content, source, Transform(crop=Crop(7, 11, 31, 42), rotate=rotate))
    expected = upright.crop((7, 11, 38, 53)).rotate(-rotate, expand=True)
    assert shown.tobytes() == expected.tobytes()


def test_a_rectangle_can_be_told_in_parts_of_the_picture(show):
    content = pictures.png(201, 99)
    shown = show(content, Source(ImageFormat.PNG, 201, 99), Transform(crop=Crop.of_ratios(0.25, 0.5, 0.5, 0.5)))
    assert shown.tobytes() == opened(content).crop((50, 50, 151, 99)).tobytes()


@pytest.mark.parametrize("format", LARGE, ids=lambda format: format.name)
@pytest.mark.parametrize("width", [50, 110, 400])
def test_what_is_cut_is_shrunk_as_if_it_were_a_picture_of_its_own(show, format, width):
    content = LARGE[format](1203, 907)
    wish = Transform(crop=Crop(401, 303, 800, 603), width=width)
    shown = show(content, Source(format, 1203, 907), wish)
    expected = opened(content).convert("RGB").crop((401, 303, 1201, 906))
    assert distance(shown, expected.resize(shown.size, Image.Resampling.LANCZOS)) < 2


def test_what_is_cut_is_read_no_larger_than_needed():
    large = {"crop": Crop(4000, 3000, 1600, 1200), "width": 100}
    scales = {
        format: load_scale(plan(Transform(**large), Source(format, 8000, 6000), format=OutputFormat.JPEG))
        for format in (ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.SVG, ImageFormat.PNG)
    }
    assert scales == {
        ImageFormat.JPEG: 1 / 8,
        ImageFormat.WEBP: 1 / 16,
        ImageFormat.SVG: 1 / 16,
        ImageFormat.PNG: 1,
    }


@pytest.mark.parametrize("wish", [{"linear_light": True}, {"quality": 90}], ids=str)
def test_only_what_is_resized_in_linear_light_is_decoded_in_full(wish):
    large = Source(ImageFormat.JPEG, 8000, 6000)
    planned = plan(Transform(width=100, **wish), large, format=OutputFormat.JPEG)
    assert planned.shrink_on_load == (1 if "linear_light" in wish else 8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_large_photograph_is_cut_in_the_same_place_however_it_was_held(show, orientation):
    sample = turned_jpeg(orientation, 1280, 960)
    wish = Transform(crop=Crop.of_ratios(0.5, 0.25, 0.5, 0.5), width=60, rotate=180)
    planned = plan(wish, sample.source, format=OutputFormat.PNG)
    upright = ImageOps.exif_transpose(opened(sample.content))
    left, top = upright.width // 2, upright.height // 4
    expected = upright.crop((left, top, upright.width, top * 3)).rotate(180).resize((planned.width, planned.height))
    assert planned.shrink_on_load > 1
    assert distance(show(sample.content, sample.source, wish), expected) < 4


@pytest.mark.parametrize(
    "wish",
    [
        Transform(crop=Crop(70, 10, 10, 20), width=2),
        Transform(crop=Crop(70, 10, 10, 20)),
        Transform(crop=Crop(70, 10, 10, 20), width=400, allow_upscale=True),
        Transform(crop=Crop(74, 10, 2, 2), width=4_000, height=30, allow_upscale=True),
    ],
    ids=["smaller", "as it is", "larger", "much larger"],
)
def test_a_part_of_a_drawing_is_drawn_at_its_own_size(show, wish):
    body = '<rect width="100" height="40" fill="#ff0000"/><rect x="75" width="25" height="40" fill="#0000ff"/>'
    drawing = pictures.svg(100, 40, body=body)
    shown = show(drawing, Source(ImageFormat.SVG, 100, 40, has_alpha=True), wish)
    middle = shown.height // 2
    assert shown.getpixel((0, middle)) == (255, 0, 0, 255)
    assert shown.getpixel((shown.width - 1, middle)) == (0, 0, 255, 255)
    assert shown.width < 9 or shown.getpixel((shown.width * 9 // 20, middle)) == (255, 0, 0, 255)


@pytest.mark.parametrize("format", [OutputFormat.WEBP, OutputFormat.GIF])
def test_every_frame_is_cut_in_the_same_place(show, format):
    sample = moving_gif(3, 40, 30)
    shown = show(sample.content, sample.source, Transform(crop=Crop(5, 6, 20, 10)), format)
    whole = opened(sample.content)
    for page in range(3):
        shown.seek(page)
        whole.seek(page)
        assert shown.size == (20, 10)
        assert distance(shown, whole.convert("RGB").crop((5, 6, 25, 16))) < 6


@pytest.mark.parametrize(
    ("wish", "seen"),
    [
        (Transform(width=20, height=20), (60, 20, 80, 40)),
        (Transform(width=20, height=20, gravity=Gravity.WEST), (40, 20, 60, 40)),
        (Transform(width=20, height=20, focal_point=(0.78, 0.5)), (68, 20, 88, 40)),
        (Transform(width=20, height=20, focal_point=(0.1, 0.5)), (40, 20, 60, 40)),
        (Transform(width=20, height=20, focal_point=(0.78, 0.5), flop=True), (68, 20, 88, 40)),
    ],
    ids=str,
)
def test_the_box_is_filled_from_what_was_cut_and_the_focal_point_is_one_of_the_whole_picture(show, wish, seen):
    content = pictures.png(100, 60)
    cut = Transform(**{name: getattr(wish, name) for name in wish.__slots__} | {"crop": Crop(40, 20, 60, 20)})
    shown = show(content, Source(ImageFormat.PNG, 100, 60), cut).convert("RGB")
    expected = opened(content).crop(seen)
    assert shown.tobytes() == (ImageOps.mirror(expected) if wish.flop else expected).tobytes()


def test_padding_and_a_canvas_are_laid_around_what_was_cut(show):
    content = pictures.png(100, 60)
    wish = Transform(crop=Crop(10, 10, 30, 20), width=50, height=40, fit=Fit.PAD, padding=3, background="#000000")
    shown = show(content, Source(ImageFormat.PNG, 100, 60), wish)
    assert shown.size == (56, 46)
    assert shown.crop((13, 13, 43, 33)).tobytes() == opened(content).crop((10, 10, 40, 30)).tobytes()
    assert shown.getpixel((12, 12)) == (0, 0, 0)


@pytest.mark.parametrize("crop", [Crop(0, 0, 101, 60), Crop(90, 0, 20, 60), Crop(0, 60, 1, 1)], ids=str)
def test_a_rectangle_outside_of_the_picture_is_refused(crop):
    with pytest.raises(InvalidTransform, match="must end inside"):
        plan(Transform(crop=crop), Source(ImageFormat.PNG, 100, 60), format=OutputFormat.PNG)


@given(st.builds(Size, SIDES, SIDES), STEPS, STEPS, STEPS, STEPS)
def test_parts_of_a_picture_are_never_empty_nor_outside(size, left, top, width, height):
    left, top = min(left, 9_999), min(top, 9_999)
    crop = Crop(left, top, max(1, min(width, 10_000 - left)), max(1, min(height, 10_000 - top)), is_ratio=True)
    assert_inside(crop.box(size), size)


@given(st.floats(0, 0.999), st.floats(0, 0.999), st.builds(Size, SIDES, SIDES))
def test_parts_may_end_exactly_at_the_edge(left, top, size):
    crop = Crop.of_ratios(left, top, max(0.001, 1 - left), max(0.001, 1 - top))
    box = crop.box(size)
    assert (box.left + box.width, box.top + box.height) == (size.width, size.height)


@given(st.builds(Size, SIDES, SIDES), st.floats(0.0001, 4), st.tuples(SIDES, SIDES, SIDES, SIDES))
def test_a_box_at_another_scale_is_never_empty_nor_outside(size, scale, places):
    left, top = places[0] % size.width, places[1] % size.height
    box = Box(left, top, 1 + places[2] % (size.width - left), 1 + places[3] % (size.height - top))
    within = Size(max(1, int(size.width * scale)), max(1, int(size.height * scale)))
    assert_inside(box.scaled(scale, within), within)
    assert box.scaled(1.0, size) == box


def assert_inside(box: Box, size: Size) -> None:
    assert box.left >= 0
    assert box.top >= 0
    assert box.width >= 1
    assert box.height >= 1
    assert box.left + box.width <= size.width
    assert box.top + box.height <= size.height

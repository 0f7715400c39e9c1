"""Tint, sharpening, rounded corners and backgrounds; and that no effect darkens the edge of a see-through picture."""

import io

import numpy
import pytest
import pyvips
from PIL import Image

from imaging.render.facts import ImageFormat, Source
from imaging.render.pipeline import apply
from imaging.render.plan import plan
from imaging.render.steps.corners import rounded
from imaging.render.transform import Fit, OutputColorSpace, OutputFormat, Transform, Watermark
from tests import pictures
from tests.render.sources import samples

Pixels = numpy.ndarray

EFFECTS: list[dict] = [
    {"brightness": 1.2},
    {"contrast": 1.4, "saturation": 0.5, "hue": 50},
    {"grayscale": True},
    {"tint": "#2060c0"},
    {"blur": 0.6},
    {"blur": 30},
    {"sharpen": 1.5},
    {"corner_radius": 9},
    {"background": "#10b04080", "padding": 4},
    {"watermark": Watermark(text="Ada", opacity=0.5)},
]


def image_of(pixels: Pixels) -> pyvips.Image:
    return pyvips.Image.new_from_array(pixels, interpretation="srgb")


def done(wish: Transform, pixels: Pixels, format: OutputFormat = OutputFormat.PNG) -> Pixels:
    """The pixels after all that the wish asks for."""
    height, width, bands = pixels.shape
    source = Source(ImageFormat.PNG, width, height, has_alpha=bands == 4)
    return apply(image_of(pixels), plan(wish, source, format=format)).numpy()


def lightness(pixels: Pixels) -> Pixels:
    return image_of(numpy.ascontiguousarray(pixels[..., :3])).colourspace("lab")[0].numpy()


def even(colour: tuple[int, ...], side: int = 24) -> Pixels:
    return numpy.full((side, side, len(colour)), colour, numpy.uint8)


def on(ground: int, pixels: Pixels) -> Pixels:
    """What is seen of red, green and blue on this gray."""
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + ground * (1 - alpha)


@pytest.mark.parametrize("wish", EFFECTS, ids=str)
@pytest.mark.parametrize(
    "name", ["dot", "wide jpeg", "tall png", "grey jpeg", "grey alpha png", "16 bit png", "cmyk jpeg"]
)
def test_every_effect_works_on_every_kind_of_picture(show, wish, name):
    sample = next(sample for sample in samples() if sample.name == name)
    shown = show(sample.content, sample.source, Transform(**wish))
    extra = 2 * wish.get("padding", 0)
    assert shown.size == (sample.source.width + extra, sample.source.height + extra)
    assert shown.mode in ("RGB", "RGBA")


@pytest.mark.parametrize("wish", EFFECTS, ids=str)
@pytest.mark.parametrize("hidden", [(0, 0, 0), (255, 255, 255), (255, 0, 0)])
def test_no_effect_lets_an_invisible_colour_be_seen(wish, hidden):
    x = numpy.mgrid[0:40, 0:60][1]
    alpha = numpy.clip((x - 20) * 32, 0, 255)[..., None]
    seen = numpy.broadcast_to((90, 160, 120), (40, 60, 3))
    pixels = [
        numpy.concatenate([numpy.where(alpha > 0, seen, below), alpha], axis=-1).astype(numpy.uint8)
        for below in (hidden, (90, 160, 120))
    ]
    one, other = (done(Transform(**wish), each) for each in pixels)
    for ground in (0, 255):
        assert numpy.abs(on(ground, one) - on(ground, other)).max() <= 1


@pytest.mark.parametrize("sigma", [0.5, 2, 10])
def test_sharpening_draws_no_line_along_a_see_through_edge(sigma):
    pixels = even((200, 120, 60, 255), 60)
    pixels[:, :30] = 0
    assert (done(Transform(sharpen=sigma), pixels) == pixels)[:, 30:].all()
    assert (done(Transform(sharpen=sigma), pixels)[..., 3] == pixels[..., 3]).all()


def test_sharpening_makes_an_edge_steeper_and_leaves_what_is_even():
    pixels = even((100, 100, 100), 40)
    pixels[:, 20:] = 160
    sharp = done(Transform(sharpen=1), pixels).astype(int)
    assert sharp[20, 19, 0] < 98
    assert sharp[20, 20, 0] > 162
    assert (sharp[:, :10] == 100).all()
    assert (sharp[:, 30:] == 160).all()


def test_a_tint_keeps_how_light_a_picture_is_and_gives_it_one_hue():
    scene = pictures.scene(60, 40).numpy()
    tinted = done(Transform(tint="#3060c0"), scene)
    assert numpy.abs(lightness(tinted) - image_of(scene).colourspace("b-w").colourspace("lab")[0].numpy()).mean() < 1
    hues = image_of(tinted).colourspace("lch")
    middle = numpy.abs(hues[0].numpy() - 50) < 30
    wanted = image_of(even((0x30, 0x60, 0xC0), 1)).colourspace("lch")[2].numpy()
    assert numpy.abs(hues[2].numpy()[middle] - wanted).max() < 12


def test_a_tint_leaves_black_white_and_transparency():
    pixels = numpy.array([[[0, 0, 0, 255], [255, 255, 255, 9], [255, 255, 255, 255]]], numpy.uint8)
    assert numpy.abs(done(Transform(tint="#ff2000"), pixels).astype(int) - pixels).max() <= 1


@pytest.mark.parametrize(
    ("width", "height", "radius"), [(40, 30, 12), (31, 31, 15), (30, 30, 15), (64, 20, 10), (9, 9, 2), (9, 9, 1)]
)
def test_corners_are_as_round_as_if_each_pixel_were_256(width, height, radius):
    y, x = (numpy.mgrid[0 : height * 16, 0 : width * 16] + 0.5) / 16
    across, down = (numpy.maximum(0, abs(at - side / 2) - side / 2 + radius) for at, side in ((x, width), (y, height)))
    inside = (across**2 + down**2 <= radius**2).reshape(height, 16, width, 16).mean(axis=(1, 3))
    assert numpy.abs(rounded(width, height, radius).numpy() / 255 - inside).max() <= 1 / 15


def test_corners_are_clear_where_the_format_can_be_seen_through():
    shown = done(Transform(corner_radius=10, background="#0000ff"), even((255, 0, 0), 40))
    assert shown[0, 0, 3] == 0
    assert shown[20, 0].tolist() == [255, 0, 0, 255]
    assert set(numpy.unique(shown[..., 0])) == {255}


def test_corners_are_clearer_than_the_picture_already_is():
    shown = done(Transform(corner_radius=10), even((255, 0, 0, 100), 40))
    assert shown[20, 20, 3] == 100
    assert shown[0, 0, 3] == 0
    assert 0 < shown[3, 2, 3] < 100


@pytest.mark.parametrize(("background", "outside"), [(None, [255] * 3), ("#0060c0", [0, 96, 192])])
@pytest.mark.parametrize("colour", [(255, 0, 0), (255, 0, 0, 128)])
def test_corners_are_of_the_background_in_a_jpeg(background, outside, colour):
    shown = done(Transform(corner_radius=10, background=background), even(colour, 40), OutputFormat.JPEG)
    assert shown.shape == (40, 40, 3)
    assert shown[0, 0].tolist() == outside


def test_a_radius_is_at_most_half_of_the_shorter_side():
    assert (
        done(Transform(corner_radius=9000), even((9, 9, 9), 20))
        == done(Transform(corner_radius=10), even((9, 9, 9), 20))
    ).all()


def test_corners_round_the_padding_and_not_what_is_inside():
    shown = done(Transform(corner_radius=6, padding=8, background="#00ff00"), even((255, 0, 0), 20))
    assert shown[0, 0, 3] == 0
    assert shown[8, 8].tolist() == [255, 0, 0, 255]
    assert shown[0, 18].tolist() == [0, 255, 0, 255]


@pytest.mark.parametrize("wish", [{"padding": 5}, {"width": 40, "height": 30, "fit": Fit.PAD}], ids=str)
def test_the_canvas_has_the_very_colour_that_shows_through_the_picture(wish):
    pixels = even((90, 200, 30, 0), 20)
    pixels[8:12, 8:12, 3] = 255
    for ground in numpy.random.default_rng(3).integers(1, 255, (40, 4)).tolist():
        shown = done(Transform(background=f"#{bytes(ground).hex()}", **wish), pixels)
        middle = tuple(slice(side // 2 - 2, side // 2 + 2) for side in shown.shape[:2])
        assert (shown[middle] == (90, 200, 30, 255)).all()
        shown[middle] = ground
        assert (shown == ground).all()


def test_the_canvas_of_an_opaque_picture_can_be_half_clear():
    shown = done(Transform(padding=3, background="#ff000080"), even((0, 0, 255), 10))
    assert shown[0, 0].tolist() == [255, 0, 0, 128]
    assert shown[5, 5].tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize(
    "wish",
    [
        {"background": "#c83210", "padding": 6},
        {"background": "#c83210", "corner_radius": 20},
        {"tint": "#c83210"},
        {"watermark": Watermark(text="WM", scale=1, color="#c83210")},
    ],
    ids=str,
)
def test_a_colour_told_in_srgb_looks_the_same_in_the_colours_of_a_wider_space(wish):
    """What is painted in Display P3, where a picture keeps it, is what is painted in sRGB."""
    scene = pictures.scene(60, 40).copy()
    wide = scene.icc_transform("p3", input_profile="srgb")
    shown = []
    for image, space in ((scene, OutputColorSpace.SRGB), (wide, OutputColorSpace.KEEP)):
        steps = plan(Transform(color_space=space, **wish), Source(ImageFormat.PNG, 60, 40), format=OutputFormat.JPEG)
        shown.append(apply(image, steps))
    back = shown[1].icc_transform("srgb", embedded=True)
    assert numpy.abs(back.numpy().astype(int) - shown[0].numpy()).mean() < 2.5
    assert numpy.abs(shown[1].numpy().astype(int) - shown[0].numpy()).max() > 12


def test_effects_are_on_every_frame_of_an_animation(show):
    content, source = pictures.gif_animated(3, 40, 30), Source(ImageFormat.GIF, 40, 30, pages=3, animated=True)
    target = show(content, source, Transform(grayscale=True, corner_radius=10, blur=20), OutputFormat.WEBP)
    assert target.n_frames == 3
    for number in range(3):
        target.seek(number)
        frame = numpy.asarray(target.convert("RGBA")).astype(int)
        assert frame[0, 0, 3] == 0
        assert numpy.ptp(frame[15, :, :3], axis=-1).max() <= 8


def test_a_still_effect_survives_encoding(show):
    content = pictures.png(64, 48)
    shown = show(content, Source(ImageFormat.PNG, 64, 48), Transform(grayscale=True), OutputFormat.JPEG)
    grey = numpy.asarray(Image.open(io.BytesIO(content)).convert("RGB")) @ (0.2126, 0.7152, 0.0722)
    assert numpy.abs(numpy.asarray(shown.convert("L")).astype(float) - grey).mean() < 3

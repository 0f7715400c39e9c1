"""What a rendition looks like, judged by another library."""

import io

import numpy
import pytest
import pyvips
from PIL import Image, ImageOps

from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import plan
from imaging.render.render import render
from imaging.render.transform import Fit, Gravity, OutputFormat, Transform
from tests import pictures
from tests.render.sources import samples, turned_jpeg

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
KEPT_ALPHA = [OutputFormat.PNG, OutputFormat.WEBP, OutputFormat.AVIF]


def quarters(width: int = 80, height: int = 60) -> bytes:
    """Red, green, blue and white, clockwise from the top left corner."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (width // 2, height // 2, width, height))
    image.paste(WHITE, (0, height // 2, width // 2, height))
    return png_bytes(image)


def png_bytes(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of all channels, 0 to 255."""
    pixels = [numpy.asarray(image.convert("RGB"), dtype=float) for image in (one, other)]
    return float(numpy.abs(pixels[0] - pixels[1]).mean())


def is_close(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 12) -> bool:
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "wish",
    [
        Transform(width=50),
        Transform(rotate=90),
        Transform(rotate=180, flop=True, width=40),
        Transform(rotate=270, flip=True),
        Transform(flip=True, flop=True),
        Transform(rotate=90, width=30, height=30, gravity=Gravity.NORTH),
    ],
    ids=str,
)
def test_every_orientation_is_upright_and_then_turned_as_wished(show, orientation, wish):
    sample = turned_jpeg(orientation, 90, 60)
    expected = ImageOps.exif_transpose(opened(sample.content)).rotate(-wish.rotate, expand=True)
    expected = ImageOps.flip(expected) if wish.flip else expected
    expected = ImageOps.mirror(expected) if wish.flop else expected

    shown = show(sample.content, sample.source, wish)

    if wish.height:
        expected = ImageOps.fit(expected, shown.size, centering=(0.5, 0.0))
    assert distance(shown, expected.resize(shown.size)) < 4


@pytest.mark.parametrize(
    ("gravity", "color"),
    [
        (Gravity.NORTH_WEST, RED),
        (Gravity.NORTH_EAST, GREEN),
        (Gravity.SOUTH_EAST, BLUE),
        (Gravity.SOUTH_WEST, WHITE),
    ],
)
def test_a_crop_keeps_the_side_that_gravity_names(show, gravity, color):
    tall = gravity in (Gravity.NORTH_WEST, Gravity.SOUTH_EAST)
    box = (10, 60) if tall else (80, 10)
    wish = Transform(width=box[0], height=box[1], gravity=gravity)
    shown = show(quarters(), Source(ImageFormat.PNG, 80, 60), wish).convert("RGB")
    corner = (
        0 if "west" in gravity.value else shown.width - 1,
        0 if "north" in gravity.value else shown.height - 1,
    )
    assert shown.getpixel(corner) == color


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("flop", [False, True])
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_focal_point_stays_in_sight_however_the_picture_is_turned(show, rotate, flop, orientation):
    image = Image.new("RGB", (200, 100), WHITE)
    image.paste(RED, (20, 60, 40, 80))
    stored = image if orientation == 1 else image.rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    target = io.BytesIO()
    stored.save(target, "PNG", exif=exif)
    wish = Transform(width=20, height=20, focal_point=(0.15, 0.7), rotate=rotate, flop=flop, fit=Fit.COVER)
    source = Source(ImageFormat.PNG, 200, 100, orientation=orientation)

    shown = show(target.getvalue(), source, wish).convert("RGB")

    assert any(is_close(shown.getpixel((x, y)), RED, 60) for x in range(20) for y in range(20))


@pytest.mark.parametrize("gravity", [Gravity.ATTENTION, Gravity.ENTROPY])
def test_a_crop_can_seek_what_draws_the_eye(show, gravity):
    image = Image.new("RGB", (300, 100), (120, 120, 120))
    noise = numpy.random.default_rng(1).integers(0, 255, (60, 60, 3), dtype=numpy.uint8)
    image.paste(Image.fromarray(noise), (230, 20))
    wish = Transform(width=100, height=100, gravity=gravity)

    shown = show(png_bytes(image), Source(ImageFormat.PNG, 300, 100), wish)

    assert numpy.asarray(shown, dtype=float).std() > 30


def test_contain_lays_the_picture_on_white_in_the_middle(show):
    shown = show(quarters(), Source(ImageFormat.PNG, 80, 60), Transform(width=40, height=40, fit=Fit.CONTAIN))
    assert shown.size == (40, 40)
    assert shown.getpixel((20, 2)) == WHITE
    assert shown.getpixel((2, 8)) == RED
    assert shown.getpixel((37, 32)) == BLUE


def test_contain_lays_it_where_gravity_says_on_the_background_asked_for(show):
    wish = Transform(width=40, height=40, fit=Fit.CONTAIN, gravity=Gravity.SOUTH, background="#0a141e")
    shown = show(quarters(), Source(ImageFormat.PNG, 80, 60), wish)
    assert shown.getpixel((20, 9)) == (10, 20, 30)
    assert shown.getpixel((2, 11)) == RED
    assert shown.getpixel((37, 39)) == BLUE


def test_pad_keeps_the_pixels_of_a_small_picture(show):
    wish = Transform(width=100, height=100, fit=Fit.PAD, allow_upscale=True)
    shown = show(quarters(), Source(ImageFormat.PNG, 80, 60), wish)
    assert shown.crop((10, 20, 90, 80)).tobytes() == opened(quarters()).tobytes()
    assert shown.getpixel((5, 5)) == WHITE


def test_a_half_transparent_background_stays_half_transparent(show):
    wish = Transform(width=100, height=100, fit=Fit.PAD, background="#ff000080")
    shown = show(quarters(), Source(ImageFormat.PNG, 80, 60), wish)
    assert shown.getpixel((5, 5)) == (255, 0, 0, 128)
    assert shown.getpixel((85, 75)) == (*BLUE, 255)


@pytest.mark.parametrize("format", KEPT_ALPHA)
def test_transparency_survives_where_the_format_has_it(show, format):
    source = Source(ImageFormat.PNG, 64, 48, has_alpha=True)
    shown = show(pictures.png_alpha(), source, Transform(width=80, height=80, fit=Fit.CONTAIN), format)
    shown = shown.convert("RGBA")
    assert shown.getpixel((40, 2))[3] == 0
    assert shown.getpixel((9, 40))[3] > 200
    assert shown.getpixel((70, 40))[3] < 60


def test_transparency_ends_on_the_background_in_a_jpeg(show):
    clear = png_bytes(Image.new("RGBA", (20, 20), (0, 0, 0, 0)))
    source = Source(ImageFormat.PNG, 20, 20, has_alpha=True)
    white = show(clear, source, format=OutputFormat.JPEG)
    assert is_close(white.getpixel((10, 10)), WHITE, 2)
    orange = show(clear, source, Transform(background="#ff8000"), OutputFormat.JPEG)
    assert is_close(orange.getpixel((10, 10)), (255, 128, 0), 4)


def test_a_background_shows_through_half_transparent_pixels(show):
    veil = png_bytes(Image.new("RGBA", (20, 20), (255, 255, 255, 128)))
    source = Source(ImageFormat.PNG, 20, 20, has_alpha=True)
    opaque = show(veil, source, Transform(background="#000000"))
    assert is_close(opaque.convert("RGB").getpixel((10, 10)), (128, 128, 128), 2)
    half = show(veil, source, Transform(background="#00000080")).getpixel((10, 10))
    assert is_close(half, (170, 170, 170, 192), 4)


def test_invisible_colours_do_not_bleed_when_resizing(show):
    image = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (50, 0, 100, 100))
    source = Source(ImageFormat.PNG, 100, 100, has_alpha=True)
    shown = numpy.asarray(show(png_bytes(image), source, Transform(width=33)))
    visible = shown[shown[:, :, 3] > 8]
    assert visible[:, 0].max() <= 8


@pytest.mark.parametrize("name", ["16 bit png", "grey jpeg", "palette png", "grey alpha png", "cmyk jpeg"])
@pytest.mark.parametrize("width", [20, None])
def test_every_depth_and_colour_model_becomes_srgb_of_eight_bits(show, name, width):
    sample = next(sample for sample in samples() if sample.name == name)
    shown = show(sample.content, sample.source, Transform(width=width))
    assert shown.mode == ("RGBA" if sample.source.has_alpha else "RGB")
    scene = pictures.scene(sample.source.width, sample.source.height)
    scene = scene.colourspace("b-w").colourspace("srgb") if "grey" in name else scene
    expected = opened(scene.pngsave_buffer()).resize(shown.size)
    if "alpha" not in name:
        assert distance(shown, expected) < 9


@pytest.mark.parametrize("keep", ["none", "icc"])
def test_the_black_of_ink_is_black(show, keep):
    ink = pyvips.Image.black(40, 30, bands=4).linear(1, [255, 255, 255, 255], uchar=True).copy(interpretation="cmyk")
    with_profile = ink.icc_transform("srgb", input_profile="cmyk").icc_transform("cmyk", input_profile="srgb")
    black = ink if keep == "none" else ink.copy()
    if keep == "icc":
        black.set_type(pyvips.GValue.blob_type, "icc-profile-data", with_profile.get("icc-profile-data"))
    source = Source(ImageFormat.JPEG, 40, 30)
    assert max(show(black.jpegsave_buffer(keep=keep), source).getpixel((20, 15))) < 8


@pytest.mark.parametrize("profile", ["p3", "srgb"])
@pytest.mark.parametrize("width", [30, None])
def test_a_colour_profile_is_applied_and_left_out(show, profile, width):
    tagged = pictures.scene(64, 48).icc_transform(profile, input_profile="srgb").pngsave_buffer()
    assert "icc_profile" in opened(tagged).info

    shown = show(tagged, Source(ImageFormat.PNG, 64, 48), Transform(width=width))

    assert "icc_profile" not in shown.info
    plain = opened(pictures.png(64, 48)).resize(shown.size, Image.Resampling.LANCZOS)
    assert distance(shown, plain) < 2.5


@pytest.mark.parametrize("alpha", [False, True])
def test_a_profile_that_leads_nowhere_is_ignored(show, alpha):
    profile = pyvips.Image.profile_load("p3")
    picture = pictures.scene(64, 48)
    plain = picture.bandjoin(128) if alpha else picture
    tagged = plain.copy()
    hollow = profile[:128] + profile[128:].replace(b"para", b"none").replace(b"XYZ ", b"none")
    tagged.set_type(pyvips.GValue.blob_type, "icc-profile-data", hollow)
    source = Source(ImageFormat.PNG, 64, 48, has_alpha=alpha)
    shown = show(tagged.pngsave_buffer(keep="all"), source)
    assert shown.tobytes() == show(plain.pngsave_buffer(), source).tobytes()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("profile", [b"broken" * 60, bytes(16) + b"RGB XYZ " + bytes(300), b"x"])
def test_a_broken_profile_is_ignored(show, mode, profile):
    target = io.BytesIO()
    color = Image.new("RGB", (30, 20), (90, 90, 90)).convert(mode)
    color.save(target, "JPEG", quality=95, icc_profile=profile)
    shown = show(target.getvalue(), Source(ImageFormat.JPEG, 30, 20), Transform(width=10))
    assert shown.mode == "RGB"
    assert is_close(shown.getpixel((5, 5)), (90, 90, 90), 40)


def test_an_svg_is_drawn_at_the_size_asked_for(show):
    drawing = pictures.svg(20, 20, body='<rect x="0" width="10" height="20" fill="#ff0000"/>')
    source = Source(ImageFormat.SVG, 20, 20, has_alpha=True)
    shown = show(drawing, source, Transform(width=400, allow_upscale=True))
    assert shown.size == (400, 400)
    assert is_close(shown.getpixel((196, 200)), (255, 0, 0, 255), 4)
    assert shown.getpixel((203, 200))[3] <= 4


def test_only_the_first_page_of_a_tiff_is_shown(show):
    source = Source(ImageFormat.TIFF, 40, 30, pages=3)
    shown = show(pictures.tiff_pages(3, 40, 30), source)
    assert distance(shown, opened(pictures.png(40, 30))) < 1


def test_a_photograph_of_a_phone_is_shown(show):
    phone = [(path.read_bytes(), Source(ImageFormat.HEIC, 128, 128)) for path in pictures.heic()]
    shown = [show(*each, Transform(width=64), OutputFormat.JPEG) for each in phone]
    assert all(image.size == (64, 64) and numpy.asarray(image, dtype=float).std() > 20 for image in shown)


def test_a_source_that_ends_early_is_never_half_a_picture(show):
    content = pictures.jpeg(400, 300)
    with pytest.raises(pyvips.Error):
        show(content[: len(content) // 2], Source(ImageFormat.JPEG, 400, 300))


def test_a_full_disk_is_not_blamed_on_the_picture(tmp_path):
    stored = tmp_path / "source"
    stored.write_bytes(pictures.jpeg())
    planned = plan(Transform(), Source(ImageFormat.JPEG, 64, 48), format=OutputFormat.JPEG)
    with pytest.raises(OSError, match="cannot be written"):
        render(stored, planned, tmp_path / "no folder" / "rendition")

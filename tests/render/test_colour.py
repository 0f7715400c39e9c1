"""Colours come out as they were meant, whatever model, depth or profile they were stored in."""

import io
from dataclasses import replace

import numpy
import pi_heif
import pytest
import pyvips
from PIL import Image, ImageCms

from imaging.render.facts import ImageFormat, Source
from imaging.render.transform import Fit, MetadataPolicy, OutputColorSpace, OutputFormat, Transform
from tests import pictures

P3 = bytes(pyvips.Image.profile_load("p3"))
INK = bytes(pyvips.Image.profile_load("cmyk"))
KEEP = Transform(color_space=OutputColorSpace.KEEP)
TAGGED = [OutputFormat.JPEG, OutputFormat.PNG, OutputFormat.WEBP, OutputFormat.AVIF]
# What a half-lit area is: half of the light, half of the number.
HALF_LIGHT, HALF_NUMBER = 188, 128


def pillow(image: pyvips.Image) -> Image.Image:
    return Image.open(io.BytesIO(image.pngsave_buffer(keep="none")))


def stored(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **how)
    return target.getvalue()


def numbers(image: Image.Image, mode: str = "RGB") -> numpy.ndarray:
    return numpy.asarray(image.convert(mode), dtype=float)


def worst(one: Image.Image, other: Image.Image) -> float:
    """The largest difference of any channel."""
    return float(numpy.abs(numbers(one) - numbers(other)).max())


def managed(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert with another colour engine's front end."""
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, source, target, ImageCms.Intent.PERCEPTUAL, outputMode="RGB")


def stripes(*, alpha: bool = False) -> Image.Image:
    """Black and white rows and columns, half of each."""
    pixels = numpy.indices((64, 64)).sum(axis=0) % 2 * 255
    image = Image.fromarray(pixels.astype(numpy.uint8)).convert("RGBA" if alpha else "RGB")
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("color", [(255, 0, 0), (0, 255, 0), (120, 200, 40), (128, 128, 128), (255, 255, 255)], ids=str)
def test_display_p3_becomes_the_same_colour_in_srgb(show, kind, color):
    lossless = {"quality": 100} | ({"lossless": True} if kind == "WEBP" else {})
    plain = Image.new("RGB", (32, 32), color)
    content = stored(plain, kind, icc_profile=P3, **(lossless if kind != "PNG" else {}))
    shown = show(content, Source(ImageFormat[kind], 32, 32), Transform(width=8))
    assert "icc_profile" not in shown.info
    assert worst(shown, managed(plain, P3).resize((8, 8))) <= 2


def test_a_known_red_of_display_p3_has_its_known_number_in_srgb(show):
    # Source: CSS Color 4, where color(display-p3 0.9175 0.2003 0.1386) is #ff0000 of sRGB.
    red = Image.new("RGB", (8, 8), (234, 51, 35))
    shown = show(stored(red, icc_profile=P3), Source(ImageFormat.PNG, 8, 8))
    assert numpy.abs(numpy.subtract(shown.convert("RGB").getpixel((4, 4)), (255, 0, 0))).max() <= 3


@pytest.mark.parametrize("format", TAGGED)
@pytest.mark.parametrize("metadata", MetadataPolicy)
def test_a_profile_that_is_kept_is_written_as_it_was(show, format, metadata):
    content = stored(pillow(pictures.scene(40, 30)), icc_profile=P3)
    shown = show(content, Source(ImageFormat.PNG, 40, 30), replace(KEEP, metadata=metadata), format)
    assert shown.info["icc_profile"] == P3


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("wish", [KEEP, replace(KEEP, linear_light=True), replace(KEEP, rotate=90)], ids=str)
def test_pixels_of_a_kept_profile_keep_their_numbers(show, alpha, wish):
    plain = pillow(pictures.scene(40, 30))
    if alpha:
        plain.putalpha(180)
    shown = show(stored(plain, icc_profile=P3), Source(ImageFormat.PNG, 40, 30, has_alpha=alpha), wish)
    assert worst(shown, plain.rotate(-wish.rotate, expand=True)) <= 1


def test_a_gif_which_cannot_say_so_is_never_of_another_colour_space(show):
    plain = Image.new("RGB", (20, 20), (120, 200, 40))
    shown = show(stored(plain, icc_profile=P3), Source(ImageFormat.PNG, 20, 20), KEEP, OutputFormat.GIF)
    assert "icc_profile" not in shown.info
    assert worst(shown, managed(plain, P3)) <= 4


@pytest.mark.parametrize("kept", [False, True])
def test_only_red_green_and_blue_are_kept(show, kept):
    wish = KEEP if kept else Transform()
    cmyk = Image.new("CMYK", (20, 20), (20, 180, 160, 10))
    ink = show(stored(cmyk, "JPEG", quality=100, icc_profile=INK), Source(ImageFormat.JPEG, 20, 20), wish)
    lab = pictures.scene(20, 20).colourspace("lab").tiffsave_buffer()
    light = show(lab, Source(ImageFormat.TIFF, 20, 20), wish)
    assert "icc_profile" not in ink.info
    assert "icc_profile" not in light.info
    assert worst(ink, managed(cmyk, INK)) <= 2
    assert worst(light, pillow(pictures.scene(20, 20))) <= 2


@pytest.mark.parametrize("broken", [b"broken" * 60, P3[:400], b"x"], ids=["words", "half", "letter"])
def test_a_broken_profile_is_neither_used_nor_kept(show, broken):
    plain = pillow(pictures.scene(40, 30))
    shown = show(stored(plain, icc_profile=broken), Source(ImageFormat.PNG, 40, 30), KEEP)
    assert "icc_profile" not in shown.info
    assert worst(shown, plain) == 0


def test_a_profile_that_tells_another_length_than_it_has_is_not_kept(show):
    jpeg = stored(pillow(pictures.scene(40, 30)), "JPEG", icc_profile=P3 + bytes(40))
    assert "icc_profile" not in show(jpeg, Source(ImageFormat.JPEG, 40, 30), KEEP).info


@pytest.mark.parametrize("depth", [8, 16])
def test_channels_that_a_file_does_not_name_are_taken_for_colours(show, depth):
    deep = pictures.scene(40, 30) if depth == 8 else (pictures.scene(40, 30).cast("ushort") * 257).cast("ushort")
    unnamed = deep.bandjoin([255 if depth == 8 else 65_535] * 2).copy(interpretation="multiband").tiffsave_buffer()
    source, wish = Source(ImageFormat.TIFF, 40, 30), Transform(grayscale=True)
    assert worst(show(unnamed, source), pillow(pictures.scene(40, 30))) <= 1
    assert worst(show(unnamed, source, wish), show(pictures.tiff(40, 30), source, wish)) <= 1


def test_a_profile_of_another_kind_of_picture_is_neither_used_nor_kept(show):
    plain = pillow(pictures.scene(40, 30))
    shown = show(stored(plain, icc_profile=INK), Source(ImageFormat.PNG, 40, 30), KEEP)
    assert "icc_profile" not in shown.info
    assert worst(shown, plain) == 0


@pytest.mark.parametrize("profile", [None, INK], ids=["plain", "profiled"])
@pytest.mark.parametrize("color", [(0, 0, 0, 0), (0, 0, 0, 255), (200, 30, 30, 0), (20, 180, 160, 10)], ids=str)
def test_a_jpeg_of_ink_is_not_taken_for_its_negative(show, profile, color):
    cmyk = Image.new("CMYK", (24, 24), color)
    content = stored(cmyk, "JPEG", quality=100, icc_profile=profile)
    shown = show(content, Source(ImageFormat.JPEG, 24, 24), Transform(width=6))
    assert worst(shown, managed(cmyk, INK).resize((6, 6))) <= 3


def test_real_pictures_of_ink_and_of_wide_gamut_match_another_engine(show):
    found = {}
    for path in pictures.shared_pictures("*ycck.jpg", "*icc_profile_big.jpg", "*apple_gainmap*.jpg", "*bigendian.jpg"):
        with Image.open(path) as image:
            profile, plain = image.info["icc_profile"], image.copy()
        shown = show(path.read_bytes(), Source(ImageFormat.JPEG, *plain.size))
        found[path.name] = float(numpy.abs(numbers(shown) - numbers(managed(plain, profile))).mean())
    assert all(distance < 0.5 for distance in found.values())


def test_of_a_picture_with_a_gain_map_the_base_is_shown_and_nothing_of_the_map_is_left(show):
    found = []
    for path in pictures.shared_pictures("*gainmap*.jpg"):
        with Image.open(path) as image:
            size = image.size
        shown = show(path.read_bytes(), Source(ImageFormat.JPEG, *size), KEEP, OutputFormat.JPEG)
        found.append((shown.size == size, getattr(shown, "n_frames", 1)))
    assert set(found) <= {(True, 1)}


@pytest.mark.parametrize("kind", ["png", "tiff"])
@pytest.mark.parametrize("tone", [0, 1, 128, 254, 255])
def test_sixteen_bits_become_eight_of_the_same_brightness(show, kind, tone):
    deep = (pyvips.Image.black(20, 20, bands=3) + tone * 257).cast("ushort").copy(interpretation="rgb16")
    content = deep.pngsave_buffer() if kind == "png" else deep.tiffsave_buffer()
    shown = show(content, Source(ImageFormat[kind.upper()], 20, 20), Transform(width=7))
    assert shown.mode == "RGB"
    assert shown.getcolors() == [(49, (tone, tone, tone))]


@pytest.mark.parametrize("tone", [0, 77, 255])
@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "I;16"])
def test_grey_palettes_and_single_bits_become_red_green_and_blue(show, mode, tone):
    shade = tone if mode != "1" else tone // 128 * 255
    image = Image.new("L", (20, 20), shade)
    image = Image.new(mode, (20, 20), shade * 257) if mode == "I;16" else image.convert(mode)
    kind = "TIFF" if mode == "1" else "PNG"
    shown = show(stored(image, kind), Source(ImageFormat[kind], 20, 20, has_alpha=mode == "LA"), Transform(width=9))
    assert worst(shown, Image.new("RGB", (9, 9), (shade,) * 3)) <= 1


def test_a_single_bit_is_shrunk_into_greys(show):
    image = stripes().convert("1")
    shown = show(stored(image, "TIFF", compression="group4"), Source(ImageFormat.TIFF, 64, 64), Transform(width=16))
    assert numpy.abs(numbers(shown) - HALF_NUMBER).max() <= 2


def test_a_palette_with_clear_entries_stays_see_through(show):
    image = Image.new("RGBA", (20, 20), (200, 10, 10, 255))
    image.paste((0, 0, 0, 0), (0, 0, 10, 20))
    content = stored(image.quantize(8))
    shown = show(content, Source(ImageFormat.PNG, 20, 20, has_alpha=True)).convert("RGBA")
    assert shown.getpixel((2, 10))[3] == 0
    assert shown.getpixel((15, 10)) == (200, 10, 10, 255)


def test_of_an_animated_png_the_first_frame_is_shown(show):
    frames = [pillow(pictures.scene(30, 20, seed=seed)) for seed in range(3)]
    content = stored(frames[0], save_all=True, append_images=frames[1:], duration=100)
    shown = show(content, Source(ImageFormat.PNG, 30, 20))
    assert content.count(b"fdAT")
    assert getattr(shown, "n_frames", 1) == 1
    assert shown.tobytes() == frames[0].tobytes()


@pytest.mark.parametrize("size", [(33, 33), (33, 100), (100, 33), (200, 100), (100, 200)], ids=str)
@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("profile", [None, P3], ids=["plain", "profiled"])
def test_what_cannot_be_seen_colours_nothing_in_any_direction(show, size, linear, profile):
    image = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (50, 0, 100, 50))
    wish = Transform(width=size[0], height=size[1], fit=Fit.STRETCH, allow_upscale=True, linear_light=linear)
    source = Source(ImageFormat.PNG, 100, 100, has_alpha=True)
    shown = numpy.asarray(show(stored(image, **({"icc_profile": profile} if profile else {})), source, wish))
    seen = shown[shown[..., 3] > 16].astype(int)
    assert shown.shape == (size[1], size[0], 4)
    assert seen[:, 0].max() <= 12
    assert seen[:, 2].min() >= 243


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("how", ["plain", "profiled", "kept", "grey", "deep"])
def test_linear_light_mixes_light_and_not_numbers(show, alpha, how):
    image = stripes(alpha=alpha)
    content = stored(image)
    if how in ("profiled", "kept"):
        content = stored(image, icc_profile=P3)
    elif how == "grey":
        content = stored(image.convert("LA" if alpha else "L"))
    elif how == "deep":
        deep = pyvips.Image.new_from_buffer(content, "").colourspace("rgb16")
        content = deep.pngsave_buffer(bitdepth=16)
    wish = replace(KEEP if how == "kept" else Transform(), width=16, linear_light=True)
    source = Source(ImageFormat.PNG, 64, 64, has_alpha=alpha)
    lit = numbers(show(content, source, wish))[2:-2, 2:-2]
    mixed = numbers(show(content, source, replace(wish, linear_light=False)))[2:-2, 2:-2]
    assert numpy.abs(lit - HALF_LIGHT).max() <= 2
    assert numpy.abs(mixed - HALF_NUMBER).max() <= 2


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_linear_light_is_not_lost_to_codecs_that_shrink(show, kind):
    image = stripes().resize((512, 512), Image.Resampling.NEAREST)
    content = stored(image, kind, quality=100)
    shown = show(content, Source(ImageFormat[kind], 512, 512), Transform(width=16, linear_light=True))
    assert numpy.abs(numbers(shown)[2:-2, 2:-2] - HALF_LIGHT).max() <= 4


@pytest.mark.parametrize("size", [(1, 5_000), (5_000, 1), (3, 4_001)], ids=str)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("linear", [False, True])
def test_pictures_as_narrow_as_a_hair_are_shrunk(show, size, kind, linear):
    content = stored(Image.new("RGB", size, (40, 90, 200)), kind)
    wish = Transform(width=100, height=100, fit=Fit.INSIDE, linear_light=linear)
    shown = show(content, Source(ImageFormat[kind], *size), wish)
    assert max(shown.size) == 100
    assert min(shown.size) == 1
    assert worst(shown, Image.new("RGB", shown.size, (40, 90, 200))) <= 6


def test_a_phones_picture_has_the_colours_that_its_decoder_tells(show):
    found = []
    for path in pictures.heic():
        heif = pi_heif.open_heif(path)
        plain = Image.frombytes(heif.mode, heif.size, bytes(heif.data))
        shown = show(path.read_bytes(), Source(ImageFormat.HEIC, *plain.size))
        found.append(worst(shown, plain))
    assert all(distance <= 1 for distance in found)

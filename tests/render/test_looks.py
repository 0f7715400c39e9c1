"""What is kept of a picture's looks: placeholder, colours, fingerprint."""

import base64
import io

import numpy as np
import pytest
import pyvips
import thumbhash as reference
from PIL import Image

from imaging.render.fingerprint import perceptual_hash
from imaging.render.palette import palette
from imaging.render.placeholder import data_uri, thumbhash
from imaging.render.scan import Pixels
from tests import pictures


def pixels_of(image: pyvips.Image) -> Pixels:
    rgba = image if image.bands == 4 else image.bandjoin(255)
    return np.frombuffer(rgba.cast("uchar").write_to_memory(), np.uint8).reshape(image.height, image.width, 4)


def blocks(*colours: tuple[int, int, int], weights: tuple[int, ...] | None = None) -> Pixels:
    """Stripes of a colour each, as wide as their weight."""
    widths = weights or (10,) * len(colours)
    row = [(*colour, 255) for colour, width in zip(colours, widths, strict=True) for _ in range(width)]
    return np.array([row] * 8, np.uint8)


@pytest.mark.parametrize("size", [(32, 24), (24, 32), (20, 20), (40, 5), (1, 1), (3, 40)])
def test_a_thumbhash_is_that_of_the_reference(size: tuple[int, int]) -> None:
    pixels = pixels_of(pictures.scene(*size))
    expected = bytes(reference.rgba_to_thumb_hash(*size, pixels.ravel().tolist()))
    assert base64.b64decode(thumbhash(pixels)) == expected


def test_a_thumbhash_tells_of_transparency() -> None:
    pixels = np.zeros((24, 32, 4), np.uint8)
    pixels[:, :16] = (200, 40, 40, 255)
    hashed = base64.b64decode(thumbhash(pixels))
    red, green, blue, alpha = reference.thumb_hash_to_average_rgba(list(hashed))
    # Six bytes of averages, then half a byte for each of 13 + 5 + 5 + 14 factors.
    assert len(hashed) == 6 + 19
    assert alpha == pytest.approx(0.5, abs=0.05)
    assert (red * 255, green * 255, blue * 255) == pytest.approx((200, 40, 40), abs=12)


def test_a_transparent_picture_has_a_thumbhash() -> None:
    assert len(base64.b64decode(thumbhash(np.zeros((5, 5, 4), np.uint8)))) > 5


def test_a_placeholder_is_a_tiny_png() -> None:
    image = pictures.scene(90, 60).bandjoin(255)
    head, _, body = data_uri(image).partition(",")
    png = Image.open(io.BytesIO(base64.b64decode(body)))
    assert head == "data:image/png;base64"
    assert (png.size, png.mode) == ((16, 11), "RGB")
    assert len(body) < 1_500


def test_a_placeholder_keeps_transparency() -> None:
    see_through = pictures.scene(90, 60).bandjoin(100)
    png = Image.open(io.BytesIO(base64.b64decode(data_uri(see_through).partition(",")[2])))
    assert png.mode == "RGBA"


def test_a_palette_names_the_colours_by_weight() -> None:
    pixels = blocks((200, 30, 30), (20, 20, 90), (240, 240, 240), weights=(20, 50, 30))
    assert palette(pixels) == ("#14145a", "#f0f0f0", "#c81e1e")


def test_a_palette_has_at_most_five_colours() -> None:
    assert 3 <= len(palette(pixels_of(pictures.scene(80, 60)))) <= 5


def test_one_colour_is_one_colour() -> None:
    assert palette(blocks((18, 52, 86))) == ("#123456",)


def test_colours_nobody_could_tell_apart_are_one() -> None:
    assert len(palette(blocks((100, 100, 100), (101, 100, 100), (100, 101, 101)))) == 1


def test_transparent_pixels_have_no_colour() -> None:
    pixels = blocks((255, 0, 0), (0, 0, 255)).copy()
    pixels[:, :10, 3] = 0
    assert palette(pixels) == ("#0000ff",)
    pixels[..., 3] = 0
    assert palette(pixels) == ("#ffffff",)


def test_the_same_pixels_always_give_the_same_looks() -> None:
    image = pictures.scene(90, 60).bandjoin(255)
    pixels = pixels_of(image)
    assert palette(pixels) == palette(pixels.copy())
    assert perceptual_hash(image) == perceptual_hash(image.copy_memory())


@pytest.mark.parametrize("change", ["smaller", "brighter", "compressed"])
def test_pictures_that_look_alike_have_fingerprints_that_do(change: str) -> None:
    original = clouds(seed=1)
    changed = {
        "smaller": lambda: original.resize(0.3),
        "brighter": lambda: (original * 0.9 + 20).cast("uchar").copy(interpretation="srgb"),
        "compressed": lambda: pyvips.Image.jpegload_buffer(original.jpegsave_buffer(Q=30)),
    }[change]()
    assert _distance(original, changed) <= 6


def test_pictures_that_differ_have_fingerprints_that_do() -> None:
    original = clouds(seed=1)
    assert _distance(original, original.fliphor()) > 16
    assert _distance(original, clouds(seed=2)) > 16


def clouds(*, seed: int) -> pyvips.Image:
    """Large soft blots of light and dark."""
    noise = pyvips.Image.gaussnoise(10, 8, mean=128, sigma=60, seed=seed).resize(40, kernel="cubic")
    return noise.bandjoin([noise * 0.8, 255 - noise]).cast("uchar").copy(interpretation="srgb")


def _distance(one: pyvips.Image, other: pyvips.Image) -> int:
    first, second = (int(perceptual_hash(image.bandjoin(255)), 16) for image in (one, other))
    return (first ^ second).bit_count()

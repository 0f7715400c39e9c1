"""Brightness, contrast, saturation, hue and grayscale are those of CSS, to the level."""

import math

import numpy
import pytest
import pyvips

from imaging.render.facts import ImageFormat, Source
from imaging.render.pipeline import apply
from imaging.render.plan import plan
from imaging.render.transform import OutputFormat, Transform

Pixels = numpy.ndarray

# Every ninth level of red, green and blue, with each other.
LEVELS = numpy.arange(0, 256, 17)
CUBE = numpy.stack(numpy.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(16, 256, 3).astype(numpy.uint8)


def adjusted(wish: Transform, pixels: Pixels = CUBE) -> Pixels:
    height, width, bands = pixels.shape
    steps = plan(wish, Source(ImageFormat.PNG, width, height, has_alpha=bands == 4), format=OutputFormat.PNG)
    return apply(pyvips.Image.new_from_array(pixels, interpretation="srgb"), steps).numpy()


def css(wish: Transform, pixels: Pixels = CUBE) -> Pixels:
    """What the formulas of Filter Effects Level 1 say, one after the other, before anything is cut off."""
    colour = pixels / 255
    if wish.grayscale:
        colour = colour @ numpy.array([[0.2126, 0.7152, 0.0722]] * 3).T
    colour = colour * wish.brightness
    colour = (colour - 0.5) * wish.contrast + 0.5
    s = wish.saturation
    saturate = [
        [0.213 + 0.787 * s, 0.715 - 0.715 * s, 0.072 - 0.072 * s],
        [0.213 - 0.213 * s, 0.715 + 0.285 * s, 0.072 - 0.072 * s],
        [0.213 - 0.213 * s, 0.715 - 0.715 * s, 0.072 + 0.928 * s],
    ]
    c, w = math.cos(math.radians(wish.hue)), math.sin(math.radians(wish.hue))
    rotate = [
        [0.213 + c * 0.787 - w * 0.213, 0.715 - c * 0.715 - w * 0.715, 0.072 - c * 0.072 + w * 0.928],
        [0.213 - c * 0.213 + w * 0.143, 0.715 + c * 0.285 + w * 0.140, 0.072 - c * 0.072 - w * 0.283],
        [0.213 - c * 0.213 - w * 0.787, 0.715 - c * 0.715 + w * 0.715, 0.072 + c * 0.928 + w * 0.072],
    ]
    return colour @ numpy.array(saturate).T @ numpy.array(rotate).T


def levels(colour: Pixels) -> Pixels:
    return numpy.clip(colour * 255, 0, 255)


@pytest.mark.parametrize(
    "asked",
    [
        {"grayscale": True},
        {"brightness": 0.4},
        {"brightness": 2.5},
        {"contrast": 0},
        {"contrast": 1.7},
        {"saturation": 0},
        {"saturation": 3.3},
        {"hue": 90},
        {"hue": -123},
        {"brightness": 1.3, "contrast": 0.7, "saturation": 1.6, "hue": 200},
        {"grayscale": True, "brightness": 0.8, "contrast": 1.2},
    ],
    ids=str,
)
def test_colours_are_those_of_the_formulas_of_css(asked: dict) -> None:
    wish = Transform(**asked)
    # Half a level is what rounding takes, and a hundredth what single precision does.
    assert numpy.abs(adjusted(wish) - levels(css(wish))).max() <= 0.51


def test_nothing_is_cut_off_between_two_adjustments() -> None:
    brighter = Transform(brightness=2, contrast=0.5)
    white_and_grey = numpy.array([[[255, 255, 255], [200, 200, 200]]], numpy.uint8)
    assert adjusted(brighter, white_and_grey)[0, :, 0].tolist() == [255, 255]
    darker = Transform(brightness=1.5, contrast=0.5)
    assert adjusted(darker, white_and_grey)[0, :, 0].tolist() == [255, 214]


@pytest.mark.parametrize("asked", [{"brightness": 0.5}, {"hue": 90}, {"grayscale": True, "contrast": 2}], ids=str)
def test_transparency_stays_as_it_is(asked: dict) -> None:
    wish = Transform(**asked)
    alpha = numpy.arange(16 * 256).reshape(16, 256, 1).astype(numpy.uint8)
    see_through = numpy.concatenate([CUBE, alpha], axis=-1)
    result = adjusted(wish, see_through)
    assert (result[..., 3:] == alpha).all()
    assert (result[..., :3] == adjusted(wish)).all()


def test_a_whole_turn_of_the_hue_changes_nothing() -> None:
    assert (adjusted(Transform(hue=360)) == CUBE).all()


def test_gray_stays_gray_however_it_is_turned_and_saturated() -> None:
    gray = numpy.repeat(numpy.arange(256).reshape(1, 256, 1), 3, axis=-1).astype(numpy.uint8)
    assert (adjusted(Transform(hue=77, saturation=4), gray) == gray).all()

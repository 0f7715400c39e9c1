"""What moves keeps moving, where the format and the budget allow."""

import io

import numpy
import pytest
from PIL import Image, ImageSequence

from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import OutputLimits
from imaging.render.transform import Fit, Gravity, OutputFormat, Transform
from tests import pictures
from tests.render.sources import moving_gif

MOVING_FORMATS = [OutputFormat.WEBP, OutputFormat.GIF]


def frames_of(image: Image.Image) -> list[Image.Image]:
    return [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("format", MOVING_FORMATS)
@pytest.mark.parametrize(
    ("wish", "size"),
    [
        (Transform(), (40, 30)),
        (Transform(width=23), (23, 17)),
        (Transform(width=17, height=19), (17, 19)),
        (Transform(width=17, height=19, gravity=Gravity.ATTENTION), (17, 19)),
        (Transform(width=50, height=50, fit=Fit.PAD, background="#00ff00"), (50, 50)),
        (Transform(rotate=90, flop=True), (30, 40)),
        (Transform(width=100, allow_upscale=True), (100, 75)),
    ],
    ids=str,
)
def test_every_frame_is_kept_at_the_same_exact_size(show, format, wish, size):
    sample = moving_gif(5)
    shown = show(sample.content, sample.source, wish, format)
    assert shown.n_frames == 5
    assert [frame.size for frame in frames_of(shown)] == [size] * 5


@pytest.mark.parametrize("format", MOVING_FORMATS)
def test_frames_look_like_those_of_the_source(show, format):
    content = pictures.webp_animated(60, 40, 4)
    shown = show(content, Source(ImageFormat.WEBP, 60, 40, pages=4, animated=True), format=format)
    for seed, frame in enumerate(frames_of(shown)):
        scene = numpy.frombuffer(pictures.scene(60, 40, seed=seed).write_to_memory(), dtype=numpy.uint8)
        found = numpy.asarray(frame.convert("RGB"), dtype=float)
        assert numpy.abs(found - scene.reshape(40, 60, 3)).mean() < 12


@pytest.mark.parametrize("format", MOVING_FORMATS)
def test_time_passes_as_in_the_source(show, format):
    sample = moving_gif(3)
    shown = show(sample.content, sample.source, Transform(width=20), format)
    durations = []
    for page in range(shown.n_frames):
        shown.seek(page)
        shown.load()
        durations.append(shown.info["duration"])
    assert durations == [100, 100, 100]


def test_one_frame_does_not_bleed_into_the_next(show):
    stripes = [Image.new("RGB", (40, 40), color) for color in ("red", "blue", "red", "blue")]
    target = pictures_of(stripes)
    source = Source(ImageFormat.WEBP, 40, 40, pages=4, animated=True)
    shown = show(target, source, Transform(width=13, quality=100), OutputFormat.WEBP)
    for number, frame in enumerate(frames_of(shown)):
        pixels = numpy.asarray(frame, dtype=float)
        other = 2 if number % 2 == 0 else 0
        assert pixels[:, :, other].max() < 12


@pytest.mark.parametrize("format", [OutputFormat.AVIF, OutputFormat.JPEG, OutputFormat.PNG])
def test_other_formats_show_the_first_frame(show, format):
    sample = moving_gif(4)
    shown = show(sample.content, sample.source, format=format)
    assert getattr(shown, "n_frames", 1) == 1
    assert shown.size == (40, 30)


def test_past_the_budget_the_first_frame_stands_still(show):
    sample = moving_gif(4)
    limits = OutputLimits(animation_pixels=4 * 40 * 30 - 1)
    shown = show(sample.content, sample.source, None, OutputFormat.WEBP, limits)
    assert getattr(shown, "n_frames", 1) == 1
    assert shown.size == (40, 30)


def pictures_of(frames: list[Image.Image]) -> bytes:
    target = io.BytesIO()
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], duration=100, lossless=True)
    return target.getvalue()

"""Every step in words."""

import uuid

import pytest
from hypothesis import given

from imaging.errors import InvalidTransform
from imaging.render.choices import Fit, Gravity, MetadataPolicy, OutputFormat
from imaging.render.facts import ImageFormat, Source
from imaging.render.order import steps_of
from imaging.render.plan import plan
from imaging.render.transform import Crop, Transform, Trim, Watermark
from imaging.render.wording import steps_told
from tests.render.wishes import decorated

PHOTO = Source(ImageFormat.JPEG, 800, 600)
LOGO = Source(ImageFormat.PNG, 800, 600, has_alpha=True)


def words(wish: Transform, source: Source = PHOTO, format: OutputFormat = OutputFormat.JPEG) -> list[str]:
    return [text for text, _ in steps_told(plan(wish, source, format=format))]


@pytest.mark.parametrize(
    ("wish", "source", "words_of_step"),
    [
        (Transform(), Source(ImageFormat.WEBP, 8, 6), "decode WebP 8×6"),
        (Transform(page=2), Source(ImageFormat.TIFF, 8, 6, pages=3), "decode page 2 of TIFF 8×6"),
        (Transform(crop=Crop(1, 2, 30, 40)), PHOTO, "cut out 30×40 at 1, 2"),
        (Transform(trim=Trim(5, "#ffffff")), PHOTO, "trim edges within 5 of #ffffff"),
        (Transform(trim=Trim()), PHOTO, "trim edges within 10 of the colour of the top left pixel"),
        (Transform(), PHOTO, "keep 800×600"),
        (Transform(width=1600, allow_upscale=True), PHOTO, "enlarge to 1600×1200"),
        (Transform(width=400, linear_light=True), PHOTO, "resize to 400×300 in linear light"),
        (Transform(flip=True), PHOTO, "mirror left to right, turn 180° clockwise"),
        (
            Transform(width=100, height=100, gravity=Gravity.ENTROPY),
            PHOTO,
            "crop 100×100 where most is going on",
        ),
        (Transform(brightness=1.5, hue=30, grayscale=True), PHOTO, "adjust brightness 1.5, hue by 30°, grayscale"),
        (Transform(tint="#ff8800"), PHOTO, "tint #ff8800"),
        (Transform(blur=2.5), PHOTO, "blur with sigma 2.5"),
        (Transform(sharpen=1.0), PHOTO, "sharpen with sigma 1"),
        (Transform(background="#102030"), LOGO, "lay on #102030ff"),
        (Transform(width=100, height=100, fit=Fit.CONTAIN), PHOTO, "lay on a canvas of 100×100 at 0, 12"),
        (
            Transform(watermark=Watermark(text="a", position=Gravity.NORTH_WEST)),
            PHOTO,
            "lay a text over it, at north west",
        ),
        (
            Transform(watermark=Watermark(image_id=uuid.UUID(int=1), tile=True)),
            PHOTO,
            "lay an image over it, all over it",
        ),
        (Transform(corner_radius=9), PHOTO, "round corners by 9"),
        (Transform(metadata=MetadataPolicy.NONE), PHOTO, "remove all metadata"),
        (Transform(progressive=True, quality=50), PHOTO, "encode as JPEG, quality 50, progressive"),
    ],
)
def test_a_step_is_told_with_its_numbers(wish: Transform, source: Source, words_of_step: str) -> None:
    assert words_of_step in words(wish, source)


@pytest.mark.parametrize(
    ("wish", "format", "last"),
    [
        (Transform(), OutputFormat.PNG, "encode as PNG"),
        (Transform(quality=60), OutputFormat.PNG, "encode as PNG, with a palette of quality 60"),
        (Transform(lossless=True), OutputFormat.WEBP, "encode as WebP, lossless"),
        (Transform(), OutputFormat.GIF, "encode as GIF"),
    ],
)
def test_the_last_step_tells_how_it_is_written(wish: Transform, format: OutputFormat, last: str) -> None:
    assert words(wish, format=format)[-1] == last


def test_frames_are_counted() -> None:
    source = Source(ImageFormat.GIF, 8, 6, pages=5, animated=True)
    assert words(Transform(), source, OutputFormat.WEBP)[0] == "decode 5 frames of GIF 8×6"


@given(decorated())
def test_every_step_of_every_plan_has_words(wish: Transform) -> None:
    try:
        planned = plan(wish, LOGO, format=OutputFormat.PNG)
    except InvalidTransform:
        return
    told = steps_told(planned)
    assert [step for _, step in told] == list(steps_of(planned))
    assert all(text and "None" not in text for text, _ in told)

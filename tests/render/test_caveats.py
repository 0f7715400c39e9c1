"""What whoever asked should know: said when it is so, and only then."""

import pytest

from imaging.render.caveats import caveats
from imaging.render.choices import Fit, Gravity, OutputColorSpace, OutputFormat
from imaging.render.crop import Crop
from imaging.render.facts import ImageFormat, Source
from imaging.render.limits import OutputLimits
from imaging.render.plan import plan
from imaging.render.transform import Transform, Trim

PHOTO = Source(ImageFormat.JPEG, 800, 600)
LOGO = Source(ImageFormat.PNG, 800, 600, has_alpha=True)
ANIMATION = Source(ImageFormat.GIF, 800, 600, pages=20, animated=True)
SCAN = Source(ImageFormat.TIFF, 800, 600, pages=3)
JPEG, PNG, GIF, WEBP = OutputFormat.JPEG, OutputFormat.PNG, OutputFormat.GIF, OutputFormat.WEBP


def said(wish: Transform, source: Source, format: OutputFormat) -> list[str]:
    return caveats(wish, plan(wish, source, format=format))


@pytest.mark.parametrize(
    ("wish", "source", "format", "part"),
    [
        (Transform(width=900), PHOTO, WEBP, "only 800×600: it is not enlarged"),
        (Transform(width=600, dpr=2), PHOTO, WEBP, "not enlarged"),
        (Transform(width=600, crop=Crop(0, 0, 90, 60)), PHOTO, WEBP, "What is cut out is only 90×60"),
        (Transform(width=80, height=80, fit=Fit.PAD, gravity=Gravity.ENTROPY), PHOTO, PNG, "nothing is."),
        (Transform(width=900, height=900, fit=Fit.CONTAIN), PHOTO, WEBP, "not enlarged"),
        (Transform(), LOGO, JPEG, "becomes white"),
        (Transform(corner_radius=5), PHOTO, JPEG, "corners"),
        (Transform(background="#ff000080"), PHOTO, JPEG, "mixed with white"),
        (Transform(), ANIMATION, JPEG, "JPEG does not move here: only the first of 20 frames"),
        (Transform(), SCAN, JPEG, "first of 3 pages"),
        (Transform(page=2), SCAN, JPEG, "as if page 2 were as large as the first"),
        (Transform(trim=Trim()), PHOTO, JPEG, "nothing to trim"),
        (Transform(quality=50), PHOTO, GIF, "no effect on a GIF"),
        (Transform(quality=50), PHOTO, PNG, "palette"),
        (Transform(quality=50, lossless=True), PHOTO, WEBP, "lossless"),
        (Transform(lossless=True), PHOTO, GIF, "256 colours"),
        (Transform(lossless=True), PHOTO, PNG, "it always is"),
        (Transform(progressive=True), PHOTO, WEBP, "no effect on WebP"),
        (Transform(color_space=OutputColorSpace.KEEP), PHOTO, GIF, "sRGB"),
        (Transform(width=80, fit=Fit.CONTAIN), PHOTO, JPEG, "`fit` has no effect"),
        (Transform(width=80, gravity=Gravity.NORTH), PHOTO, JPEG, "NORTH has no effect"),
        (Transform(width=80, height=80, gravity=Gravity.FOCAL_POINT), PHOTO, JPEG, "has none"),
        (Transform(width=80, corner_radius=500), PHOTO, PNG, "by 30 pixels"),
    ],
)
def test_it_is_said_in_one_sentence(wish: Transform, source: Source, format: OutputFormat, part: str) -> None:
    [sentence] = said(wish, source, format)
    assert part in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("wish", "source", "format"),
    [
        (Transform(), PHOTO, JPEG),
        (Transform(width=800), PHOTO, WEBP),
        (Transform(width=900, allow_upscale=True), PHOTO, WEBP),
        (Transform(width=900, height=900, fit=Fit.PAD), PHOTO, WEBP),
        (Transform(), LOGO, WEBP),
        (Transform(background="#ffffff"), LOGO, JPEG),
        (Transform(), ANIMATION, WEBP),
        (Transform(animated=False), ANIMATION, JPEG),
        (Transform(page=2), ANIMATION, JPEG),
        (Transform(page=1), SCAN, JPEG),
        (Transform(quality=50, lossless=False), PHOTO, WEBP),
        (Transform(width=80, height=80, gravity=Gravity.CENTER), PHOTO, JPEG),
        (Transform(width=80, height=80, gravity=Gravity.NORTH), PHOTO, JPEG),
        (Transform(aspect_ratio=1.0, gravity=Gravity.NORTH), PHOTO, JPEG),
        (Transform(width=80, corner_radius=10), PHOTO, PNG),
    ],
)
def test_nothing_is_said_when_all_is_as_asked(wish: Transform, source: Source, format: OutputFormat) -> None:
    assert said(wish, source, format) == []


def test_an_animation_past_its_limit_is_told_with_the_limit() -> None:
    planned = plan(Transform(), ANIMATION, format=WEBP, limits=OutputLimits(animation_pixels=1_000_000))
    [sentence] = caveats(Transform(), planned)
    assert "1000000 pixels" in sentence

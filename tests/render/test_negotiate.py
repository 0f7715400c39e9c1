import pytest

from imaging.render.facts import ImageFormat, Source
from imaging.render.limits import ALWAYS_WRITTEN
from imaging.render.negotiate import choose_fallback, ranked
from imaging.render.transform import Fit, OutputFormat, Transform

STILL = Source(ImageFormat.JPEG, 800, 600)
MOVING = Source(ImageFormat.GIF, 80, 60, pages=4, animated=True)
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


def best(accept: str, source: Source = STILL, wish: Transform = Transform()) -> OutputFormat:  # noqa: B008 frozen
    return ranked(accept, wish, source, choose_fallback(wish, source), ALWAYS_WRITTEN)[0]


def test_every_browser_reads_the_fallback():
    assert choose_fallback(Transform(), STILL) is OutputFormat.JPEG
    assert choose_fallback(Transform(), Source(ImageFormat.WEBP, 8, 6, has_alpha=True)) is OutputFormat.PNG
    assert choose_fallback(Transform(), MOVING) is OutputFormat.GIF


def test_a_see_through_background_nothing_shows_of_makes_no_png_of_a_photograph():
    half = {"background": "#ff000080"}
    assert choose_fallback(Transform(**half), STILL) is OutputFormat.JPEG
    assert choose_fallback(Transform(**half, padding=1), STILL) is OutputFormat.PNG
    assert choose_fallback(Transform(**half, width=9, height=9, fit=Fit.CONTAIN), STILL) is OutputFormat.PNG
    assert choose_fallback(Transform(**half), Source(ImageFormat.PNG, 8, 6, has_alpha=True)) is OutputFormat.PNG


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        (CHROME, OutputFormat.AVIF),
        ("image/webp,image/avif,image/jxl,image/heic,*/*;q=0.8", OutputFormat.AVIF),
        ("image/webp,image/*;q=0.8", OutputFormat.WEBP),
        ("IMAGE/AVIF ; Q=0.9 , image/webp;q=0.9", OutputFormat.AVIF),
        ("image/avif;q=0.5,image/webp", OutputFormat.WEBP),
        ("image/avif;q=0,image/webp", OutputFormat.WEBP),
        ("image/avif;q=0.1,image/jpeg", OutputFormat.JPEG),
        ("image/avif;q=0.5,image/*;q=0.4", OutputFormat.AVIF),
        ("image/avif", OutputFormat.AVIF),
        ("*/*", OutputFormat.JPEG),
        ("image/*", OutputFormat.JPEG),
        ("", OutputFormat.JPEG),
        ("text/html", OutputFormat.JPEG),
        ("image/avif;q=banana,image/webp", OutputFormat.WEBP),
        ("image/avif;q=7", OutputFormat.JPEG),
        ("image/avif;q=nan", OutputFormat.JPEG),
        (";;,,;q=", OutputFormat.JPEG),
    ],
)
def test_the_browser_gets_the_best_it_names(accept, format):
    assert best(accept) is format


def test_the_next_best_is_known_where_the_best_cannot_be_had():
    assert ranked(CHROME, Transform(), STILL, OutputFormat.JPEG, ALWAYS_WRITTEN) == (
        OutputFormat.AVIF,
        OutputFormat.WEBP,
        OutputFormat.JPEG,
    )
    assert ranked("image/avif", Transform(), STILL, OutputFormat.JPEG, ALWAYS_WRITTEN)[1:] == (OutputFormat.JPEG,)
    assert ranked("image/avif;q=0.5,image/webp", Transform(), STILL, OutputFormat.PNG, ALWAYS_WRITTEN) == (
        OutputFormat.WEBP,
        OutputFormat.AVIF,
        OutputFormat.PNG,
    )


def test_what_moves_never_becomes_a_still_avif():
    assert best(CHROME, MOVING) is OutputFormat.WEBP
    assert best("image/avif", MOVING) is OutputFormat.GIF


def test_what_is_lossless_is_a_webp_or_a_png():
    assert best(CHROME, wish=Transform(lossless=True)) is OutputFormat.WEBP
    assert best("*/*", wish=Transform(lossless=True)) is OutputFormat.PNG


def test_a_format_that_cannot_be_written_is_not_offered():
    formats = ALWAYS_WRITTEN - {OutputFormat.AVIF}
    assert ranked(CHROME, Transform(), STILL, OutputFormat.JPEG, formats)[0] is OutputFormat.WEBP

import pytest

from imaging.render.facts import ImageFormat, Source
from imaging.render.geometry import Size
from imaging.render.negotiate import choose_auto, choose_fallback
from imaging.render.transform import OutputFormat, Transform

STILL = Source(ImageFormat.JPEG, 800, 600)
MOVING = Source(ImageFormat.GIF, 80, 60, pages=4, animated=True)
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


def choose(accept: str, source: Source = STILL, pixels: int = 1_000_000) -> OutputFormat:
    return choose_auto(accept, Transform(), source, Size(800, 600), choose_fallback(Transform(), source), pixels)


def test_every_browser_reads_the_fallback():
    assert choose_fallback(Transform(), STILL) is OutputFormat.JPEG
    assert choose_fallback(Transform(), Source(ImageFormat.WEBP, 8, 6, has_alpha=True)) is OutputFormat.PNG
    assert choose_fallback(Transform(), MOVING) is OutputFormat.GIF


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
    assert choose(accept) is format


def test_a_large_picture_is_not_made_an_avif_nobody_named():
    assert choose(CHROME, pixels=800 * 600) is OutputFormat.AVIF
    assert choose(CHROME, pixels=800 * 600 - 1) is OutputFormat.WEBP


def test_what_moves_never_becomes_a_still_avif():
    assert choose(CHROME, MOVING) is OutputFormat.WEBP
    assert choose("image/avif", MOVING) is OutputFormat.GIF

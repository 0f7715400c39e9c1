"""Which format a negotiated address is answered in, and what people are told about it."""

import pytest

from imaging.delivery.choice import Choice, choose
from imaging.render.facts import ImageFormat, Source
from imaging.render.geometry import Size
from imaging.render.limits import ALWAYS_WRITTEN, OutputLimits
from imaging.render.negotiate import choose_fallback
from imaging.render.transform import OutputFormat, Transform

PHOTOGRAPH = Source(ImageFormat.JPEG, 4_000, 3_000)
MOVING = Source(ImageFormat.GIF, 800, 600, pages=4, animated=True)
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
SAFARI_15 = "image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
ONLY_AVIF = "image/avif,*/*;q=0.1"
OLD = "*/*"

MEGA = 1_000_000
WITHIN, ABOVE, BEYOND = Size(1_000, 1_000), Size(2_000, 1_500), Size(2_400, 2_000)


def chosen(
    accept: str,
    size: Size = WITHIN,
    wish: Transform = Transform(),  # noqa: B008 frozen
    source: Source = PHOTOGRAPH,
    formats: frozenset[OutputFormat] = ALWAYS_WRITTEN,
    is_stored: bool = False,
) -> Choice:
    limits = OutputLimits(auto_avif_pixels=4 * MEGA, formats=formats)
    fallback = choose_fallback(wish, source)
    facts = (wish, source, size, accept)
    return choose(*facts, fallback=fallback, limits=limits, budget_pixels=2 * MEGA, is_stored=is_stored)


@pytest.mark.parametrize(
    ("accept", "size", "reason"),
    [
        (CHROME, WITHIN, "avif"),
        (CHROME, ABOVE, "webp; avif later"),
        (CHROME, BEYOND, "webp; avif over budget"),
        (SAFARI_15, WITHIN, "webp"),
        (SAFARI_15, ABOVE, "webp"),
        (SAFARI_15, BEYOND, "webp"),
        (ONLY_AVIF, WITHIN, "avif"),
        (ONLY_AVIF, ABOVE, "jpg; avif later"),
        (ONLY_AVIF, BEYOND, "jpg; avif over budget"),
        (OLD, WITHIN, "jpg"),
        (OLD, BEYOND, "jpg"),
        ("", ABOVE, "jpg"),
    ],
)
def test_what_is_served_and_why_follows_from_accept_and_size(accept: str, size: Size, reason: str) -> None:
    choice = chosen(accept, size)
    assert choice.reason == reason
    assert choice.format.value == reason.partition(";")[0]
    assert choice.stand_in == reason.endswith("later")
    assert choice.later is (OutputFormat.AVIF if choice.stand_in else None)


def test_an_avif_that_is_there_is_served_above_the_budget_but_not_beyond_the_cap() -> None:
    assert chosen(CHROME, ABOVE, is_stored=True).reason == "avif"
    assert chosen(CHROME, BEYOND, is_stored=True).reason == "webp; avif over budget"


def test_what_moves_and_what_is_lossless_is_a_webp() -> None:
    assert chosen(CHROME, source=MOVING).reason == "webp"
    assert chosen(ONLY_AVIF, source=MOVING).reason == "gif"
    assert chosen(CHROME, wish=Transform(lossless=True)).reason == "webp"
    assert chosen(ONLY_AVIF, wish=Transform(lossless=True)).reason == "png"


def test_nothing_is_offered_that_cannot_be_written() -> None:
    without_avif = ALWAYS_WRITTEN - {OutputFormat.AVIF}
    assert chosen(CHROME, formats=without_avif).reason == "webp"
    assert chosen(CHROME, formats=without_avif - {OutputFormat.WEBP}).reason == "jpg"


def test_people_are_told_in_a_sentence() -> None:
    later = "WebP for now: the picture has 3.00 megapixels, more than the 2.00 that are made while somebody waits."
    beyond = "WebP: the picture has 4.80 megapixels, an AVIF nobody asked for by name may have 4.00."
    assert chosen(CHROME, ABOVE).told == later
    assert chosen(CHROME, BEYOND).told == beyond
    assert chosen(OLD).told == "JPEG: the browser names nothing better."
    assert chosen(CHROME, source=MOVING).told.endswith("AVIF is only for stills.")


@pytest.mark.parametrize("accept", [CHROME, SAFARI_15])
def test_a_large_see_through_picture_is_served_as_what_can_be_encoded(accept: str) -> None:
    logo = Source(ImageFormat.PNG, 8_000, 8_000, has_alpha=True)
    large, small = Size(8_000, 8_000), Size(5_000, 5_000)
    assert chosen(accept, large, source=logo).format is OutputFormat.PNG
    assert chosen(accept, small, source=logo).format is OutputFormat.WEBP
    assert chosen(accept, large).format is OutputFormat.WEBP
    assert "memory" in chosen(SAFARI_15, large, source=logo).told

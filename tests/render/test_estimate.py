"""Estimates grow with what costs more, and are not far from what renders take."""

from pathlib import Path

import pytest

from benchmarks.estimates import measured
from benchmarks.repertoire import Render, Stored
from imaging.render.choices import Fit, OutputFormat
from imaging.render.estimate import estimated_ms, estimated_peak_bytes
from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import Plan, plan
from imaging.render.transform import Crop, Transform, Trim, Watermark

USUAL = (2040, 1360)
JPEG, PNG, WEBP, AVIF, GIF = (OutputFormat[name] for name in ("JPEG", "PNG", "WEBP", "AVIF", "GIF"))
SMALL = Transform(width=1000)


def of(wish: Transform = SMALL, format: OutputFormat = JPEG, source: ImageFormat = ImageFormat.JPEG) -> Plan:
    return plan(wish, Source(source, *USUAL), format=format)


@pytest.mark.parametrize(
    "dearer",
    [
        of(Transform(width=1500)),
        of(format=WEBP),
        of(format=AVIF),
        of(format=GIF),
        of(Transform(width=1000, lossless=True), WEBP),
        of(Transform(width=1000, progressive=True)),
        of(Transform(width=1000, linear_light=True)),
        of(Transform(width=1000, blur=5.0)),
        of(Transform(width=1000, sharpen=1.0)),
        of(Transform(width=1000, contrast=1.2)),
        of(Transform(width=1000, tint="#ff8800")),
        of(Transform(width=1000, trim=Trim())),
        of(Transform(width=1000, rotate=90)),
        of(Transform(width=1000, padding=10)),
        of(Transform(width=1000, corner_radius=10)),
        of(Transform(width=1000, watermark=Watermark(text="a"))),
        of(Transform(width=3000, allow_upscale=True)),
        *(of(source=source) for source in ImageFormat if source is not ImageFormat.JPEG),
    ],
)
def test_what_does_more_is_expected_to_take_longer(dearer: Plan) -> None:
    assert estimated_ms(dearer) > estimated_ms(of())


def test_a_palette_takes_longer_than_all_colours() -> None:
    assert estimated_ms(of(Transform(width=1000, quality=60), PNG)) > estimated_ms(of(format=PNG))


def test_a_corner_of_the_top_takes_less_than_one_of_the_bottom() -> None:
    top, bottom = (of(Transform(crop=Crop(0, y, 100, 100))) for y in (0, 1200))
    assert estimated_ms(top) < estimated_ms(bottom) < estimated_ms(of(Transform()))


def test_frames_are_counted() -> None:
    source = Source(ImageFormat.GIF, 400, 300, pages=20, animated=True)
    still, moving = (plan(Transform(animated=animated), source, format=WEBP) for animated in (False, True))
    assert estimated_ms(moving) > 5 * estimated_ms(still)
    assert estimated_peak_bytes(moving) > estimated_peak_bytes(still)


def test_memory_is_expected_for_what_is_held() -> None:
    assert estimated_peak_bytes(of(format=AVIF)) > estimated_peak_bytes(of()) + 10_000_000
    assert estimated_peak_bytes(of(source=ImageFormat.AVIF)) > 2 * estimated_peak_bytes(of())
    cropped = of(Transform(width=1000, height=1000, fit=Fit.COVER))
    assert estimated_peak_bytes(cropped) > estimated_peak_bytes(of(Transform(width=1000, height=667)))


@pytest.mark.full
@pytest.mark.parametrize(
    "work",
    [
        Render(Stored("JPEG", *USUAL), Transform(width=640)),
        Render(Stored("JPEG", 6000, 4000), Transform(width=1600), WEBP),
        Render(Stored("JPEG", *USUAL), Transform(width=1600), AVIF),
        Render(Stored("PNG", 6000, 4000), Transform(width=1600)),
        Render(Stored("AVIF", *USUAL), Transform(width=640)),
        Render(Stored("JPEG", *USUAL), Transform(width=1600, blur=20.0)),
        Render(Stored("moving GIF", 480, 360), Transform(width=320), WEBP),
    ],
    ids=lambda work: work.name,
)
def test_estimates_are_near_what_a_render_takes(work: Render, tmp_path: Path) -> None:
    found = measured(work, tmp_path)
    assert 1 / 5 < estimated_ms(work.plan) / found.took_ms < 5, "processor time, whatever else the machine does"
    assert 0.5 < estimated_peak_bytes(work.plan) / found.peak_bytes < 5

"""Rendering in process, against libvips' own thumbnail of the same files with the same encoder settings."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyvips

from benchmarks.pictures import jpegs
from benchmarks.table import Row, less_is_better
from imaging.render.codecs import _SAVERS as SAVERS
from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import OutputFormat, plan
from imaging.render.render import render
from imaging.render.transform import Transform

SIDE = 512
ROUNDS = 5
QUALITY = {OutputFormat.JPEG: 80, OutputFormat.WEBP: 79, OutputFormat.AVIF: 63}


def raw_thumbnail(source: Path, width: int, format: OutputFormat, target: Path) -> None:
    """Do what a program of three lines would do."""
    saver, settings = SAVERS[format]
    quality = {"Q": QUALITY[format]} if format in QUALITY else {}
    pyvips.Operation.call(saver, pyvips.Image.thumbnail(str(source), width), str(target), keep=0, **quality, **settings)


def measure() -> list[Row]:
    """Return a row for each format we write; the sides take turns on each file."""
    with tempfile.TemporaryDirectory() as folder:
        sources = jpegs(Path(folder), 8, 2040, 1360)
        return [_compare(sources, format, Path(folder)) for format in (*QUALITY, OutputFormat.PNG)]


def _compare(sources: list[Path], format: OutputFormat, folder: Path) -> Row:
    facts = Source(ImageFormat.JPEG, 2040, 1360)
    wish = Transform(width=SIDE)
    target = folder / f"target.{format.value}"
    ratios, ours_s, raw_s = [], [], []
    for _ in range(ROUNDS):
        ours = raw = 0.0
        for source in sources:
            ours += _seconds(lambda path=source: render(path, plan(wish, facts, format=format), target))
            raw += _seconds(lambda path=source: raw_thumbnail(path, SIDE, format, target))
        ratios.append(ours / raw)
        ours_s.append(ours)
        raw_s.append(raw)
    middle = ratios.index(statistics.median_low(ratios))
    per_image = 1000 / len(sources)
    name = f"render in process, 2040 px JPEG → {SIDE} px {format.name}, against libvips thumbnail"
    return less_is_better(name, ours_s[middle] * per_image, raw_s[middle] * per_image, "ms", 1.05)


def _seconds(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun

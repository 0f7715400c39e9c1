"""Rendering: in process and over HTTP, beside raw libvips, its program, sharp behind ipx, and thumbor."""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyvips

from benchmarks import in_process
from benchmarks.jobs import FORMATS, Photos, draw
from benchmarks.misses import contest
from benchmarks.report import markdown, report, summary
from benchmarks.table import write
from imaging.render.choices import OutputFormat
from tests.server import running_server

JPEG, AVIF = OutputFormat.JPEG, OutputFormat.AVIF
SMALL, USUAL, LARGER, CAMERA, HUGE = (640, 480), (2040, 1360), (4000, 3000), (6000, 4000), (10_000, 10_000)


@dataclass(frozen=True)
class Asked:
    """Pictures that both parts use, and the formats that they are rendered to over HTTP."""

    size: tuple[int, int]
    count: int
    over_http: Sequence[OutputFormat]


JPEGS = (
    Asked(SMALL, 32, (JPEG,)),
    Asked(USUAL, 48, FORMATS),
    Asked(LARGER, 8, (JPEG,)),
    Asked(CAMERA, 4, (JPEG, AVIF)),
    Asked(HUGE, 2, (JPEG,)),
)
KINDS = (("progressive JPEG", USUAL), ("PNG", USUAL), ("WebP", USUAL), ("AVIF", USUAL), ("TIFF", USUAL))
KINDS_LARGE = (("progressive JPEG", CAMERA), ("PNG", CAMERA))
IN_PROCESS_S, OVER_HTTP_S = 1.5, 2.5


def measure() -> str:
    """Measure, write `results/render.json`, and return the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("  drawing …", file=sys.stderr, flush=True)
        jpegs = [draw(folder / "photos", "JPEG", *asked.size, asked.count) for asked in JPEGS]
        others = [draw(folder / "others", kind, *size, 2) for kind, size in KINDS + KINDS_LARGE]
        rows = list(in_process.measure([*jpegs, *others], folder, IN_PROCESS_S))
        with running_server(folder, log_level="warning") as server, contest(server, folder / "photos") as everybody:
            for photos, asked in zip(jpegs, JPEGS, strict=True):
                for format in asked.over_http:
                    rows += everybody.diverse(photos, format, OVER_HTTP_S)
            rows += everybody.one(_usual(jpegs), JPEG, OVER_HTTP_S)
            versions = {"libvips": _libvips(), **everybody.versions}
            found = report(rows, versions, everybody.absent)
    write("render", found)
    return f"{summary(found)}\n\n{markdown(rows)}"


def _usual(jpegs: Sequence[Photos]) -> Photos:
    return next(photos for photos in jpegs if (photos.width, photos.height) == USUAL)


def _libvips() -> str:
    return ".".join(str(pyvips.version(part)) for part in range(3))

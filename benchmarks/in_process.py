"""Rendering without a server, against libvips' own thumbnail: the same files, encoders and settings, file to file."""

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import worker
from benchmarks.client import Load
from benchmarks.contestants import IMAGING, RAW, Measured
from benchmarks.jobs import FORMATS, Photos, diverse
from benchmarks.report import IN_PROCESS, RenderRow, rows_of
from imaging.render.choices import OutputFormat

FEWEST = 3


def measure(every: Iterable[Photos], folder: Path, within_s: float) -> Iterator[RenderRow]:
    """Give the rows of each kind of picture and format; a process for each side, which take turns on each job."""
    for photos in every:
        print(f"  in process, {photos.name} …", file=sys.stderr, flush=True)
        ours, theirs = worker.Worker(worker.ours, photos, folder), worker.Worker(worker.theirs, folder)
        try:
            for format in FORMATS:
                yield from rows_of(IN_PROCESS, photos, format, _compare(ours, theirs, photos, format, within_s))
        finally:
            ours.close()
            theirs.close()


def _compare(
    ours: worker.Worker, theirs: worker.Worker, photos: Photos, format: OutputFormat, within_s: float
) -> dict[str, Measured]:
    sides = {IMAGING: ours, RAW: theirs}
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    jobs = diverse(photos, format)
    first = next(jobs)
    for side in sides.values():
        side.ask(first)
        side.forget_peak()
    begun = time.perf_counter()
    for number, job in enumerate(jobs):
        if number >= FEWEST and time.perf_counter() - begun > within_s:
            break
        # Who goes first reads the file from the disk, or finds the processor cooler: turn and turn about.
        order = list(sides)[:: 1 if number % 2 else -1]
        for name in order:
            took[name].append(sides[name].ask(job))
    return {name: _measured(took[name], side.peak_mib()) for name, side in sides.items()}


def _measured(took: list[tuple[float, float]], peak_mib: float) -> Measured:
    seconds, cpu = zip(*took, strict=True)
    return Measured(Load(seconds, sum(seconds)), sum(cpu), peak_mib)

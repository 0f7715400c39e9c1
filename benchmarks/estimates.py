"""What `explainTransform` estimates, against what renders take: each in a process of its own, as a decoder does it."""

import math
import multiprocessing
import multiprocessing.connection
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.repertoire import Render, renders
from benchmarks.table import write
from imaging.render.child import warm
from imaging.render.estimate import estimated_ms, estimated_peak_bytes
from imaging.render.plan import Plan
from imaging.render.render import render

ROUNDS = 3
MIB = 1024 * 1024


@dataclass(frozen=True)
class Measured:
    """What a render took: processor time in the quickest of some rounds, and the peak of memory above idle.

    Processor time, because it is the same however busy the machine is, and what an idle core would take.
    """

    took_ms: float
    peak_bytes: int


@dataclass(frozen=True)
class Compared:
    """A render: processor milliseconds and peak bytes, measured and estimated."""

    render: str
    ms: float
    estimated_ms: int
    peak_bytes: int
    estimated_peak_bytes: int


def measure() -> str:
    """Write `results/estimates.json`; return each render, and how far off the estimates are in all, as a table."""
    with tempfile.TemporaryDirectory() as folder:
        found = [_compared(work, Path(folder)) for work in renders()]
    times = [row.estimated_ms / row.ms for row in found]
    peaks = [row.estimated_peak_bytes / row.peak_bytes for row in found]
    off = {"time": _off(times), "memory": _off(peaks)}
    write("estimates", {"ratios": off, "renders": [asdict(row) for row in found]})
    lines = ["| render | ms | estimated | ratio | peak MiB | estimated | ratio |", "|---|--:|--:|--:|--:|--:|--:|"]
    for row, time_ratio, peak_ratio in zip(found, times, peaks, strict=True):
        peak = f"{row.peak_bytes / MIB:.0f} | {row.estimated_peak_bytes / MIB:.0f} | {peak_ratio:.2f}"
        lines.append(f"| {row.render} | {row.ms:.0f} | {row.estimated_ms} | {time_ratio:.2f} | {peak} |")
    for name in ("median", "worst"):
        lines.append(f"| **{name}** | | | {off['time'][name]:.2f} | | | {off['memory'][name]:.2f} |")
    return "\n".join(lines)


def _compared(work: Render, folder: Path) -> Compared:
    found = measured(work, folder)
    planned = work.plan
    estimates = estimated_ms(planned), estimated_peak_bytes(planned)
    return Compared(work.name, round(found.took_ms, 1), estimates[0], found.peak_bytes, estimates[1])


def _off(ratios: Sequence[float]) -> dict[str, float]:
    """Return the middle of the ratios, and the one that is furthest from 1."""
    worst = max(ratios, key=lambda ratio: abs(math.log(ratio)))
    return {"median": round(statistics.median(ratios), 3), "worst": round(worst, 3)}


def measured(work: Render, folder: Path) -> Measured:
    """Do it in a fresh process."""
    os.environ["VIPS_CONCURRENCY"] = "1"
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_child, args=(work.stored.written(folder), work.plan, folder, sender))
    child.start()
    result: Measured = receiver.recv()
    child.join()
    return result


def _child(path: Path, planned: Plan, folder: Path, sender: multiprocessing.connection.Connection) -> None:
    warm()
    target = folder / f"target.{planned.format.value}"
    idle = _status_kib("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    took = [_seconds(path, planned, target)]
    peak = _status_kib("VmHWM") - idle
    took += [_seconds(path, planned, target) for _ in range(ROUNDS - 1)]
    sender.send(Measured(min(took) * 1000, peak * 1024))


def _seconds(path: Path, planned: Plan, target: Path) -> float:
    began = time.process_time()
    render(path, planned, target)
    return time.process_time() - began


def _status_kib(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))

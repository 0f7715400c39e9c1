"""Processes that render one job after the other, as they are told over a pipe."""

import contextlib
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pyvips

from benchmarks import raw
from benchmarks.jobs import Job, Photos
from imaging.render.facts import Source
from imaging.render.plan import plan
from imaging.render.render import render
from imaging.render.transform import Transform


class Worker:
    """A process that answers each job it is given: `deed` makes it do so."""

    def __init__(self, deed: Callable[..., None], *args: object) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_obey, args=(deed, theirs, *args), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe.recv()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def ask(self, job: Job) -> tuple[float, float]:
        """Have a job done by `ours` or `theirs`; return the seconds it took, and those of the processor."""
        self._pipe.send(job)
        took: tuple[float, float] = self._pipe.recv()
        return took

    def fetch(self, job: Job) -> bytes:
        """Have a job done by `loop`; return the picture."""
        self._pipe.send(job)
        return self._pipe.recv_bytes()

    def forget_peak(self) -> None:
        """Count the peak of memory anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def peak_mib(self) -> float:
        """Return the most memory it held, in MiB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    def close(self) -> None:
        """Stop the process."""
        self._pipe.close()
        self._process.join()


def ours(pipe: Connection, photos: Photos, folder: Path) -> None:
    """Render each job as imaging does, into a file."""
    source = Source(photos.format, photos.width, photos.height)

    def deed(job: Job, target: Path) -> None:
        render(job.photo, plan(Transform(width=job.width), source, format=job.format), target)

    _time_each(pipe, deed, folder / "ours")


def theirs(pipe: Connection, folder: Path) -> None:
    """Render each job with libvips, into a file."""
    _time_each(pipe, raw.to_file, folder / "raw")


def loop(pipe: Connection) -> None:
    """Render each job with libvips and send the bytes back."""
    while True:
        pipe.send_bytes(raw.to_bytes(pipe.recv()))


def _time_each(pipe: Connection, deed: Callable[[Job, Path], None], target: Path) -> None:
    while True:
        job: Job = pipe.recv()
        path = target.with_suffix(f".{job.format.value}")
        before, begun = time.process_time(), time.perf_counter()
        deed(job, path)
        pipe.send((time.perf_counter() - begun, time.process_time() - before))


def _obey(deed: Callable[..., None], pipe: Connection, *args: object) -> None:
    # Some pictures come again in another width: nobody is to have kept their pixels.
    pyvips.cache_set_max(0)
    pipe.send(None)
    with contextlib.suppress(EOFError):
        deed(pipe, *args)

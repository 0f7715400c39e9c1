"""Who makes renditions: each is given jobs by two clients, each of which waits for one before it asks for the next."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks import raw, worker
from benchmarks.client import Load, load
from benchmarks.jobs import Job
from benchmarks.usage import Usage, children, trees

CLIENTS = 2

# The contestants that a row may be about.
IMAGING, RAW, PROGRAM, IPX, THUMBOR = "imaging", "libvips", "vipsthumbnail", "ipx", "thumbor"


@dataclass(frozen=True)
class Measured:
    """What a run gave and took. `peak_mib` is a sum of proportional set sizes."""

    load: Load
    cpu_s: float
    peak_mib: float

    def __add__(self, more: "Measured") -> "Measured":
        return Measured(self.load + more.load, self.cpu_s + more.cpu_s, max(self.peak_mib, more.peak_mib))


class Contestant(Protocol):
    """Somebody who makes renditions."""

    name: str

    def fetch(self, job: Job) -> bytes:
        """Return one rendition."""

    def run(self, jobs: Sequence[Job], within_s: float) -> Measured:
        """Do the jobs, two at a time; begin none after so many seconds."""


@dataclass
class Served:
    """A server on these ports, one for each client; `requests` turns jobs into what is sent."""

    name: str
    ports: tuple[int, ...]
    pids: tuple[int, ...]
    requests: Callable[[Sequence[Job]], Sequence[bytes]]

    def fetch(self, job: Job) -> bytes:
        """Return one rendition."""
        bodies: list[bytes] = []
        load(self.ports[:1], self.requests([job]), keep=bodies.append)
        return bodies[0]

    def run(self, jobs: Sequence[Job], within_s: float) -> Measured:
        """Ask over HTTP, on connections that are kept."""
        messages = self.requests(jobs)
        with Usage(trees(self.pids)) as usage:
            done = load(self.ports, messages, within_s=within_s)
        return Measured(done, usage.cpu_s, usage.peak_mib)


class Looped:
    """Libvips in a loop, in as many processes as there are clients: jobs go in and pictures come out over pipes."""

    name = RAW

    def __init__(self) -> None:
        self._workers = [worker.Worker(worker.loop) for _ in range(CLIENTS)]

    def fetch(self, job: Job) -> bytes:
        """Return one rendition."""
        return self._workers[0].fetch(job)

    def run(self, jobs: Sequence[Job], within_s: float) -> Measured:
        """Hand each process a job when its last is done."""
        with Usage(trees(each.pid for each in self._workers)) as usage:
            done = _two_at_a_time([each.fetch for each in self._workers], jobs, within_s)
        return Measured(done, usage.cpu_s, usage.peak_mib)

    def close(self) -> None:
        """Stop the processes."""
        for each in self._workers:
            each.close()


class Program:
    """The program `vipsthumbnail`: a process for each picture."""

    name = PROGRAM

    def __init__(self, command: str, folder: Path) -> None:
        self._command = command
        self._folder = folder

    def fetch(self, job: Job) -> bytes:
        """Return one rendition."""
        target = self._folder / "fetched"
        self._spend(job, target)
        return target.with_suffix(raw.suffix(job.format)[0]).read_bytes()

    def run(self, jobs: Sequence[Job], within_s: float) -> Measured:
        """Start a process for each job."""
        spent: list[float] = []
        targets = [self._folder / f"fetched-{number}" for number in range(CLIENTS)]
        deeds = [lambda job, to=target: spent.append(self._spend(job, to)) for target in targets]
        with Usage(children(PROGRAM)) as usage:
            done = _two_at_a_time(deeds, jobs, within_s)
        return Measured(done, sum(spent), usage.peak_mib)

    def _spend(self, job: Job, target: Path) -> float:
        """Do one job; return the processor's seconds."""
        ending, settings = raw.suffix(job.format)
        output = f"{target}{ending}{settings}"
        command = [self._command, str(job.photo), "--size", f"{job.width}x100000", "--output", output]
        # Our libvips has changed the environment behind Python's back: the program would not find its own encoders.
        process = subprocess.Popen(command, env=dict(os.environ))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"vipsthumbnail failed on {job}")
        return used.ru_utime + used.ru_stime


def _two_at_a_time(deeds: Sequence[Callable[[Job], object]], jobs: Iterable[Job], within_s: float) -> Load:
    """Let each deed take the next job when its last is done."""
    waiting, turn = iter(jobs), threading.Lock()
    taken: list[float] = []
    failures: list[Exception] = []

    def work(deed: Callable[[Job], object]) -> None:
        while time.perf_counter() - started < within_s:
            with turn:
                job = next(waiting, None)
            if job is None:
                return
            begun = time.perf_counter()
            try:
                deed(job)
            except (OSError, RuntimeError) as failure:
                failures.append(failure)
                return
            taken.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=work, args=(deed,)) for deed in deeds]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return Load(tuple(taken), time.perf_counter() - started)

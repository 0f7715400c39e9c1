"""Queues side by side: ours, streaq and saq, each with worker processes that can be killed, doing the same naps."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers import install

PROGRAMS = install.HERE / "queues"
ROOT = install.HERE.parents[1]
OURS, STREAQ, SAQ = "imaging", "streaq", "saq"
WARM_UP = 40
PATIENCE_S = 120


@dataclass(frozen=True)
class Side:
    """A queue as it is shipped, or told a lease of so many seconds."""

    name: str
    python: str
    program: str
    lease_s: int | None = None

    @property
    def title(self) -> str:
        """What it is called in tables."""
        return self.name if self.lease_s is None else f"{self.name}, told {self.lease_s} s"


@dataclass(frozen=True)
class Note:
    """A line of a log: what happened to which nap, in which process, and when."""

    what: str
    name: int
    pid: int
    at_s: float


@dataclass
class Queue:
    """One queue of a side, with its own log and worker processes."""

    side: Side
    name: str
    folder: Path
    environment: Mapping[str, str]
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    asker: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        """The file that naps are written down in."""
        return self.folder / f"{self.name}.naps"

    def ask(self, first: int, count: int, seconds: float) -> None:
        """Ask for naps, one after the other; return when all are taken."""
        assert self.asker is not None
        assert self.asker.stdin is not None
        self.asker.stdin.write(f"{first} {count} {seconds}\n".encode())
        self.asker.stdin.flush()
        if not wait_until(lambda: self.times("taken", first)[first] > 0, PATIENCE_S):
            raise RuntimeError(f"{self.side.title} takes no jobs: {self._said()}")

    def notes(self, what: str, since: int = 0) -> list[Note]:
        """Return what was written down of naps with this number or a higher one, in order."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        parts = [line.split() for line in lines]
        notes = [Note(what, int(name), int(pid), float(at)) for what, name, pid, at in parts]
        return [note for note in notes if note.what == what and note.name >= since]

    def times(self, what: str, since: int = 0) -> Counter[int]:
        """Return how often it was written down of each of these naps."""
        return Counter(note.name for note in self.notes(what, since))

    def warm_up(self) -> None:
        """Return when every worker has done something."""
        deadline = time.monotonic() + PATIENCE_S
        first = -1_000_000
        while {note.pid for note in self.notes("begun", -1_000_000)} < {worker.pid for worker in self.workers}:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.side.title} does not begin: {self._said()}")
            self.ask(first, WARM_UP, 0.2)
            wait_until(lambda first=first: len(self.times("ended", first)) >= WARM_UP, PATIENCE_S)
            first += WARM_UP

    def begin(self, workers: int) -> None:
        """Start so many workers, and who asks them."""
        self.workers = [self._begin("work") for _ in range(workers)]
        self.asker = self._begin("ask")

    def end(self) -> None:
        """Kill all that is left."""
        for process in (*self.workers, *([self.asker] if self.asker else [])):
            process.kill()
            process.communicate()

    def _begin(self, deed: str) -> "subprocess.Popen[bytes]":
        lease = {} if self.side.lease_s is None else {"NAP_LEASE_S": str(self.side.lease_s)}
        own = {"NAP_QUEUE": self.name, "NAP_LOG": str(self.log), "PYTHONPATH": str(ROOT)}
        command = ["setpriv", "--pdeathsig", "KILL", self.side.python, str(PROGRAMS / self.side.program), deed]
        with (self.folder / f"{self.name}.said").open("ab") as said:
            env = dict(os.environ) | dict(self.environment) | own | lease
            return subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=said, stderr=said, cwd=self.folder)

    def _said(self) -> str:
        return (self.folder / f"{self.name}.said").read_text()[-1000:]


def sides(lease_s: int) -> Sequence[Side]:
    """Return everybody as shipped, then the others with a lease as long as ours.

    Raises:
        Absent: the others cannot be fetched.
    """
    python = str(install.queues())
    shipped = [Side(STREAQ, python, "with_streaq.py"), Side(SAQ, python, "with_saq.py")]
    told = [Side(side.name, side.python, side.program, lease_s) for side in shipped]
    return [Side(OURS, sys.executable, "with_rows.py"), *shipped, *told]


@contextmanager
def running(
    sides: Sequence[Side], workers: int, name: str, folder: Path, environment: Mapping[str, str]
) -> Iterator[list[Queue]]:
    """Run a queue of each side, whose workers have all done something, for as long as the context lasts."""
    queues = [Queue(side, f"{side.name}-{side.lease_s or 'shipped'}-{name}", folder, environment) for side in sides]
    try:
        for queue in queues:
            queue.begin(workers)
        side_by_side([queue.warm_up for queue in queues])
        yield queues
    finally:
        for queue in queues:
            queue.end()


def side_by_side(deeds: Sequence[Callable[[], object]]) -> None:
    """Do all at the same time; return when all are done."""
    with ThreadPoolExecutor(len(deeds)) as threads:
        for done in [threads.submit(deed) for deed in deeds]:
            done.result()


def wait_until(is_so: Callable[[], bool], patience_s: float) -> bool:
    """Return True once something is so, False when it is not in time."""
    deadline = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True

"""What a set of processes and their children use: processor time, and memory at its peak."""

import threading
from collections.abc import Callable, Iterable
from types import TracebackType

import psutil

SAMPLE_S = 0.1
MIB = 1024 * 1024

Family = Callable[[], Iterable[psutil.Process]]


def trees(pids: Iterable[int]) -> Family:
    """Return what finds these processes and all their children."""
    roots = [psutil.Process(pid) for pid in pids]
    return lambda: [member for root in roots for member in (root, *root.children(recursive=True))]


def children(name: str) -> Family:
    """Return what finds our own children of that name."""
    return lambda: [child for child in psutil.Process().children() if _name(child) == name]


class Usage:
    """A context that measures processes while it lasts; memory is the sum of their proportional set sizes."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self.cpu_s = 0.0
        self.peak_mib = 0.0

    def __enter__(self) -> "Usage":
        self._begun_s = self._spent_s()
        self._sampler.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cpu_s = self._spent_s() - self._begun_s
        self._done.set()
        self._sampler.join()

    def _spent_s(self) -> float:
        """Return the processor time of all that live, with what those have left them that do not."""
        return sum(sum(member.cpu_times()[:4]) for member in self._family())

    def _sample(self) -> None:
        while True:
            held = 0
            for member in self._family():
                try:
                    held += member.memory_full_info().pss
                except psutil.Error:
                    # It ended meanwhile.
                    continue
            self.peak_mib = max(self.peak_mib, held / MIB)
            if self._done.wait(SAMPLE_S):
                return


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""

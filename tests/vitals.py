"""How a server is: its memory, open files and processes, and what it leaves lying about."""

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from tests import pictures
from tests.mutation_client import Failed, Visitor
from tests.server import RunningServer

EVERY = 50
WARM_FILES = 200
MOST_GROWTH_MIB = 40
MOST_NEW_DESCRIPTORS = 16
MIB = 1024 * 1024


class Vitals:
    """Samples a server while it works and compares at the end."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._process = psutil.Process(server.process.pid)
        self._descriptors = self._process.num_fds()
        self._children = len(self._process.children(recursive=True))
        self._samples: list[tuple[int, float]] = []
        self._largest_child_mib = 0.0

    def sample(self, files: int) -> None:
        """Note the memory now and then."""
        if files % EVERY:
            return
        self._samples.append((files, self._process.memory_info().rss / MIB))
        for child in self._process.children(recursive=True):
            try:
                self._largest_child_mib = max(self._largest_child_mib, child.memory_info().rss / MIB)
            except psutil.NoSuchProcess:
                continue

    @property
    def growth_mib(self) -> float:
        """How many MiB a thousand files add to the server once it is warm; 0 when there were too few to tell."""
        warm = [sample for sample in self._samples if sample[0] > WARM_FILES]
        if len(warm) < 10:
            return 0.0
        middle = sum(files for files, _ in warm) / len(warm)
        spread = sum((files - middle) ** 2 for files, _ in warm)
        return 1_000 * sum((files - middle) * rss for files, rss in warm) / spread

    async def afterwards(self, visitor: Visitor) -> list[str]:
        """Return what is not as it should be once all is done; the server must still work."""
        problems = await _still_works(visitor)
        leftovers = await self._settled()
        if leftovers:
            problems.append(f"left in tmp: {leftovers}")
        if (descriptors := self._process.num_fds()) > self._descriptors + MOST_NEW_DESCRIPTORS:
            problems.append(f"{descriptors} files are open; {self._descriptors} were at the start")
        if (children := len(self._process.children(recursive=True))) > self._children:
            problems.append(f"there are {children} child processes; {self._children} were at the start")
        if self.growth_mib > MOST_GROWTH_MIB:
            problems.append(f"the server grows by {self.growth_mib:.0f} MiB in a thousand files")
        if "Traceback" in self._server.log.read_text():
            problems.append(f"the log tells of a failure: {_first_traceback(self._server.log.read_text())}")
        return problems

    def __str__(self) -> str:
        steps = [self._samples[len(self._samples) * step // 5][1] for step in range(5)] if self._samples else []
        rss = " → ".join(f"{mib:.0f}" for mib in (*steps, self._process.memory_info().rss / MIB))
        opened = self._process.num_fds()
        return (
            f"server: {rss} MiB, {self.growth_mib:+.1f} MiB per thousand files, {opened} open files "
            f"({self._descriptors} at the start); largest child seen: {self._largest_child_mib:.0f} MiB"
        )

    async def _settled(self) -> list[str]:
        """Wait until nothing is in the folder for unfinished files, or return what stays there."""
        folder = self._server.data_dir / "tmp"
        for _ in range(100):
            if not any(folder.iterdir()):
                return []
            await asyncio.sleep(0.1)
        return [path.name for path in folder.iterdir()]


@dataclass
class Memory:
    """What the server's own process has in memory: before the work, and at its highest since."""

    idle_bytes: int
    highest_bytes: int

    @property
    def growth_bytes(self) -> int:
        return self.highest_bytes - self.idle_bytes


@contextlib.contextmanager
def watched_memory(server: RunningServer, *, every_s: float = 0.01) -> Iterator[Memory]:
    """Look at the server's memory again and again while the context lasts; its children are left out."""
    process = psutil.Process(server.process.pid)
    idle = process.memory_info().rss
    memory, done = Memory(idle, idle), threading.Event()

    def watch() -> None:
        while not done.is_set():
            memory.highest_bytes = max(memory.highest_bytes, process.memory_info().rss)
            time.sleep(every_s)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield memory
    finally:
        done.set()
        watcher.join()


async def _still_works(visitor: Visitor) -> list[str]:
    try:
        code, image = await visitor.upload(pictures.jpeg(321, 123, seed=random.Random().randrange(10**6)), "last.jpg")
        return [] if image else [f"a good picture was refused at the end: {code}"]
    except Failed as failure:
        return [f"at the end: {failure}"]


def _first_traceback(log: str) -> str:
    return log[log.index("Traceback") :][:3_000]

"""What a decoder process does first and for each task. Imports nothing heavy: the server imports it too."""

import ctypes
import gc
import importlib
import math
import os
import resource
import signal
import sys
from dataclasses import dataclass
from typing import Any

from imaging.allocator import give_back_memory, keep_few_heaps
from imaging.errors import ImagingError

PR_SET_PDEATHSIG = 1
CPU_MARGIN_S = 10

# The server goes first: a list is not to wait for pictures that a batch wants. More would starve beside strangers.
NICENESS = 5

# Address space that threads and allocators reserve without using it.
RESERVED_BYTES = 256 * 1024 * 1024

# Threads that come and go leave arenas behind; they fill most of what is reserved for them, and no more.
SPARE_SPACE_BYTES = 192 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a deed: its value, or why it was refused. `has_grown`: the process is to be replaced."""

    value: Any  # what the deed returns
    refusal: ImagingError | None
    has_grown: bool

    def result(self) -> Any:  # what the deed returns
        """Return the value.

        Raises:
            ImagingError: the deed was refused.
        """
        if self.refusal is not None:
            raise self.refusal
        return self.value


@dataclass
class _Measure:
    """What this process used when it had done nothing yet, and what it may keep of finished deeds."""

    space_bytes: int = 0
    resident_bytes: int = 0
    spare_bytes: int = 0


_idle = _Measure()


def begin(memory_bytes: int, spare_bytes: int, threads: int, parent_pid: int) -> None:
    """Put on the harness: die with the parent, go behind it, no core dumps, bounded memory; then warm the libraries."""
    _die_with_parent(parent_pid)
    os.nice(NICENESS)
    # Stopped in the middle of a codec, Python's handler would never run: die at once instead.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _set_environment(threads)
    importlib.import_module("imaging.render.child").warm()
    _idle.space_bytes, _idle.resident_bytes = _memory()
    _idle.spare_bytes = spare_bytes
    _limit_memory(memory_bytes)


def ready() -> int:
    """Tell that this process works; returns its id."""
    return os.getpid()


def run(deed: str, deadline_s: float, *args: object) -> Outcome:
    """Do `module:function`, with the processor time of the deadline as a backstop."""
    threads = int(os.environ["VIPS_CONCURRENCY"]) + 1
    _limit_processor_time(math.ceil(deadline_s * threads) + CPU_MARGIN_S)
    try:
        value, refusal = importlib.import_module("imaging.render.child").call(deed, *args), None
    except ImagingError as error:
        # Without its traceback, whose frames would keep the pixels.
        value, refusal = None, error.with_traceback(None)
    return Outcome(value, refusal, _has_grown())


def _has_grown() -> bool:
    space_bytes, resident_bytes = _memory()
    if resident_bytes - _idle.resident_bytes > _idle.spare_bytes:
        # What was freed is often still held by the allocator.
        gc.collect()
        give_back_memory()
        space_bytes, resident_bytes = _memory()
    kept_bytes, kept_space_bytes = resident_bytes - _idle.resident_bytes, space_bytes - _idle.space_bytes
    return kept_bytes > _idle.spare_bytes or kept_space_bytes > SPARE_SPACE_BYTES


def _die_with_parent(parent_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        # It died before we asked to be told.
        os._exit(1)


def _set_environment(threads: int) -> None:
    keep_few_heaps()
    os.environ.pop("VIPS_UNLIMITED", None)
    os.environ.update(
        VIPS_CONCURRENCY=str(threads),
        VIPS_WARNING="0",
        # Never spill to the disk: what does not fit in memory is too complex.
        VIPS_DISC_THRESHOLD="1t",
        OPENBLAS_NUM_THREADS="1",
    )


def _limit_memory(memory_bytes: int) -> None:
    """Allow so much address space above what the idle process has: libvips maps what it allocates."""
    limit = _idle.space_bytes + memory_bytes + RESERVED_BYTES
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _memory() -> tuple[int, int]:
    """Return the bytes of address space and of memory that this process has; 0 where nobody tells."""
    try:
        with open("/proc/self/statm", encoding="ascii") as pages:  # noqa: PTH123
            space, resident = pages.read().split()[:2]
    except OSError:
        return 0, 0
    return int(space) * resource.getpagesize(), int(resident) * resource.getpagesize()


def _limit_processor_time(allowance_s: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent_s = math.ceil(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent_s + allowance_s, hard))

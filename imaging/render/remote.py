"""What a decoder process does first and for each task. Imports nothing heavy: the server imports it too."""

import ctypes
import importlib
import math
import os
import resource
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
M_ARENA_MAX = -8
CPU_MARGIN_S = 10

# Address space that threads and allocators reserve without using it.
RESERVED_BYTES = 256 * 1024 * 1024


def begin(memory_bytes: int, threads: int, parent_pid: int) -> None:
    """Put on the harness: die with the parent, no core dumps, bounded memory; then load and warm the libraries."""
    _die_with_parent(parent_pid)
    # Stopped in the middle of a codec, Python's handler would never run: die at once instead.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _set_environment(threads)
    importlib.import_module("imaging.render.child").warm()
    _limit_memory(memory_bytes)


def ready() -> int:
    """Tell that this process works; returns its id."""
    return os.getpid()


def run(deed: str, deadline_s: float, *args: object) -> Any:  # what the deed returns
    """Do `module:function`, with the processor time of the deadline as a backstop."""
    threads = int(os.environ["VIPS_CONCURRENCY"]) + 1
    _limit_processor_time(math.ceil(deadline_s * threads) + CPU_MARGIN_S)
    return importlib.import_module("imaging.render.child").call(deed, *args)


def _die_with_parent(parent_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        # It died before we asked to be told.
        os._exit(1)


def _set_environment(threads: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
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
    limit = _address_space() + memory_bytes + RESERVED_BYTES
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _address_space() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as pages:  # noqa: PTH123
            return int(pages.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _limit_processor_time(allowance_s: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent_s = math.ceil(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent_s + allowance_s, hard))

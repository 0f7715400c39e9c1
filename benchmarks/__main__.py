"""Run the benchmarks, print tables, write JSON: `python -m benchmarks`, one part: `python -m benchmarks render`."""

import sys
import time
from collections.abc import Callable

from benchmarks import batches, beside, crowd, duplicates, estimates, memory, over_http, queues, render, subscribers
from benchmarks.table import keep, told

SUITES: dict[str, Callable[[], str]] = {
    "render": render.measure,
    "memory": lambda: told("memory", memory.measure()),
    "crowd": lambda: told("crowd", crowd.measure()),
    "http": lambda: told("http", over_http.measure()),
    "batches": lambda: told("batches", batches.measure()),
    "beside": lambda: told("beside", beside.measure()),
    "subscribers": lambda: told("subscribers", subscribers.measure()),
    "duplicates": lambda: told("duplicates", duplicates.measure()),
    "estimates": estimates.measure,
    "queues": queues.measure,
}


def main(names: list[str]) -> None:
    """Run the named suites, or all, and keep their tables in the README."""
    for name in names or list(SUITES):
        begun = time.perf_counter()
        print(f"{name} …", file=sys.stderr, flush=True)
        table = SUITES[name]()
        print(f"{table}\n", flush=True)
        keep(name, table)
        print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Run the benchmarks, print a table, write JSON: `python -m benchmarks` or `make bench`."""

import sys
import time

from benchmarks import memory, over_http, render
from benchmarks.table import keep, markdown, write

SUITES = {"render": render.measure, "memory": memory.measure, "http": over_http.measure}


def main(names: list[str]) -> None:
    """Run the named suites, or all."""
    rows = []
    for name in names or list(SUITES):
        begun = time.perf_counter()
        print(f"{name} …", file=sys.stderr, flush=True)
        measured = SUITES[name]()
        rows += measured
        write(name, measured)
        print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    table = markdown(rows)
    print(table)
    if not names:
        keep(table)


if __name__ == "__main__":
    main(sys.argv[1:])

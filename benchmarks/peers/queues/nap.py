"""The job that all queues do: a nap, of which its beginning and its end are written down.

It knows none of the queues and nothing of imaging: each of them imports it in an environment of its own.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator

REDIS_URL, ROWS_URL = os.environ.get("NAP_REDIS", ""), os.environ.get("NAP_ROWS", "")
QUEUE, LOG = os.environ.get("NAP_QUEUE", ""), os.environ.get("NAP_LOG", "")
# How long after the death of a worker its jobs are to be somebody else's; None: as the queue is shipped.
LEASE_S = float(os.environ["NAP_LEASE_S"]) if "NAP_LEASE_S" in os.environ else None
AT_ONCE = 8


async def nap(name: str, seconds: float) -> None:
    """Sleep for so long, and tell when it begins and ends."""
    note("begun", name)
    await asyncio.sleep(seconds)
    note("ended", name)


async def orders() -> AsyncIterator[tuple[int, int, float]]:
    """Yield what is to be asked for, as it is typed: the first number, how many naps, and how many seconds each."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        first, count, seconds = line.split()
        note("asked", first)
        yield int(first), int(count), float(seconds)
        note("taken", first)


def note(what: str, name: str) -> None:
    """Write down what happened; one write, so that several processes can share the file."""
    line = f"{what} {name} {os.getpid()} {time.monotonic()}\n"
    file = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)

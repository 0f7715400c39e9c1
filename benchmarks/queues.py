"""Job queues beside each other: what a kill -9 costs, what a flushed Redis loses, and how long a thousand jobs take."""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.peers import install
from benchmarks.queue_sides import OURS, PATIENCE_S, SAQ, STREAQ, Queue, Side, running, side_by_side, sides, wait_until
from benchmarks.table import write
from imaging import database
from imaging.journal.jobs import LEASE_S
from tests.postgres import apart, running_postgres
from tests.redis import RedisServer, running_redis

WORKERS = 2
SPEEDS, SPED = 2, 1_000
FLUSHED, FLUSHED_NAP_S, QUIET_S, MORE = 300, 2.0, 20, 10
FLUSHED_FIRST = SPEEDS * SPED
KILLS, KILL_PATIENCE_S, KILLED_NAP_S = 3, 130, 2.0
LONG_NAP_S, LONG_PATIENCE_S = 20.0, 30


@dataclass
class Found:
    """What was found of one side; of kills, None stands for a job that nobody began again."""

    side: Side
    rerun_s: list[float | None] = field(default_factory=list)
    killed_twice: int = 0
    long: str = ""
    thousand_s: list[float] = field(default_factory=list)
    flushed_of: int | None = None
    flushed_lost: int | None = None
    flushed_twice: int | None = None
    works_on: bool | None = None


def measure() -> str:
    """Measure, write `results/queues.json`, and return the table."""
    with tempfile.TemporaryDirectory() as name, running_postgres() as postgres, running_redis() as redis:
        rows = postgres.create("queues")
        apart(database.migrate(rows))
        place = (Path(name), {"NAP_REDIS": redis.url, "NAP_ROWS": rows})
        found = [Found(side) for side in sides(int(LEASE_S))]
        shipped = [each for each in found if each.side.lease_s is None]
        _tell("a thousand jobs")
        with running([each.side for each in shipped], WORKERS, "flush", *place) as queues:
            pairs = list(zip(shipped, queues, strict=True))
            for first in range(0, SPEEDS * SPED, SPED):
                for each, queue in pairs:
                    each.thousand_s.append(_thousand(queue, first))
            _tell("a flushed Redis")
            _flush(pairs, redis)
        _tell("kills")
        with running([each.side for each in found], KILLS + 1, "kill", *place) as queues:
            side_by_side([partial(_kill, each, queue) for each, queue in zip(found, queues, strict=True)])
    write("queues", report(found))
    return markdown(found)


def _thousand(queue: Queue, first: int) -> float:
    """Return the seconds from the first asking to the last end, of jobs that do nothing."""
    queue.ask(first, SPED, 0)
    if not wait_until(lambda: len(queue.times("ended", first)) >= SPED, PATIENCE_S):
        raise RuntimeError(f"{queue.side.title} has lost some of {SPED} jobs without any harm")
    [asked] = queue.notes("asked", first)
    return max(note.at_s for note in queue.notes("ended", first)) - asked.at_s


def _flush(pairs: Sequence[tuple[Found, Queue]], redis: RedisServer) -> None:
    """Forget all that Redis knows while jobs wait in it, all sides at the same moment."""
    side_by_side([partial(queue.ask, FLUSHED_FIRST, FLUSHED, FLUSHED_NAP_S) for _, queue in pairs])
    for found, queue in pairs:
        found.flushed_of = FLUSHED - len(queue.times("ended", FLUSHED_FIRST))
    redis.ask("FLUSHALL")
    side_by_side([partial(_after_flush, found, queue) for found, queue in pairs])


def _after_flush(found: Found, queue: Queue) -> None:
    _until_quiet(queue)
    ended = queue.times("ended", FLUSHED_FIRST)
    found.flushed_lost = FLUSHED - len(ended)
    found.flushed_twice = sum(count > 1 for count in ended.values())
    first = FLUSHED_FIRST + FLUSHED
    queue.ask(first, MORE, 0)
    found.works_on = wait_until(lambda: len(queue.times("ended", first)) >= MORE, QUIET_S)


def _kill(found: Found, queue: Queue) -> None:
    """Kill one worker after the other, each in the middle of a job; then leave the last alone with a long one."""
    killed_s = []
    for number in range(KILLS):
        queue.ask(number, 1, KILLED_NAP_S)
        wait_until(lambda number=number: number in queue.times("begun"), PATIENCE_S)
        begun = next(note for note in queue.notes("begun") if note.name == number)
        next(worker for worker in queue.workers if worker.pid == begun.pid).kill()
        killed_s.append(time.monotonic())
    wait_until(lambda: all(queue.times("begun")[number] > 1 for number in range(KILLS)), KILL_PATIENCE_S)
    time.sleep(2 * KILLED_NAP_S)
    for number, at_s in enumerate(killed_s):
        again = [note.at_s for note in queue.notes("begun") if note.name == number][1:]
        found.rerun_s.append(again[0] - at_s if again else None)
    ended = queue.times("ended")
    found.killed_twice = sum(ended[number] > 1 for number in range(KILLS))
    _leave_alone(found, queue)


def _leave_alone(found: Found, queue: Queue) -> None:
    queue.ask(KILLS, 1, LONG_NAP_S)
    ended = wait_until(lambda: bool(queue.times("ended", KILLS)), LONG_PATIENCE_S)
    begun = queue.times("begun", KILLS)[KILLS]
    found.long = f"{'done' if ended else 'cut off'}, begun {'once' if begun == 1 else f'{begun} times'}"


def _until_quiet(queue: Queue) -> None:
    """Return when nothing has ended for a while."""
    while True:
        before = len(queue.notes("ended", 0))
        if not wait_until(lambda before=before: len(queue.notes("ended", 0)) > before, QUIET_S):
            return


def report(found: Sequence[Found]) -> dict[str, Any]:  # Any: what JSON can say
    """Return what was found as JSON has it."""
    return {
        "versions": {name: install.pinned(name) for name in (STREAQ, SAQ)},
        "lease_s": {OURS: LEASE_S},
        "sides": [asdict(each) | {"side": each.side.title} for each in found],
    }


def markdown(found: Sequence[Found]) -> str:
    """Return what was found as a Markdown table: a column for each side."""
    rows = [
        ("", [each.side.title for each in found]),
        ("---", ["--:"] * len(found)),
        ("from kill -9 to being begun again, s", [_kills(each.rerun_s) for each in found]),
        (f"of {KILLS} jobs killed once, lost", [str(each.rerun_s.count(None)) for each in found]),
        ("of them, ended twice", [str(each.killed_twice) for each in found]),
        (f"a job of {LONG_NAP_S:.0f} s, nobody killed", [each.long for each in found]),
        (f"{SPED:,} jobs that do nothing, s", [_median(each.thousand_s) for each in found]),
        ("Redis flushed: jobs not done by then", [_number(each.flushed_of) for each in found]),
        ("Redis flushed: of them, lost", [_number(each.flushed_lost) for each in found]),
        ("Redis flushed: ended twice", [_number(each.flushed_twice) for each in found]),
        ("Redis flushed: new jobs are done", [_yes(each.works_on) for each in found]),
    ]
    versions = ", ".join(f"{name} {install.pinned(name)}" for name in (STREAQ, SAQ))
    return "\n".join(f"| {title} | {' | '.join(cells)} |" for title, cells in rows) + f"\n\nWith {versions}."


def _kills(seconds: Sequence[float | None]) -> str:
    return ", ".join(sorted("never" if each is None else f"{each:.1f}" for each in seconds))


def _median(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.1f}" if seconds else ""


def _number(count: int | None) -> str:
    return "" if count is None else str(count)


def _yes(is_so: bool | None) -> str:
    return "" if is_so is None else "yes" if is_so else "no"


def _tell(what: str) -> None:
    print(f"  {what} …", file=sys.stderr, flush=True)

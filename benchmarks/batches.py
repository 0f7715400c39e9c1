"""A batch over very many rows that does nothing to any: what it takes, its memory, and how soon it is cancelled."""

import asyncio
import contextlib
import datetime
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import Row, at_most
from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.batches.models import Batch, BatchState
from imaging.batches.repertoire import NOTHING
from imaging.images.filter import ImageFilter
from imaging.images.models import Image
from imaging.journal import jobs
from imaging.journal.models import Job
from tests.batches.office import Office, open_office
from tests.rows import image_row
from tests.server import environment

MANY = 1_000_000
MOST_MIB = 200
MOST_CANCEL_MS = 1_000
LONGEST_S = 3_600
PATIENCE_S = 120
LOOK_S = 0.02

_MADE_UP = {
    "id": "printf('%08x-0000-4000-8000-%012x', i * 2654435761 % 4294967296, i)",
    "sha256": "printf('%064x', i)",
    "created_at": "strftime('%Y-%m-%d %H:%M:%S+00:00', 1600000000 + i, 'unixepoch')",
}


@dataclass(frozen=True)
class Found:
    """How a batch over all images went, in a process of its own; how long others took to be cancelled, by moment.

    Of cancelling there are two times: until the answer, after which no image is touched any more, and until the worker
    has noticed and is free.
    """

    total: int
    done: int
    planned_s: float
    ran_s: float
    peak_mib: float
    cancel_ms: dict[str, tuple[float, float]]

    @property
    def slowest_cancel_ms(self) -> float:
        """The longest that an answer took."""
        return max(answered_ms for answered_ms, _ in self.cancel_ms.values())


def measure() -> list[Row]:
    """Return how it goes with a million images, in SQLite as it is shipped."""
    found = run(MANY)
    if (found.total, found.done) != (MANY, MANY):
        raise RuntimeError(f"of {MANY} images {found.total} were listed and {found.done} done")
    return [
        at_most(
            f"memory of an `imaging worker` that runs a batch over {MANY:,} images", found.peak_mib, "MiB", MOST_MIB
        ),
        at_most(f"listing {MANY:,} images and doing nothing to each", found.planned_s + found.ran_s, "s", 600),
        *(
            at_most(f"cancelling {moment}; {free_ms:.0f} ms until the worker is free", ms, "ms", MOST_CANCEL_MS)
            for moment, (ms, free_ms) in found.cancel_ms.items()
        ),
    ]


def run(images: int) -> Found:
    """Make the rows, let a worker do one batch to its end, and cancel others at several moments."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder), images))


async def _run(folder: Path, images: int) -> Found:
    data_dir = folder / "data"
    url = f"sqlite://{data_dir / 'imaging.db'}"
    await database.migrate(url)
    await database.connect(url)
    try:
        user = await User.create(issuer="benchmarks", subject="owner")
        owner, office = Viewer(user.id, Role.EDITOR), open_office(LocalWakeups())
        await image_row(owner).save(force_create=True)
        await asyncio.to_thread(_copy, data_dir / "imaging.db", images)
        with _worker(folder, data_dir) as worker:
            await _put_off_upkeep()
            planned_s, ran_s, batch = await _whole(office, owner)
            cancel_ms = {moment: await _cancelled(office, owner, when) for moment, when in _moments(images).items()}
            peak_mib = _peak_mib(worker.pid)
        cancel_ms["in the server's own process"] = await _cancelled_here(office, owner)
    finally:
        await database.close()
    return Found(batch.total, batch.done, planned_s, ran_s, peak_mib, cancel_ms)


def _moments(images: int) -> dict[str, Callable[[Batch], bool]]:
    """Return when other batches are cancelled: in the middle is anywhere, and soon reached."""
    return {
        "at once": lambda _: True,
        "when the first images are listed": lambda batch: batch.total > 0,
        "in the middle of listing": lambda batch: batch.total >= images // 20,
        "in the middle": lambda batch: batch.done >= images // 20,
    }


async def _whole(office: Office, owner: Viewer) -> tuple[float, float, Batch]:
    """Let one batch be done; return the seconds that listing and doing took."""
    began_s = time.perf_counter()
    batch = await office.start(owner, NOTHING, where=ImageFilter())
    await _until(batch, lambda batch: batch.state is not BatchState.PLANNING)
    planned_s = time.perf_counter()
    await _until(batch, lambda batch: batch.finished_at is not None)
    return planned_s - began_s, time.perf_counter() - planned_s, batch


async def _cancelled(office: Office, owner: Viewer, when: Callable[[Batch], bool]) -> tuple[float, float]:
    """Return how many milliseconds it takes to cancel a batch at a moment: the answer, and until the worker is free."""
    batch = await office.start(owner, NOTHING, where=ImageFilter())
    await _until(batch, when)
    began_s = time.perf_counter()
    batch = await office.control.cancel(owner, batch.id)
    answered_s = time.perf_counter()
    assert batch.state is BatchState.CANCELLED
    await _soon(_is_nobody_at_work, LONGEST_S)
    return (answered_s - began_s) * 1000, (time.perf_counter() - began_s) * 1000


async def _cancelled_here(office: Office, owner: Viewer) -> tuple[float, float]:
    """Return the same of a batch that this very process works on, as a server by itself does."""
    batch = await office.start(owner, NOTHING, where=ImageFilter())
    working = asyncio.create_task(office.running.run(batch.id.hex))
    await _until(batch, lambda batch: batch.total > 0)
    began_s = time.perf_counter()
    await office.control.cancel(owner, batch.id)
    answered_s = time.perf_counter()
    await working
    return (answered_s - began_s) * 1000, (time.perf_counter() - began_s) * 1000


async def _put_off_upkeep() -> None:
    """Have nobody look for the originals of images that have none."""
    upkeep = Job.filter(kind=jobs.UPKEEP)
    await _soon(upkeep.exists, PATIENCE_S)
    await upkeep.update(run_after=datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1))


async def _until(batch: Batch, when: Callable[[Batch], bool]) -> None:
    async def reached() -> bool:
        await batch.refresh_from_db()
        return when(batch)

    await _soon(reached, LONGEST_S)


async def _is_nobody_at_work() -> bool:
    return not await Job.filter(kind=jobs.BATCH).exists()


async def _soon(is_so: Callable[[], Awaitable[bool]], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while True:
            if await is_so():
                return
            await asyncio.sleep(LOOK_S)


@contextlib.contextmanager
def _worker(folder: Path, data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `imaging worker`, whose memory is nobody else's."""
    command = [sys.executable, "-m", "imaging", "worker"]
    with subprocess.Popen(command, env=environment(data_dir, log_level="warning"), cwd=folder) as worker:
        try:
            yield worker
        finally:
            worker.terminate()


def _peak_mib(pid: int) -> float:
    """Return the most memory that a process has had."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def _copy(path: Path, images: int) -> None:
    """Copy the one row many times, each a second younger; rows first and indexes after them, which is quicker."""
    columns = list(Image._meta.fields_db_projection.values())
    values = ", ".join(_MADE_UP.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    numbers = f"WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {images - 1})"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'image' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        connection.execute(f'INSERT INTO "image" ({names}) {numbers} SELECT {values} FROM numbers, "image" ORDER BY 1')
        for _, sql in indexes:
            connection.execute(sql)

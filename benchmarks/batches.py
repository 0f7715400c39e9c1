"""A batch over very many rows that does nothing to any: what listing and counting take, and the process's memory."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tortoise.connection import get_connection

from benchmarks.table import Row, at_most
from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.batches.repertoire import NOTHING
from imaging.images.filter import ImageFilter
from imaging.images.models import Image
from tests.batches.office import Office, open_office
from tests.rows import image_row

MANY = 1_000_000
MOST_MIB = 200
MOST_CANCEL_MS = 1_000

_MADE_UP = {
    "id": "printf('%08x-0000-4000-8000-%012x', i * 2654435761 % 4294967296, i)",
    "sha256": "printf('%064x', i)",
    "created_at": "strftime('%Y-%m-%d %H:%M:%S+00:00', 1600000000 + i, 'unixepoch')",
}


def measure() -> list[Row]:
    """Return how it goes with a million images, in SQLite as it is shipped."""
    found = in_a_process(MANY)
    return [
        at_most(f"memory of a process that runs a batch over {MANY:,} images", found["peak_mib"], "MiB", MOST_MIB),
        at_most("listing and doing nothing to each", found["took_s"], "s", 600),
        at_most("cancelling in the middle", found["cancel_ms"], "ms", MOST_CANCEL_MS),
    ]


def in_a_process(images: int) -> dict[str, float]:
    """Run it in a process of its own, whose memory is nobody else's."""
    command = [sys.executable, "-m", "benchmarks.batches", str(images)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def run(images: int) -> dict[str, float]:
    """Make the rows, do one batch to its end, cancel another in the middle; return what it took."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite://{Path(folder) / 'rows.db'}"
        await database.migrate(url)
        await database.connect(url)
        try:
            user = await User.create(issuer="benchmarks", subject="owner")
            owner, office = Viewer(user.id, Role.EDITOR), open_office(LocalWakeups())
            await _make(owner, images)
            began_s = time.perf_counter()
            batch = await office.start(owner, NOTHING, where=ImageFilter())
            await office.running.run(batch.id.hex)
            await batch.refresh_from_db()
            took_s = time.perf_counter() - began_s
            cancel_ms = await _cancelled(office, owner)
        finally:
            await database.close()
    peak_mib = _peak_mib()
    return {"total": batch.total, "done": batch.done, "took_s": took_s, "cancel_ms": cancel_ms, "peak_mib": peak_mib}


def _peak_mib() -> float:
    """Return the most memory that this program has had; `getrusage` would count that of who started it, too."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


async def _make(owner: Viewer, images: int) -> None:
    """Copy one row many times, each a second younger."""
    await image_row(owner).save(force_create=True)
    columns = list(Image._meta.fields_db_projection.values())
    values = ", ".join(_MADE_UP.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    numbers = f"WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {images - 1})"
    copies = f'{numbers} SELECT {values} FROM numbers, (SELECT * FROM "image" LIMIT 1)'
    await get_connection("default").execute_script(f'INSERT INTO "image" ({names}) {copies};')


async def _cancelled(office: Office, owner: Viewer) -> float:
    """Return how many milliseconds it takes to cancel a batch that is in the middle."""
    batch = await office.start(owner, NOTHING, where=ImageFilter())
    working = asyncio.create_task(office.running.run(batch.id.hex))
    await asyncio.sleep(0.5)
    began_s = time.perf_counter()
    await office.control.cancel(owner, batch.id)
    took_ms = (time.perf_counter() - began_s) * 1000
    await working
    return took_ms


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(int(sys.argv[1])))))

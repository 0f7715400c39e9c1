"""Finding duplicates among very many images: rows without pixels, in SQLite as it is shipped."""

import asyncio
import random
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.table import Row, less_is_better, more_is_better
from imaging import database
from imaging.accounts.viewer import Role, Viewer
from imaging.images.duplicates import Duplicates
from imaging.images.likeness import BITS, MOST_BITS_APART, bits_apart
from imaging.images.models import Image

FEW, MANY = 1_000, 1_000_000
OWNERS = 100
LIKE_EVERY = 50
PAGE = 20
ROUNDS = 50
SEED = 7


@dataclass(frozen=True)
class _Took:
    """Milliseconds, the median of some rounds: for one image, for a page of twenty, for comparing a hash with all."""

    one_ms: float
    page_ms: float
    whole_ms: float


def measure() -> list[Row]:
    """Look for duplicates of images nobody has asked for before, among a thousand and among a million."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (asyncio.run(_look(Path(folder) / f"{count}.db", count)) for count in (FEW, MANY))
    of_one, of_page = "duplicates of an image among 1 000 000", "duplicates of a page of 20 among 1 000 000"
    return [
        more_is_better(f"{of_one}, against comparing all hashes", 1000 / many.one_ms, 1000 / many.whole_ms, "/s", 50),
        less_is_better(f"{of_one}, against 1 000", many.one_ms, few.one_ms, "ms", 1.5),
        less_is_better(f"{of_page}, against 1 000", many.page_ms, few.page_ms, "ms", 1.5),
    ]


async def _look(path: Path, count: int) -> _Took:
    print(f"  {count:,} images …", file=sys.stderr, flush=True)
    url = f"sqlite://{path}"
    await database.migrate(url)
    with closing(sqlite3.connect(path)) as connection:
        owners = _fill(connection, count)
        whole_ms = _compare_all(connection)
    await database.connect(url)
    try:
        viewer, chance = Viewer(owners[0], Role.EDITOR), random.Random(SEED)
        one = [await _timed(viewer, chance, 1) for _ in range(ROUNDS)]
        page = [await _timed(viewer, chance, PAGE) for _ in range(ROUNDS)]
    finally:
        await database.close()
    return _Took(statistics.median(one), statistics.median(page), whole_ms)


async def _timed(viewer: Viewer, chance: random.Random, count: int) -> float:
    images = await Image.filter(id__gte=uuid.UUID(int=chance.getrandbits(127))).order_by("id").limit(count)
    begun = time.perf_counter()
    await Duplicates().of(viewer, images)
    return (time.perf_counter() - begun) * 1000


def _compare_all(connection: sqlite3.Connection) -> float:
    begun = time.perf_counter()
    [(asked,)] = connection.execute("SELECT perceptual_hash FROM image LIMIT 1").fetchall()
    for (other,) in connection.execute("SELECT perceptual_hash FROM image"):
        bits_apart(asked, other)
    return (time.perf_counter() - begun) * 1000


def _fill(connection: sqlite3.Connection, count: int) -> list[uuid.UUID]:
    """Write images of many owners, each fiftieth like the one before it; return the owners."""
    owners = [uuid.UUID(int=number + 1, version=4) for number in range(OWNERS)]
    user = {"issuer": "benchmark", "name": "", "created_at": "2026-01-01 00:00:00"}
    with connection:
        for owner in owners:
            _insert(connection, "user", user | {"id": str(owner), "subject": str(owner)})
        # Rows first and indexes after them, which is quicker.
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'image' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        rows = _rows(connection, owners, count)
        first = next(rows)
        names, places = ", ".join(f'"{name}"' for name in first), ", ".join("?" * len(first))
        insert = f'INSERT INTO "image" ({names}) VALUES ({places})'
        connection.execute(insert, list(first.values()))
        connection.executemany(insert, (list(row.values()) for row in rows))
        for _, sql in indexes:
            connection.execute(sql)
    return owners


def _rows(connection: sqlite3.Connection, owners: Sequence[uuid.UUID], count: int) -> Iterator[dict[str, Any]]:
    """Give as many rows; Any: what the columns hold."""
    chance = random.Random(SEED)
    columns = connection.execute('PRAGMA table_info("image")').fetchall()
    usual = {
        name: 1 if "INT" in kind else "" for _, name, kind, needed, default, _ in columns if needed and not default
    }
    usual |= {"format": "JPEG", "state": "READY", "visibility": "PRIVATE", "palette": "[]", "metadata": "{}"}
    usual |= {"tags": "[]", "custom": "{}", "created_at": "2026-01-01 00:00:00", "updated_at": "2026-01-01 00:00:00"}
    hash = ""
    for number in range(count):
        hash = _like(hash, chance) if number % LIKE_EVERY == 1 else _hash(chance)
        unique = f"{chance.getrandbits(256):064x}"
        yield usual | {
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "owner_id": str(owners[number // 2 % OWNERS]),
            "visibility": "PUBLIC" if number % 4 == 0 else "PRIVATE",
            "sha256": unique,
            "pixel_hash": unique,
            "perceptual_hash": hash,
        }


def _hash(chance: random.Random) -> str:
    """Return a hash of which half the bits are set, as in those of pictures."""
    return f"{sum(1 << bit for bit in chance.sample(range(BITS), BITS // 2)):016x}"


def _like(hash: str, chance: random.Random) -> str:
    return f"{int(hash, 16) ^ sum(1 << bit for bit in chance.sample(range(BITS), MOST_BITS_APART - 1)):016x}"


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    names, places = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', list(row.values()))

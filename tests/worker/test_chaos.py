"""Real workers on a real PostgreSQL and a real Redis, all of which are killed: every job ends, once in its effect."""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imaging import database
from imaging.journal import jobs
from tests.databases import rows
from tests.postgres import PostgresServer, apart, made_postgres
from tests.redis import RedisServer, running_redis
from tests.worker.processes import WorkerProcess, begin

pytestmark = [pytest.mark.full, pytest.mark.sqlite_only("it brings its own PostgreSQL")]
JOBS, WAVES, WORKERS = 2_000, 12, 3
PATIENCE_S = 240


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    # Unlike for other tests, what was committed must survive a server that is stopped at once.
    with made_postgres() as server:
        server.settings = {"synchronous_commit": "on"}
        server.start()
        yield server


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


class Library:
    """Objects under many prefixes, some of which jobs are to remove."""

    def __init__(self, folder: Path, url: str) -> None:
        self.objects = folder / "objects"
        self.url = url
        self._random = random.Random(7)

    def promise(self, wave: int) -> None:
        """Promise to remove what is under some prefixes; beside each, another begins the same way and stays."""
        numbers = range(wave, JOBS, WAVES)
        for number in numbers:
            for prefix in (f"r/{number:04}", f"r/{number:04}x"):
                (self.objects / prefix).mkdir(parents=True)
                (self.objects / prefix / "a").write_bytes(b"x")

        async def write() -> None:
            await database.connect(self.url)
            async with database.transaction():
                for number in numbers:
                    kind = self._random.choice((jobs.BULK, jobs.INTERACTIVE))
                    await jobs.promise(jobs.REMOVE_OBJECTS, f"r/{number:04}/", priority=kind)
            await database.close()

        apart(write())

    def files(self) -> set[str]:
        return {path.parent.name for path in self.objects.rglob("a")}

    def left(self) -> int:
        return int(rows(self.url, "SELECT count(*) FROM job WHERE kind = 'remove-objects'")[0][0])


def test_no_job_is_lost_and_none_is_left_while_everything_is_killed(
    tmp_path: Path, postgres: PostgresServer, redis: RedisServer
) -> None:
    url = postgres.create("chaos")
    apart(database.migrate(url))
    library = Library(tmp_path / "data", url)
    chance = random.Random(11)

    def another() -> WorkerProcess:
        settings = {"database_url": url, "redis_url": redis.url, "decoder_processes": "1", "database_pool_size": "4"}
        return begin(tmp_path, tmp_path / "data", **settings)

    workers = [another() for _ in range(WORKERS)]
    try:
        for worker in workers:
            worker.until_ready()
        killed = 0
        for wave in range(WAVES):
            library.promise(wave)
            ready = [place for place, worker in enumerate(workers) if worker.is_ready]
            if ready:
                place = chance.choice(ready)
                assert workers[place].stop(signal.SIGKILL) == -signal.SIGKILL
                workers[place] = another()
                killed += 1
            if wave in (3, 8):
                redis.ask("FLUSHALL")
                redis.stop()
                redis.start()
            if wave == 6:
                postgres.stop(signal.SIGQUIT)
                postgres.start()
            time.sleep(1)
        deadline = time.monotonic() + PATIENCE_S
        while library.left():
            assert time.monotonic() < deadline, rows(url, "SELECT subject, attempts, last_error FROM job LIMIT 10")
            time.sleep(0.2)
        assert killed >= WAVES / 4
        assert library.files() == {f"{number:04}x" for number in range(JOBS)}
        for worker in workers:
            worker.until_ready()
        assert [worker.stop() for worker in workers] == [0] * WORKERS
    finally:
        for worker in workers:
            if worker.process.poll() is None:
                worker.stop(signal.SIGKILL)

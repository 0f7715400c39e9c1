"""Real workers on a real PostgreSQL and a real Redis, all of which are killed: every job ends, once in its effect."""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imaging import database
from tests.postgres import PostgresServer, apart, made_postgres
from tests.redis import RedisServer, running_redis
from tests.worker.holdings import Holdings
from tests.worker.processes import WorkerProcess, begin

pytestmark = [pytest.mark.full, pytest.mark.sqlite_only("it brings its own PostgreSQL")]
KILLS, WORKERS = 12, 3
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


class Shift:
    """Workers side by side: who is killed is followed by another."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._settings = settings
        self._chance = random.Random(11)
        self._workers = [self._another() for _ in range(WORKERS)]

    def until_ready(self) -> None:
        for worker in self._workers:
            worker.until_ready()

    def kill_one(self) -> None:
        """Kill one that does jobs, as if the power failed, as soon as there is one."""
        deadline = time.monotonic() + PATIENCE_S
        while not (ready := [place for place, worker in enumerate(self._workers) if worker.is_ready]):
            assert time.monotonic() < deadline, [worker.log.read_text() for worker in self._workers]
            time.sleep(0.05)
        place = self._chance.choice(ready)
        assert self._workers[place].stop(signal.SIGKILL) == -signal.SIGKILL
        self._workers[place] = self._another()

    def stop(self) -> list[int]:
        """Tell all to stop; return their exit codes."""
        return [worker.stop() for worker in self._workers]

    def close(self) -> None:
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.stop(signal.SIGKILL)

    def _another(self) -> WorkerProcess:
        return begin(self._folder, self._folder / "data", **self._settings)


def test_no_job_is_lost_and_each_has_its_effect_once_while_everything_is_killed(
    tmp_path: Path, postgres: PostgresServer, redis: RedisServer
) -> None:
    url = postgres.create("chaos")
    apart(database.migrate(url))
    holdings = Holdings(tmp_path / "data", url)
    holdings.fill()
    few = {"decoder_processes": "1", "database_pool_size": "4"}
    shift = Shift(tmp_path, database_url=url, redis_url=redis.url, **few)
    try:
        shift.until_ready()
        for kill in range(KILLS):
            shift.kill_one()
            if kill in (3, 8):
                redis.ask("FLUSHALL")
                redis.stop()
                redis.start()
            if kill == 6:
                postgres.stop(signal.SIGQUIT)
                postgres.start()
                holdings.lose_some()
            holdings.move_on()
            time.sleep(1)
        deadline = time.monotonic() + PATIENCE_S
        while not holdings.move_on():
            assert time.monotonic() < deadline, holdings.what_is_left()
            time.sleep(0.2)
        holdings.check_uploads()
        holdings.check_batches()
        shift.until_ready()
        assert shift.stop() == [0] * WORKERS
    finally:
        shift.close()

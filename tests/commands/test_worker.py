"""`imaging worker` does jobs beside a server, and ends when told to."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imaging import database
from imaging.journal import jobs
from tests.databases import rows
from tests.postgres import apart
from tests.server import environment, imaging, running_server
from tests.worker.processes import begin

PATIENCE_S = 60


def promise(url: str, folder: Path, *subjects: str) -> None:
    """Promise to remove objects that are there."""

    async def write() -> None:
        await database.connect(url)
        for subject in subjects:
            (folder / "objects" / subject).mkdir(parents=True)
            (folder / "objects" / subject / "a").write_bytes(b"x")
            await jobs.promise(jobs.REMOVE_OBJECTS, f"{subject}/")
        await database.close()

    apart(write())


def ask_for_upkeep_of_the_index(url: str) -> None:
    async def write() -> None:
        await database.connect(url)
        await jobs.promise(jobs.UPKEEP_SEARCH, "reindex-drift")
        await database.close()

    apart(write())


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_does_jobs_until_a_signal_ends_it_with_success(number: int, tmp_path: Path, database_url: str) -> None:
    worker = begin(tmp_path, tmp_path / "data", database_url=database_url).until_ready()
    promise(database_url, tmp_path / "data", "r/one", "r/two")
    until(lambda: rows(database_url, "SELECT id FROM job WHERE kind = 'remove-objects'") == [])
    assert not [path for path in (tmp_path / "data" / "objects").rglob("*") if path.is_file()]
    started = time.monotonic()
    assert worker.stop(number) == 0
    assert time.monotonic() - started < 30
    assert "Traceback" not in worker.log.read_text()


def test_a_server_without_an_embedded_worker_leaves_jobs_to_others_but_those_of_its_index(tmp_path: Path) -> None:
    with running_server(tmp_path, embedded_worker="false") as server:
        promise(server.database_url, server.data_dir, "r/one")
        ask_for_upkeep_of_the_index(server.database_url)
        time.sleep(3)
        until(lambda: rows(server.database_url, "SELECT task FROM upkeep_run") == [("reindex-drift",)])
        assert len(rows(server.database_url, "SELECT id FROM job WHERE kind = 'remove-objects'")) == 1
        worker = begin(tmp_path, server.data_dir, database_url=server.database_url).until_ready()
        until(lambda: rows(server.database_url, "SELECT id FROM job WHERE kind = 'remove-objects'") == [])
        assert worker.stop() == 0
        assert server.stop() == 0


def test_production_refuses_a_worker_on_development_s_habits(tmp_path: Path) -> None:
    done = imaging("worker", env=environment(tmp_path / "data", mode="production"), cwd=tmp_path)
    assert done.returncode == 1
    assert "IMAGING_SIGNING_KEYS" in done.stderr

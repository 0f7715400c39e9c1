"""`imaging worker` tells what it did, where it is told to."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.series import Series
from tests.server import environment, imaging
from tests.worker.processes import WorkerProcess, begin

PATIENCE_S = 60
ADDRESS = re.compile(r"^Metrics\s+(http://\S+)$", re.MULTILINE)


@pytest.fixture
def worker(tmp_path: Path, database_url: str) -> Iterator[WorkerProcess]:
    worker = begin(tmp_path, tmp_path / "data", database_url=database_url, worker_metrics_port="0").until_ready()
    yield worker
    assert worker.stop() == 0
    assert "Traceback" not in worker.log.read_text()


def address(worker: WorkerProcess) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while (found := ADDRESS.search(worker.log.read_text())) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found[1]


def test_a_worker_tells_what_it_did_itself_and_no_stranger(worker: WorkerProcess) -> None:
    url = address(worker)
    assert url.startswith("http://127.0.0.1:")
    told = Series(httpx.get(url, timeout=30).text)
    assert told.value("imaging_jobs_total", kind="remove-objects", outcome="done") == 0
    assert told.value("imaging_rows_readable") is None
    for headers in (
        {"Host": "worker.test"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Authorization": "Bearer nonsense", "Via": "x"},
    ):
        assert httpx.get(url, headers=headers, timeout=30).status_code == 401
    assert httpx.get(url.removesuffix("/metrics"), timeout=30).status_code in (400, 404)


def test_a_port_that_is_taken_is_told_by_the_name_of_its_setting(tmp_path: Path, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        env = environment(tmp_path / "data", database_url=database_url, worker_metrics_port=port)
        done = imaging("worker", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "IMAGING_WORKER_METRICS_PORT" in done.stderr

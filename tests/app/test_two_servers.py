"""Two servers on one PostgreSQL and one Redis: what happens at one is told by the other."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imaging import database
from tests import pictures
from tests.commands.test_serve import subscriber, upload
from tests.postgres import PostgresServer, apart, running_postgres
from tests.redis import RedisServer
from tests.server import RunningServer, running_server

pytestmark = [pytest.mark.full, pytest.mark.sqlite_only("it brings its own PostgreSQL")]


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def servers(
    tmp_path: Path, postgres: PostgresServer, redis_server: RedisServer
) -> Iterator[tuple[RunningServer, RunningServer]]:
    url = postgres.create("shared")
    apart(database.migrate(url))
    settings = {
        "database_url": url,
        "redis_url": redis_server.url,
        "redis_prefix": "two:",
        "signing_keys": f"a:{'x' * 32}",
    }
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    with running_server(tmp_path / "here", **settings) as here, running_server(tmp_path / "there", **settings) as there:
        yield here, there


def test_what_is_uploaded_at_one_server_is_told_by_the_other(
    servers: tuple[RunningServer, RunningServer], redis_server: RedisServer
) -> None:
    here, there = servers
    deadline = time.monotonic() + 60
    while redis_server.ask("PUBLISH two:wakeups hello") != ":2":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with subscriber(there, there.token()) as listening:
        time.sleep(1)
        for number in range(3):
            upload(here, pictures.jpeg(64, 48 + number), f"{number}.jpg")
            message = json.loads(listening.recv(30))
            while message["type"] == "ping":
                message = json.loads(listening.recv(30))
            assert message["type"] == "next"
            assert message["payload"]["data"]["imageEvents"]["cursor"]
    assert [server.stop() for server in servers] == [0, 0]

"""What a running server did can be read from /metrics, by who runs it."""

import asyncio
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from imaging import database
from imaging.journal import jobs
from tests import databases
from tests.postgres import apart
from tests.series import Series
from tests.server import RunningServer, running_server
from tests.transport.listening import EVENTS, PARTS, listening
from tests.transport.sockets import opened, send, subscribe, take

PATIENCE_S = 60
RUN = 'mutation { runUpkeep(input: {tasks: ["expire-uploads"]}) { userErrors { message } } }'
WATCH = 'subscription { imageEvents(after: "unknown") { kind } }'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("metrics"), within_s=90, trusted_proxies="127.0.0.1") as server:
        yield server


@pytest.fixture(scope="module")
def admin(server: RunningServer) -> dict[str, str]:
    return server.headers("admin")


def host(server: RunningServer) -> str:
    return server.url.removeprefix("http://")


def scrape(server: RunningServer) -> Series:
    response = httpx.get(f"{server.url}/metrics", timeout=30)
    assert response.status_code == 200
    return Series(response.text)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def promise_what_cannot_be_done(url: str) -> None:
    async def write() -> None:
        await database.connect(url)
        await jobs.promise(jobs.BATCH, "no batch has such an id")
        await database.close()

    apart(write())


def test_a_run_of_upkeep_and_a_job_that_fails_are_told(server: RunningServer, admin: dict[str, str]) -> None:
    url = server.env.get("IMAGING_DATABASE_URL", f"sqlite://{server.data_dir}/imaging.db")
    answer = httpx.post(f"{server.url}/graphql", json={"query": RUN}, headers=admin, timeout=30)
    assert answer.json() == {"data": {"runUpkeep": {"userErrors": []}}}
    until(lambda: bool(databases.rows(url, "SELECT task FROM upkeep_run")))
    promise_what_cannot_be_done(url)
    until(lambda: (scrape(server).value("imaging_jobs_total", kind="batch", outcome="retried") or 0) >= 1)
    told = scrape(server)
    task = {"task": "expire-uploads"}
    assert told.value("imaging_upkeep_runs_total", **task, outcome="succeeded") == 1
    assert told.value("imaging_upkeep_runs_total", **task, outcome="failed") == 0
    assert told.value("imaging_upkeep_duration_seconds_count", **task) == 1
    assert told.value("imaging_upkeep_looked_at_total", **task) == 0
    assert told.value("imaging_upkeep_last_run_succeeded", **task) == 1
    succeeded_at_s = told.value("imaging_upkeep_last_success_timestamp_seconds", **task)
    assert succeeded_at_s is not None
    assert abs(succeeded_at_s - time.time()) < 2 * PATIENCE_S
    assert told.value("imaging_job_queue_depth", kind="upkeep", state="scheduled") is not None
    assert told.value("imaging_rows_readable") == 1


@pytest.mark.parametrize(("accept", "transport"), [(EVENTS, "sse"), (PARTS, "multipart")])
async def test_who_listens_over_http_is_counted(
    server: RunningServer, admin: dict[str, str], accept: str, transport: str
) -> None:
    token = admin["Authorization"].removeprefix("Bearer ")
    async with listening(host(server), WATCH, accept, token) as listener:
        assert (await listener.answer())[0] == "next"
        assert (await asyncio.to_thread(scrape, server)).value("imaging_subscribers", transport=transport) == 1
    await asyncio.to_thread(until, lambda: scrape(server).value("imaging_subscribers", transport=transport) == 0)


async def test_who_listens_over_a_websocket_is_counted(server: RunningServer, admin: dict[str, str]) -> None:
    async with opened(host(server), admin) as socket:
        await send(socket, subscribe(WATCH))
        assert (await take(socket))["type"] == "next"
        assert (await asyncio.to_thread(scrape, server)).value("imaging_subscribers", transport="websocket") == 1
    await asyncio.to_thread(until, lambda: scrape(server).value("imaging_subscribers", transport="websocket") == 0)


@pytest.mark.parametrize(
    "headers",
    [{"Host": "pictures.test"}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Proto": "https"}, {"Via": "1.1 x"}],
)
def test_a_proxy_that_is_trusted_opens_nothing_to_strangers(server: RunningServer, headers: dict[str, str]) -> None:
    refused = httpx.get(f"{server.url}/metrics", headers=headers, timeout=30)
    assert (refused.status_code, refused.json()["code"]) == (401, "UNAUTHENTICATED")
    assert refused.headers["cache-control"] == "no-store"


def test_an_admin_may_read_it_from_anywhere(server: RunningServer, admin: dict[str, str]) -> None:
    asked = httpx.get(f"{server.url}/metrics", headers=admin | {"Host": "10.0.0.2:8000"}, timeout=30)
    assert asked.status_code == 200

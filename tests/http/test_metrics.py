"""/metrics is for who runs the server, and tells what it can."""

import uuid

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

from imaging import metrics
from imaging.accounts.viewer import ANONYMOUS, Role, Viewer
from imaging.errors import Unauthenticated
from imaging.http.metrics import Measure, Metrics, application
from tests.series import Series

HERE = {"peer": "127.0.0.1", "host": "localhost"}


async def admit(token: str | None) -> Viewer:
    if token == "wrong":
        raise Unauthenticated("The token is not accepted.")
    return Viewer(uuid.UUID(int=1), Role(token)) if token else ANONYMOUS


async def measure() -> None:
    metrics.show(metrics.JOB_QUEUE_DEPTH, {("batch", "due"): 3})


async def away() -> None:
    raise ConnectionRefusedError("the password is hunter2")


async def scrape(
    measure: Measure = measure,
    *,
    app: ASGIApp | None = None,
    peer: str = "10.0.0.1",
    host: str = "10.0.0.2:8000",
    token: str = "",
    **headers: str,
) -> httpx.Response:
    app = app or Starlette(routes=Metrics(admit, measure).routes())
    transport = httpx.ASGITransport(app, client=(peer, 1234))
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent |= {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        return await client.get("/metrics", headers=sent)


@pytest.mark.parametrize("asker", [HERE, {"token": "admin"}], ids=["this machine", "admin"])
async def test_those_who_run_it_are_told_every_series(asker: dict[str, str]) -> None:
    response = await scrape(**asker)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    told = Series(response.text)
    assert told.value("imaging_rows_readable") == 1
    assert told.value("imaging_job_queue_depth", kind="batch", state="due") == 3
    assert {"imaging_jobs", "imaging_upkeep_runs", "process_resident_memory_bytes"} <= told.names


@pytest.mark.parametrize(
    ("asker", "status"),
    [
        ({}, 401),
        ({"token": "wrong"}, 401),
        ({"token": "viewer"}, 403),
        ({"token": "editor"}, 403),
        ({"peer": "127.0.0.1", "host": "pictures.test"}, 401),
        ({"peer": "10.0.0.1", "host": "localhost"}, 401),
        (HERE | {"X_Forwarded_For": "127.0.0.1"}, 401),
        (HERE | {"X_Forwarded_Proto": "https"}, 401),
        (HERE | {"Forwarded": "for=127.0.0.1"}, 401),
        (HERE | {"X_Real_IP": "127.0.0.1"}, 401),
        (HERE | {"Via": "1.1 proxy"}, 401),
    ],
)
async def test_strangers_are_told_nothing_also_past_a_proxy(asker: dict[str, str], status: int) -> None:
    response = await scrape(**asker)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert "imaging_" not in response.text


async def test_what_needs_no_rows_is_told_when_they_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    await scrape(token="admin")
    response = await scrape(away, token="admin")
    told = Series(response.text)
    assert response.status_code == 200
    assert told.value("imaging_rows_readable") == 0
    assert told.value("imaging_job_queue_depth", kind="batch", state="due") is None
    assert told.value("imaging_subscribers", transport="sse") is not None
    assert "hunter2" not in response.text


async def test_a_process_that_reads_no_rows_tells_only_what_it_did_itself() -> None:
    told = Series((await scrape(app=application(admit), token="admin")).text)
    assert "imaging_jobs" in told.names
    assert told.names.isdisjoint({"imaging_rows_readable", "imaging_job_queue_depth"})

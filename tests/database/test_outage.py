"""A server whose database fails in the middle of uploads goes on by itself, and keeps what it acknowledged."""

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.databases import rows
from tests.pictures import jpeg
from tests.postgres import PostgresServer, made_postgres
from tests.server import RunningServer, running_server

UPLOADS = 60
PATIENCE_S = 120
UPLOAD = """mutation Upload($file: Upload!) {
  uploadImages(input: { files: [{ file: $file, visibility: PUBLIC }] }) {
    results { outcome image { id sha256 } userErrors { code message } }
  }
}"""
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'imaging'"


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    with made_postgres() as server:
        server.settings["synchronous_commit"] = "on"  # it is killed here, and must keep what it acknowledged
        server.start()
        yield server


@pytest.mark.full
def test_when_the_database_is_killed_and_restarted_in_the_middle_of_uploads_each_succeeds_when_tried_again(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.create("pictures")
    settings = {"database_url": url, "database_connect_timeout_s": "2", "decoder_processes": "2"}
    with running_server(tmp_path, within_s=90, **settings) as server:
        acknowledged, told = asyncio.run(_upload(server, postgres))
        assert len(acknowledged) == UPLOADS
        assert told <= {"OVERLOADED"}
        found = rows(url, "SELECT sha256, id, bytes_version FROM image")
        assert {sha256 for sha256, _, _ in found} == set(acknowledged)
        for sha256, id, version in found:
            original = server.data_dir / "objects" / "o" / id.hex / str(version)
            assert hashlib.sha256(original.read_bytes()).hexdigest() == sha256
        assert httpx.get(f"{server.url}/readyz", timeout=30).json()["status"] == "ready"
        assert rows(url, "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'") == [(0,)]
        ids = [id for (id,) in rows(url, "SELECT id FROM event ORDER BY id")]
        assert ids == sorted(set(ids))
        assert len(ids) == UPLOADS
        assert "internal error" not in server.log.read_text()


async def _upload(server: RunningServer, postgres: PostgresServer) -> tuple[dict[str, str], set[str]]:
    """Upload pictures until all are acknowledged; return sha256 → id, and the codes of what failed meanwhile."""
    acknowledged: dict[str, str] = {}
    told: set[str] = set()
    disasters = {UPLOADS // 4: _kill_backends, UPLOADS // 2: _restart}
    headers = server.headers("editor") | {"GraphQL-Require-Preflight": "1"}
    deadline = time.monotonic() + PATIENCE_S
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:

        async def upload(number: int) -> None:
            form = _form(jpeg(320, 200 + number, seed=number % 7))
            while time.monotonic() < deadline:
                answer = (await client.post("/graphql", files=form)).json()
                if (image := _image(answer, told)) is not None:
                    acknowledged[image["sha256"]] = image["id"]
                    if (disaster := disasters.pop(len(acknowledged), None)) is not None:
                        disaster(postgres)
                    return
                await asyncio.sleep(0.2)

        slots = asyncio.Semaphore(12)

        async def take_turn(number: int) -> None:
            async with slots:
                await upload(number)

        await asyncio.gather(*(take_turn(number) for number in range(UPLOADS)))
    assert disasters == {}
    return acknowledged, told


def _kill_backends(postgres: PostgresServer) -> None:
    for (pid,) in postgres.run(BACKENDS):
        with contextlib.suppress(ProcessLookupError):  # the others end with the first
            os.kill(pid, signal.SIGKILL)


def _restart(postgres: PostgresServer) -> None:
    postgres.stop()
    postgres.start()


def _form(body: bytes) -> dict[str, Any]:
    operations = json.dumps({"query": UPLOAD, "variables": {"file": None}})
    parts: dict[str, Any] = {"operations": (None, operations), "map": (None, '{"0": ["variables.file"]}')}
    return {**parts, "0": ("picture.jpg", body, "image/jpeg")}


def _image(answer: dict[str, Any], told: set[str]) -> dict[str, str] | None:
    told |= {error["extensions"]["code"] for error in answer.get("errors", [])}
    if not answer.get("data"):
        return None
    [result] = answer["data"]["uploadImages"]["results"]
    told |= {error["code"] for error in result["userErrors"]}
    image: dict[str, str] | None = result["image"]
    return image

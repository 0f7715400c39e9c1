"""What survives `kill -9` of the running server: everything that was acknowledged, and nothing else."""

import asyncio
import hashlib
import json
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import databases
from tests.pictures import jpeg
from tests.server import RunningServer, running_server, start

UPLOADS = 200
UPLOAD = """mutation Upload($file: Upload!, $title: String) {
  uploadImages(input: { files: [{ file: $file, title: $title, visibility: PUBLIC }] }) {
    results { outcome image { id sha256 } userErrors { code } }
  }
}"""


@pytest.mark.full
def test_after_a_kill_in_the_middle_of_uploads_all_that_was_acknowledged_is_whole_and_nothing_else_is_left(
    tmp_path: Path,
) -> None:
    first = start(tmp_path)
    acknowledged = asyncio.run(_upload_until_killed(first))
    assert 0 < len(acknowledged) < UPLOADS, "the kill was to come in the middle"

    with running_server(tmp_path) as server, _client(server) as client:
        rows = _rows(server)
        assert set(acknowledged) <= set(rows), "an acknowledged image is gone"
        _wait_until_searchable(client, len(rows))
        for sha256, key in rows.items():
            assert hashlib.sha256((server.data_dir / "objects" / key).read_bytes()).hexdigest() == sha256
        for word, identity in acknowledged.values():
            _check_image(client, word, identity)
        assert _originals(server) == set(rows.values()), "an object without its row, or a row without its object"
        assert list((server.data_dir / "tmp").iterdir()) == []


async def _upload_until_killed(server: RunningServer) -> dict[str, tuple[str, str]]:
    """Upload pictures all at once, kill the server in the middle; return sha256 → (title, id) of the acknowledged."""
    acknowledged: dict[str, tuple[str, str]] = {}
    bodies = [jpeg(320, 200 + number, seed=number % 7) for number in range(UPLOADS)]
    limits = httpx.Limits(max_connections=UPLOADS)
    headers = server.headers("editor") | {"GraphQL-Require-Preflight": "1"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, limits=limits, timeout=60) as client:

        async def upload(number: int) -> None:
            word = f"survivor{_letters(number)}"
            try:
                answer = await client.post("/graphql", files=_form(bodies[number], word))
            except httpx.TransportError:
                return
            result = answer.json()["data"]["uploadImages"]["results"][0]
            assert result["outcome"] == "CREATED", result
            acknowledged[result["image"]["sha256"]] = (word, result["image"]["id"])
            if len(acknowledged) == UPLOADS // 4:
                server.process.send_signal(signal.SIGKILL)

        await asyncio.gather(*(upload(number) for number in range(UPLOADS)))
    server.process.wait(10)
    return acknowledged


def _form(body: bytes, title: str) -> dict[str, Any]:
    operations = json.dumps({"query": UPLOAD, "variables": {"file": None, "title": title}})
    parts: dict[str, Any] = {"operations": (None, operations), "map": (None, '{"0": ["variables.file"]}')}
    return {**parts, "0": ("picture.jpg", body, "image/jpeg")}


def _letters(number: int) -> str:
    """Spell a number in letters far from each other, so that no two words are one typo apart."""
    return "".join("bdfhkmprtz"[int(digit)] * 3 for digit in f"{number:03}")


def _rows(server: RunningServer) -> dict[str, str]:
    """Return sha256 → object key of every image in the database."""
    found = databases.rows(server.database_url, "SELECT sha256, id, bytes_version FROM image")
    return {sha256: f"o/{str(identity).replace('-', '')}/{version}" for sha256, identity, version in found}


def _originals(server: RunningServer) -> set[str]:
    root = server.data_dir / "objects"
    return {str(path.relative_to(root)) for path in (root / "o").rglob("*") if path.is_file()}


def _client(server: RunningServer) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers=server.headers("editor"), timeout=60)


def _ask(client: httpx.Client, query: str, **variables: object) -> dict[str, Any]:
    answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def _wait_until_searchable(client: httpx.Client, expected: int) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if _ask(client, '{ searchImages(query: "") { totalCount } }')["searchImages"]["totalCount"] == expected:
            return
        time.sleep(0.1)
    raise AssertionError(f"not all of {expected} images became searchable")


def _check_image(client: httpx.Client, word: str, identity: str) -> None:
    query = """query Check($id: ID!, $word: String!) {
      image(id: $id) { state width height url(transform: { width: 100, format: JPEG }) }
      searchImages(query: $word) { edges { node { id } } }
    }"""
    told = _ask(client, query, id=identity, word=word)
    assert told["image"]["state"] == "READY"
    assert identity in [edge["node"]["id"] for edge in told["searchImages"]["edges"]]
    served = httpx.get(told["image"]["url"], timeout=30)
    assert served.status_code == 200
    assert served.headers["content-type"] == "image/jpeg"

"""The running server over HTTP: serving what is stored, and listing."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.client import load, request, target
from benchmarks.library import LIST, Library, visit
from benchmarks.peers.servers import free_port
from benchmarks.pictures import jpegs
from benchmarks.table import Row, more_is_better
from tests.server import running_server

SOURCES = 16
STORED_REQUESTS = 4_000
LIST_REQUESTS = 1_000
ROUNDS = 3


def measure() -> list[Row]:
    """Return the rows; each side has its turn after the other, on the same cores, with the same client."""
    with tempfile.TemporaryDirectory() as name, running_server(Path(name), log_level="warning") as server:
        photos = jpegs(Path(name) / "photos", SOURCES, 2040, 1360)
        library = visit(server)
        ids = [library.upload(path) for path in photos]
        return _against_starlette(library, ids, Path(name))


def _against_starlette(library: Library, ids: list[str], folder: Path) -> list[Row]:
    files = folder / "files"
    files.mkdir()
    urls = [library.url(identity, {"width": 640, "format": "WEBP"}) for identity in ids]
    for number, url in enumerate(urls):
        (files / f"{number}.webp").write_bytes(httpx.get(url, timeout=60).content)
    question = json.dumps({"query": LIST}).encode()
    accept = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
    answer = library.client.post("/graphql", content=question, headers=accept)
    (folder / "body.json").write_bytes(answer.content)
    token = {"Authorization": library.client.headers["authorization"]}
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bare", str(port), str(files), str(folder / "body.json")]
    with subprocess.Popen(command) as bare:
        try:
            _wait_for(port)
            stored = [request("GET", target(urls[n % SOURCES]), {}) for n in range(STORED_REQUESTS)]
            plain = [request("GET", f"/f/{n % SOURCES}.webp", {}) for n in range(STORED_REQUESTS)]
            ours_list = [request("POST", "/graphql", accept | token, question)] * LIST_REQUESTS
            bare_list = [request("POST", "/json", accept | token, question)] * LIST_REQUESTS
            own = library.server.port
            return [
                _turns("stored rendition, against Starlette's FileResponse", own, stored, port, plain, 0.8),
                _turns(
                    "list of 20 images, against Starlette returning the same bytes",
                    own,
                    ours_list,
                    port,
                    bare_list,
                    0.6,
                ),
            ]
        finally:
            bare.terminate()


def _turns(name: str, port: int, ours: list[bytes], bare_port: int, theirs: list[bytes], aim: float) -> Row:
    """Let both sides run in turns and keep the turn in the middle."""
    turns = [(load([port] * 2, ours).per_second, load([bare_port] * 2, theirs).per_second) for _ in range(ROUNDS)]
    mine, bare = sorted(turns, key=lambda turn: turn[0] / turn[1])[ROUNDS // 2]
    return more_is_better(name, mine, bare, "requests/s", aim)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/f/0.webp")
            return
        except httpx.ConnectError:
            time.sleep(0.05)
    raise RuntimeError("bare Starlette did not start")

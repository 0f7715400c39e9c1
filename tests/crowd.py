"""Eight pictures of a hundred megapixels asked for at once, and how much memory the server and its children take."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import psutil

from tests import pictures
from tests.server import RunningServer

SIDE = 10_000
TILE = 1_250
REQUESTS = 8
MIB = 1024 * 1024
UPLOAD = """mutation ($f: Upload!) { uploadImages(input: { files: [{ file: $f, visibility: PUBLIC }] }) {
  results { image { id } userErrors { code message } } } }"""
ADDRESS = "query ($id: ID!, $w: Int!) { image(id: $id) { url(transform: { width: $w, format: JPEG }) } }"


@dataclass(frozen=True)
class Crowd:
    """What became of one kind of file: the answers, how long all took, the most memory at once and that before."""

    kind: str
    statuses: tuple[int, ...]
    seconds: float
    peak_bytes: int
    idle_bytes: int
    retries_after: tuple[str, ...]


def draw(folder: Path) -> dict[str, Path]:
    """Draw a picture of a hundred megapixels of every kind; returns kind → file."""
    tile = pictures.scene(TILE, TILE).copy_memory()
    whole = tile.replicate(SIDE // TILE, SIDE // TILE)
    files = {kind: folder / kind.replace(" ", "-") for kind in ("JPEG", "progressive JPEG", "PNG")}
    whole.jpegsave(str(files["JPEG"]), Q=80)
    whole.jpegsave(str(files["progressive JPEG"]), Q=80, interlace=True)
    whole.pngsave(str(files["PNG"]), compression=1, filter=0x10)
    return files


def crowd(server: RunningServer, kind: str, file: Path) -> Crowd:
    """Upload the picture, ask for eight renditions of it at once, and watch the memory."""
    return asyncio.run(_crowd(server, kind, file))


def memory_bytes(server: RunningServer) -> int:
    """Return what the server and its children take together, shared pages counted once (PSS)."""
    try:
        process = psutil.Process(server.process.pid)
        return sum(_pss(child.pid) for child in (process, *process.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


async def _crowd(server: RunningServer, kind: str, file: Path) -> Crowd:
    headers = server.headers() | {"GraphQL-Require-Preflight": "1"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=300) as client:
        identity = await _upload(client, file)
        urls = [await _address(client, identity, 500 + number) for number in range(REQUESTS)]
        idle_bytes = memory_bytes(server)
        begun = time.monotonic()
        with _watched(server) as peak:
            answers = await asyncio.gather(*(client.get(url) for url in urls))
        seconds = time.monotonic() - begun
    statuses = tuple(answer.status_code for answer in answers)
    waits = tuple(answer.headers.get("retry-after", "") for answer in answers if answer.status_code == 503)
    return Crowd(kind, statuses, seconds, max(peak), idle_bytes, waits)


@contextmanager
def _watched(server: RunningServer) -> Iterator[list[int]]:
    seen = [0]
    over = Event()

    def watch() -> None:
        while not over.wait(0.03):
            seen.append(memory_bytes(server))

    thread = Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


async def _upload(client: httpx.AsyncClient, file: Path) -> str:
    operations = json.dumps({"query": UPLOAD, "variables": {"f": None}})
    parts: dict[str, Any] = {"operations": (None, operations), "map": (None, '{"0": ["variables.f"]}')}
    data = await asyncio.to_thread(file.read_bytes)
    answer = (await client.post("/graphql", files=parts | {"0": (file.name, data)})).json()
    [result] = answer["data"]["uploadImages"]["results"]
    assert result["image"], result
    identity: str = result["image"]["id"]
    return identity


async def _address(client: httpx.AsyncClient, identity: str, width: int) -> str:
    body = {"query": ADDRESS, "variables": {"id": identity, "w": width}}
    url: str = (await client.post("/graphql", json=body)).json()["data"]["image"]["url"]
    return url


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))

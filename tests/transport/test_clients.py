"""The public clients follow what happens through cut lines and a killed server: nothing missed, nothing doubled."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.npm import FRONT_END, NODE, install
from tests.pictures import jpeg
from tests.server import RunningServer, start

pytestmark = pytest.mark.full

PATIENCE_S = 60
UPLOAD = "mutation Add($f: Upload!) { uploadImages(input: { files: [{ file: $f }] }) { results { image { id } } } }"


class Passage:
    """A way to the server that can be cut, and led to another server."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._open = True
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "Passage":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    @property
    def lines(self) -> int:
        return len(self._writers) // 2

    def cut(self) -> None:
        """Cut every line in the middle of whatever it carries, and let nobody in."""
        self._open = False
        for writer in self._writers:
            writer.transport.abort()

    def open(self) -> None:
        self._open = True

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        try:
            beyond, out = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, out}
        await asyncio.gather(_pour(reader, out), _pour(beyond, writer), return_exceptions=True)
        self._writers -= {writer, out}


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.transport.abort()


class Follower:
    """A client in Node; `told` is what it has printed so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[dict[str, Any]] = []

    async def hears(self, count: int) -> None:
        """Wait until it has been told so many things."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while len(self.told) < count:
                line = await self._process.stdout.readline()
                assert line, "the client gave up"
                self.told.append(json.loads(line))


@contextlib.asynccontextmanager
async def following(client: str, port: int, token: str) -> AsyncIterator[Follower]:
    url = f"http://127.0.0.1:{port}/graphql"
    process = await asyncio.create_subprocess_exec(
        NODE, "follow.mjs", client, url, token, cwd=FRONT_END, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Follower(process)
    finally:
        process.kill()
        await process.communicate()


async def kill(server: RunningServer) -> None:
    server.process.kill()
    await asyncio.to_thread(server.process.wait, PATIENCE_S)


async def upload(server: RunningServer, headers: dict[str, str], seed: int) -> str:
    operations = json.dumps({"query": UPLOAD, "variables": {"f": None}})
    parts: dict[str, Any] = {"operations": (None, operations), "map": (None, '{"0": ["variables.f"]}')}
    files = parts | {"0": ("a.jpg", jpeg(48, 32, seed=seed))}
    async with httpx.AsyncClient(timeout=PATIENCE_S, headers=headers | {"X-Requested-With": "tests"}) as client:
        answer = (await client.post(f"{server.url}/graphql", files=files)).json()
    [result] = answer["data"]["uploadImages"]["results"]
    identity: str = result["image"]["id"]
    return identity


@pytest.mark.parametrize("client", ["graphql-ws", "graphql-sse", "apollo"])
async def test_a_client_that_is_cut_off_comes_back_and_has_missed_nothing(client: str, tmp_path: Path) -> None:
    await asyncio.to_thread(install)
    async with contextlib.AsyncExitStack() as stack:
        server = await asyncio.to_thread(start, tmp_path)
        stack.push_async_callback(kill, server)
        headers, seeds, ids = server.headers(), iter(range(100)), []

        async def happens(count: int) -> None:
            ids.extend([await upload(server, headers, next(seeds)) for _ in range(count)])

        passage = await stack.enter_async_context(Passage(server.port))
        follower = await stack.enter_async_context(following(client, passage.port, server.token()))
        await follower.hears(1)
        await happens(2)
        await follower.hears(3)

        passage.cut()
        await happens(3)
        passage.open()
        await follower.hears(6)
        await happens(2)
        await follower.hears(8)

        await kill(server)
        server = await asyncio.to_thread(start, tmp_path)
        stack.push_async_callback(kill, server)
        await happens(3)
        passage.target = server.port
        await follower.hears(11)
        await happens(1)
        await follower.hears(12)

    assert [event["kind"] for event in follower.told] == ["RESYNC", *["CREATED"] * len(ids)]
    assert [event["imageId"] for event in follower.told[1:]] == ids
    assert len(set(ids)) == 11

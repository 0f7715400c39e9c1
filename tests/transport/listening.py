"""A client that listens to a subscription over HTTP and writes down everything it is told, signs of life too."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

EVENTS = "text/event-stream"
PARTS = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"
PATIENCE_S = 30

Told = tuple[str, Any]
BEAT: Told = ("beat", None)
COMPLETE: Told = ("complete", None)
CUT: Told = ("cut", None)


class Listener:
    """`next` gives one thing at a time: an answer, a failure, a sign of life, the end; `cut` when there is no end."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        is_parts = response.headers["content-type"].startswith("multipart/mixed")
        self._told = _parts(response) if is_parts else _events(response)

    async def next(self) -> Told:
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await anext(self._told)
            except StopAsyncIteration:
                return CUT

    async def answer(self) -> Told:
        """Return the next that is no sign of life."""
        while (told := await self.next()) == BEAT:
            pass
        return told

    async def rest(self) -> list[Told]:
        """Listen to the end."""
        heard = [await self.answer()]
        while heard[-1] not in (COMPLETE, CUT):
            heard.append(await self.answer())
        return heard


@contextlib.asynccontextmanager
async def listening(
    address: str, query: str, accept: str = EVENTS, token: str | None = None, *, by_get: bool = False, **headers: str
) -> AsyncIterator[Listener]:
    """Subscribe; the connection is cut at the end."""
    sent = headers | {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
    how: dict[str, Any] = {"params": {"query": query}} if by_get else {"json": {"query": query}}
    async with (
        httpx.AsyncClient(base_url=f"http://{address}", timeout=PATIENCE_S) as client,
        client.stream("GET" if by_get else "POST", "/graphql", headers=sent, **how) as response,
    ):
        assert response.status_code == 200, await response.aread()
        yield Listener(response)


async def _events(response: httpx.Response) -> AsyncIterator[Told]:
    name, data = "message", None
    async for line in response.aiter_lines():
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data = value
        elif not line and data is None and name == "message":
            yield BEAT
        elif not line:
            assert data is not None, "browsers pass over events without data"
            yield name, json.loads(data) if data else None
            name, data = "message", None


async def _parts(response: httpx.Response) -> AsyncIterator[Told]:
    boundary, text = "\r\n--graphql", ""
    async for chunk in response.aiter_text():
        text += chunk
        while boundary in text:
            part, text = text.split(boundary, 1)
            if part:
                yield _part(part)
        if text == "--\r\n":
            yield COMPLETE
            return


def _part(part: str) -> Told:
    head, body = part.split("\r\n\r\n", 1)
    assert head.strip().lower() == "content-type: application/json"
    content = json.loads(body)
    if not content:
        return BEAT
    return ("next", content["payload"]) if content["payload"] else ("failed", content["errors"])

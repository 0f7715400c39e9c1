"""Renditions from a store that has no files to hand: streamed, in parts, and cut off rather than ended early."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from imaging.adapters.folder_store import FolderStore
from imaging.errors import StorageUnavailable
from imaging.http.renditions import routes
from imaging.ports import ObjectInfo
from imaging.render.transform import OutputFormat, Transform
from tests.delivery.stage import HOST, Stage

SMALL = Transform(width=32, format=OutputFormat.JPEG)
PIECE = 100


class Distant(FolderStore):
    """A folder that behaves as if it were far away; `breaks_after` is how many pieces arrive of each object."""

    breaks_after: int | None = None
    pieces = 0

    async def put(self, key: str, path: Path, *, content_type: str, sha256: str | None = None) -> ObjectInfo:
        return replace(await super().put(key, path, content_type=content_type, sha256=sha256), path=None)

    async def stat(self, key: str) -> ObjectInfo | None:
        found = await super().stat(key)
        return found and replace(found, path=None)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        whole = b"".join([chunk async for chunk in super().read(key, start, end)])
        for number, place in enumerate(range(0, len(whole), PIECE)):
            if number == self.breaks_after:
                raise StorageUnavailable
            self.pieces += 1
            yield whole[place : place + PIECE]


@pytest.fixture
def distant(stage: Stage) -> Distant:
    return Distant(stage.folder / "objects")


@pytest.fixture
async def client(stage: Stage, distant: Distant) -> AsyncIterator[httpx.AsyncClient]:
    delivery = replace(stage.delivery, store=distant)
    transport = httpx.ASGITransport(Starlette(routes=routes(delivery)))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as opened:
        yield opened
    await delivery.close()


async def test_a_rendition_is_streamed_whole_and_in_parts(stage: Stage, client: httpx.AsyncClient) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    missed, hit = await client.get(url), await client.get(url)
    assert missed.content == hit.content
    assert len(hit.content) > 2 * PIECE
    part = await client.get(url, headers={"Range": f"bytes=50-{PIECE + 100}"})
    assert (part.status_code, part.content) == (206, hit.content[50 : PIECE + 101])
    unchanged = await client.get(url, headers={"If-None-Match": hit.headers["etag"]})
    assert unchanged.status_code == 304


async def test_a_storage_that_is_away_is_told(stage: Stage, client: httpx.AsyncClient, distant: Distant) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    await client.get(url)
    distant.breaks_after = 0
    answer = await client.get(url)
    assert (answer.status_code, answer.json()["code"]) == (503, "OVERLOADED")
    assert answer.headers["cache-control"] == "no-store"


async def test_an_answer_that_breaks_in_the_middle_is_cut_off(
    stage: Stage, client: httpx.AsyncClient, distant: Distant
) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    await client.get(url)
    distant.breaks_after = 2
    with pytest.raises(ConnectionResetError):
        await client.get(url)


async def test_who_goes_away_is_not_read_to_any_more(stage: Stage, client: httpx.AsyncClient, distant: Distant) -> None:
    url = httpx.URL(stage.addresses.url(await stage.image(), SMALL))
    await client.get(url)
    distant.pieces = 0
    scope = {"type": "http", "method": "GET", "path": url.path, "raw_path": url.raw_path.partition(b"?")[0]}
    scope |= {"query_string": url.query, "headers": [], "root_path": "", "http_version": "1.1"}

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def take(message: Message) -> None:
        await asyncio.sleep(0)

    await client._transport.app(scope, leave, take)
    assert distant.pieces <= 3

"""The whole of it: a server imports pictures from another server on this machine, as far as it was allowed to."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import pictures
from tests.adapters.hostile import ok, redirect, reply, serving
from tests.server import RunningServer, running_server

PATIENCE_S = 60
LEASE_PATIENCE_S = 200
IMPORT = """
mutation ($images: [ImageImport!]!) { importImages(input: {images: $images}) {
  uploads { id } userErrors { code message field } } }
"""
LOOK = """
query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ImageUpload {
  state filename sizeBytes image { filename width } failure { code message } } } }
"""
ENDED = ("COMPLETED", "FAILED")


class Asking:
    """An editor who asks a running server."""

    def __init__(self, server: RunningServer, client: httpx.AsyncClient) -> None:
        self._server = server
        self._client = client
        self._headers = server.headers()

    async def data(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        answer = await self._client.post(f"{self._server.url}/graphql", json=body, headers=self._headers)
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    async def imported(self, *urls: str) -> list[Any]:
        """Import, and wait for the end of every one."""
        return await self.ended(await self.begun(*urls))

    async def begun(self, *urls: str) -> list[str]:
        """Import, and return the ids of the uploads."""
        asked = (await self.data(IMPORT, images=[{"url": url} for url in urls]))["importImages"]
        assert asked["userErrors"] == []
        return [upload["id"] for upload in asked["uploads"]]

    async def ended(self, ids: list[str], *, within_s: float = PATIENCE_S) -> list[Any]:
        """Wait for the end of uploads."""
        ends = time.monotonic() + within_s
        while True:
            found = (await self.data(LOOK, ids=ids))["nodes"]
            if all(upload["state"] in ENDED for upload in found):
                return found
            assert time.monotonic() < ends, found
            await asyncio.sleep(0.1)


async def test_a_server_imports_what_it_may(tmp_path: Path) -> None:
    answers = {
        "/duck.jpg": ok(pictures.jpeg(80, 60), "Content-Type: text/plain"),
        "/moved": redirect("/duck.png?key=secret"),
        "/duck.png": ok(pictures.png(), "Content-Disposition: attachment; filename=../../duck%20two.png"),
        "/page": ok(b"<!doctype html>" + bytes(8_192), "Content-Type: image/jpeg"),
        "/inside": redirect("file:///etc/passwd"),
        "/gone": reply("404 Not Found", "Content-Length: 0"),
    }
    async with serving(answers) as elsewhere, httpx.AsyncClient(timeout=30) as client:
        allowed = {"import_http": "true", "import_ports": str(elsewhere.port)}
        with running_server(tmp_path, **allowed, import_allowed_networks="127.0.0.0/8") as server:
            asking = Asking(server, client)
            paths = ("/duck.jpg?key=secret", "/moved", "/page", "/inside", "/gone")
            found = await asking.imported(*(elsewhere.url(path, "127.0.0.1") for path in paths))
            features = (await asking.data("{ server { features limits { maxImportUrls maxImportBytes } } }"))["server"]

    assert [upload["image"] and upload["image"]["filename"] for upload in found[:2]] == ["duck.jpg", "duck%20two.png"]
    assert found[0]["image"]["width"] == 80
    assert [upload["failure"]["code"] for upload in found[2:]] == ["UNSUPPORTED_FORMAT", "URL_REFUSED", "FETCH_FAILED"]
    assert "IMPORTS" in features["features"]
    assert features["limits"] == {"maxImportUrls": 100, "maxImportBytes": 200 * 1024 * 1024}
    assert "secret" not in server.log.read_text()
    assert [path for path in (server.data_dir / "tmp").iterdir() if path.is_file() and path.stat().st_size] == []


@pytest.mark.full
async def test_a_server_as_it_comes_asks_nobody_inside(tmp_path: Path) -> None:
    async with serving({"/duck.jpg": ok(pictures.jpeg())}) as elsewhere, httpx.AsyncClient(timeout=30) as client:
        with running_server(tmp_path, import_ports=f"{elsewhere.port},443") as server:
            asking = Asking(server, client)
            urls = [
                f"https://127.0.0.1:{elsewhere.port}/duck.jpg",
                f"http://127.0.0.1:{elsewhere.port}/duck.jpg",
                "https://169.254.169.254/latest/meta-data/",
                "https://[::ffff:7f00:1]/",
            ]
            payload = (await asking.data(IMPORT, images=[{"url": url} for url in urls]))["importImages"]

    assert payload["uploads"] == [None] * 4
    assert {error["code"] for error in payload["userErrors"]} == {"URL_REFUSED"}
    assert elsewhere.requests == []


@pytest.mark.full
async def test_a_server_may_be_told_to_import_nothing(tmp_path: Path) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        with running_server(tmp_path, import_enabled="false") as server:
            asking = Asking(server, client)
            payload = (await asking.data(IMPORT, images=[{"url": "https://example.com/"}]))["importImages"]
            features = (await asking.data("{ server { features } }"))["server"]["features"]

    assert [error["code"] for error in payload["userErrors"]] == ["FORBIDDEN"]
    assert "IMPORTS" not in features


@pytest.mark.full
async def test_an_import_survives_that_its_server_is_killed(tmp_path: Path) -> None:
    began, content = asyncio.Event(), pictures.jpeg(80, 60)

    async def halting(writer: asyncio.StreamWriter) -> None:
        if began.is_set():
            writer.write(ok(content))
            return
        writer.write(ok(content)[:-500])
        began.set()
        await asyncio.sleep(PATIENCE_S)

    async with serving({"/duck.jpg": halting}) as elsewhere, httpx.AsyncClient(timeout=30) as client:
        settings = {"import_ports": str(elsewhere.port), "import_allowed_networks": "127.0.0.0/8"}
        with running_server(tmp_path, import_http="true", **settings) as server:
            ids = await Asking(server, client).begun(elsewhere.url("/duck.jpg", "127.0.0.1"))
            await asyncio.wait_for(began.wait(), PATIENCE_S)
            server.stop(signal.SIGKILL)
        with running_server(tmp_path, import_http="true", **settings) as server:
            [upload] = await Asking(server, client).ended(ids, within_s=LEASE_PATIENCE_S)

    assert (upload["state"], upload["image"]) == ("COMPLETED", {"filename": "duck.jpg", "width": 80})
    assert len(elsewhere.requests) == 2

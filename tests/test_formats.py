"""What people really bring: a big photograph, a phone's HEIC, an animation, a drawing; from upload to search."""

import asyncio
import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pyvips
import websockets
from PIL import Image

from imaging.render.drawings.samples import badge, lighthouse, orbit
from tests.server import RunningServer, running_server

pytestmark = pytest.mark.full

UPLOAD = """mutation Upload($file: Upload!, $title: String) {
  uploadImages(input: { files: [{ file: $file, title: $title, visibility: PUBLIC }] }) {
    results { outcome image { id state width height pages animated metadata { camera { make } location { latitude } } }
      userErrors { code message } } } }"""
SHOW = """query Show($id: ID!) { image(id: $id) {
  placeholder { dataUri thumbhash dominantColor palette }
  srcset(widths: [200, 400, 800]) { items { url width height } }
  picture(widths: [300]) { fallback { items { url width height } } }
} }"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formats")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RunningServer]:
    with running_server(folder) as running:
        yield running


def photograph(path: Path) -> None:
    lighthouse(path)


def phone(path: Path) -> None:
    """As a phone keeps it: HEVC, with camera and place in its EXIF. Made by libheif's tool."""
    source = path.with_name("phone.jpg")
    lighthouse(source)
    picture = pyvips.Image.new_from_file(str(source)).resize(0.7).copy()
    picture.jpegsave(str(source), Q=90)
    subprocess.run(["heif-enc", "-q", "50", "-o", str(path), str(source)], check=True, capture_output=True, timeout=300)


@pytest.mark.parametrize(
    ("name", "make", "pages", "pixels"),
    [
        ("photograph.jpg", photograph, 1, 20_000_000),
        ("phone.heic", phone, 1, 11_000_000),
        ("orbit.gif", orbit, 24, 50_000),
        ("badge.svg", badge, 1, 100_000),
    ],
)
def test_it_comes_in_is_announced_shown_at_the_sizes_told_and_found(
    server: RunningServer, folder: Path, name: str, make: Any, pages: int, pixels: int
) -> None:
    make(folder / name)
    word = f"treasured{name.split('.')[1]}"
    event, image = asyncio.run(_upload_while_watching(server, folder / name, word))
    assert (event["kind"], event["image"]["id"]) == ("CREATED", image["id"])
    assert (image["state"], image["pages"], image["animated"]) == ("READY", pages, pages > 1)
    assert image["width"] * image["height"] >= pixels
    if name in ("photograph.jpg", "phone.heic"):
        assert image["metadata"]["camera"]["make"] == "imaging"
        assert image["metadata"]["location"]["latitude"] == pytest.approx(54.18, abs=0.01)
    shown = _ask(server, SHOW, id=image["id"])["image"]
    assert shown["placeholder"]["dataUri"].startswith("data:image/png;base64,")
    _check_sizes(shown, pages)
    misspelt = word.replace("sur", "srru")
    found = _ask(server, "query ($w: String!) { searchImages(query: $w) { nodes { id } } }", w=misspelt)
    assert [node["id"] for node in found["searchImages"]["nodes"]] == [image["id"]]


def _check_sizes(shown: dict[str, Any], pages: int) -> None:
    items = shown["srcset"]["items"] + shown["picture"]["fallback"]["items"]
    assert len(items) >= 3
    for item in items:
        for accept in ("image/avif,image/webp,*/*", "*/*"):
            served = httpx.get(item["url"], headers={"Accept": accept}, timeout=60)
            assert served.status_code == 200, served.text
            assert b"54/1" not in served.content, "the place left the house"
            with Image.open(io.BytesIO(served.content), formats=["JPEG", "PNG", "WEBP", "GIF", "AVIF"]) as picture:
                assert picture.size == (item["width"], item["height"])
                assert getattr(picture, "n_frames", 1) in (1, pages)


async def _upload_while_watching(server: RunningServer, path: Path, title: str) -> list[dict[str, Any]]:
    address = server.url.replace("http", "ws", 1) + "/graphql"
    query = "subscription { imageEvents { kind image { id } } }"
    async with websockets.connect(address, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": server.headers()}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        await asyncio.sleep(0.3)
        image = await asyncio.to_thread(_upload, server, path, title)
        async with asyncio.timeout(10):
            return [json.loads(await socket.recv())["payload"]["data"]["imageEvents"], image]


def _upload(server: RunningServer, path: Path, title: str) -> dict[str, Any]:
    operations = json.dumps({"query": UPLOAD, "variables": {"file": None, "title": title}})
    headers = server.headers() | {"GraphQL-Require-Preflight": "1"}
    parts: dict[str, Any] = {"operations": (None, operations), "map": (None, '{"0": ["variables.file"]}')}
    files = {**parts, "0": (path.name, path.read_bytes())}
    answer = httpx.post(f"{server.url}/graphql", files=files, headers=headers, timeout=120).json()
    [result] = answer["data"]["uploadImages"]["results"]
    assert result["outcome"] == "CREATED", result
    image: dict[str, Any] = result["image"]
    return image


def _ask(server: RunningServer, query: str, **variables: str) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    for _ in range(30):
        answer = httpx.post(f"{server.url}/graphql", json=body, headers=server.headers(), timeout=60).json()
        assert "errors" not in answer, answer
        if answer["data"].get("searchImages", {}).get("nodes", True):
            break
    data: dict[str, Any] = answer["data"]
    return data

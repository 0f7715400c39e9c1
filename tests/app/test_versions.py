"""Replacing over the network, with real bytes and the server's own worker; and killed in the middle of many."""

import hashlib
import io
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow

from tests import pictures
from tests.server import RunningServer, running_server

PATIENCE_S = 60
UPLOAD = """
mutation ($f: Upload!) {
  uploadImages(input: {files: [{file: $f, visibility: PUBLIC}]}) {
    results { image { id url(transform: {width: 10, format: PNG}) } }
  }
}
"""
REPLACE = """
mutation ($id: ID!, $f: Upload!) {
  replaceImage(input: {id: $id, file: $f}) {
    image { id version url(transform: {width: 10, format: PNG}) } userErrors { code message }
  }
}
"""
LOOK = """
query ($id: ID!) { image(id: $id) {
  version sha256 versions { version sha256 url(transform: {width: 12, format: PNG}) originalUrl }
} }
"""


@contextmanager
def client_of(server: RunningServer) -> Iterator[httpx.Client]:
    headers = server.headers() | {"GraphQL-Require-Preflight": "1"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE_S) as client:
        yield client


def send(client: httpx.Client, query: str, content: bytes, **variables: Any) -> Any:
    operations = json.dumps({"query": query, "variables": {"f": None, **variables}})
    parts: dict[str, Any] = {
        "operations": (None, operations),
        "map": (None, '{"0": ["variables.f"]}'),
        "0": ("picture.png", content),
    }
    told = client.post("/graphql", files=parts).json()
    assert "errors" not in told, told
    return told["data"]


def upload(client: httpx.Client, content: bytes) -> dict[str, Any]:
    image: dict[str, Any] = send(client, UPLOAD, content)["uploadImages"]["results"][0]["image"]
    return image


def look(client: httpx.Client, id: str) -> dict[str, Any]:
    told = client.post("/graphql", json={"query": LOOK, "variables": {"id": id}}).json()
    image: dict[str, Any] = told["data"]["image"]
    return image


def drawn(client: httpx.Client, url: str) -> tuple[int, int] | int:
    answer = client.get(url)
    if answer.status_code != 200:
        return answer.status_code
    with Pillow.open(io.BytesIO(answer.content)) as picture:
        return picture.size


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def originals(server: RunningServer) -> list[Path]:
    return [path for path in (server.data_dir / "objects" / "o").rglob("*") if path.is_file()]


@pytest.mark.full
def test_an_old_address_goes_on_showing_the_old_picture(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as client:
        image = upload(client, pictures.jpeg(80, 60))
        told = send(client, REPLACE, pictures.png(40, 20), id=image["id"])["replaceImage"]
        assert (told["userErrors"], told["image"]["version"]) == ([], 2)
        assert [drawn(client, url) for url in (image["url"], told["image"]["url"])] == [(10, 8), (10, 5)]
        versions = look(client, image["id"])["versions"]
        assert [drawn(client, version["url"]) for version in versions] == [(12, 6), (12, 9)]
        assert [len(client.get(version["originalUrl"]).content) for version in versions] == [
            len(pictures.png(40, 20)),
            len(pictures.jpeg(80, 60)),
        ]


@pytest.mark.full
def test_who_keeps_no_versions_is_soon_rid_of_old_bytes_and_what_was_drawn_of_them(tmp_path: Path) -> None:
    with running_server(tmp_path, max_versions="0") as server, client_of(server) as client:
        image = upload(client, pictures.jpeg(80, 60))
        assert drawn(client, image["url"]) == (10, 8)
        send(client, REPLACE, pictures.png(40, 20), id=image["id"])
        assert drawn(client, image["url"]) == 404
        until(lambda: len(originals(server)) == 1)
        until(lambda: not any((server.data_dir / "objects" / "r").rglob("*.png")))


@pytest.mark.full
def test_killed_in_the_middle_of_many_replacements_every_version_is_whole(tmp_path: Path) -> None:
    contents = [pictures.jpeg(60 + seed, 40) for seed in range(40)]
    answered: list[int] = []
    with running_server(tmp_path) as server, client_of(server) as client:
        id = upload(client, pictures.png(30, 30))["id"]

        def replace_all(contents: list[bytes]) -> None:
            try:
                for content in contents:
                    answered.append(send(client, REPLACE, content, id=id)["replaceImage"]["image"]["version"])
            except httpx.TransportError:
                return

        threads = [threading.Thread(target=replace_all, args=(contents[start::4],)) for start in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(answered) >= 6)
        server.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()
    with running_server(tmp_path) as server, client_of(server) as client:
        image = look(client, id)
        assert image["version"] >= max(answered)
        assert len(image["versions"]) > min(len(answered), 20)
        for version in image["versions"]:
            content = client.get(version["originalUrl"]).content
            assert hashlib.sha256(content).hexdigest() == version["sha256"]

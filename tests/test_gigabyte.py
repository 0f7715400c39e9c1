"""A TIFF of a gigabyte goes up in parts, several at a time, and becomes an image; the server hardly notices."""

import hashlib
import io
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from tests.server import RunningServer, running_server
from tests.tiffs import write_tiff
from tests.vitals import watched_memory

pytestmark = pytest.mark.full

MIB = 1024 * 1024
WIDTH, HEIGHT = 18_944, 18_900
AT_ONCE = 4
PATIENCE_S = 300

PREPARE = """mutation Prepare($file: StagedFile!) {
  prepareUploads(input: { files: [$file] }) {
    plans { ... on MultipartPut {
      upload { id } partCount parts { offsetBytes sizeBytes url headers { name value } }
    } }
    userErrors { message }
  }
}"""
COMPLETE = """mutation Complete($id: ID!) {
  completeUploads(input: { ids: [$id] }) { uploads { state } userErrors { message } }
}"""
LOOK = """query Look($id: ID!) {
  node(id: $id) { ... on ImageUpload {
    state
    failure { message }
    image { state width height sizeBytes sha256 srcset(widths: [320], transform: { format: JPEG }) { src } }
  } }
}"""


@dataclass(frozen=True)
class Client:
    """Somebody who uploads, with nothing but GraphQL and PUT."""

    server: RunningServer
    http: httpx.Client

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        answer = self.http.post(f"{self.server.url}/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def upload(self, path: Path) -> dict[str, Any]:
        """Send the file in parts and return what its upload is in the end."""
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        told = {"filename": path.name, "sizeBytes": path.stat().st_size, "sha256": sha256, "contentType": "image/tiff"}
        prepared = self.ask(PREPARE, file=told)["prepareUploads"]
        assert prepared["userErrors"] == []
        [plan] = prepared["plans"]
        assert plan["partCount"] == len(plan["parts"]) > AT_ONCE
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda part: self._put(path, part), plan["parts"]))
        completed = self.ask(COMPLETE, id=plan["upload"]["id"])["completeUploads"]
        assert completed["userErrors"] == []
        return self._ended(plan["upload"]["id"])

    def _put(self, path: Path, part: dict[str, Any]) -> None:
        headers = {header["name"]: header["value"] for header in part["headers"]}
        headers["Content-Length"] = str(part["sizeBytes"])
        # A client of its own: the address is all that is needed, no token goes to the store.
        answer = httpx.put(part["url"], content=_span(path, part), headers=headers, timeout=60)
        assert answer.is_success, answer.text

    def _ended(self, id: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while (upload := self.ask(LOOK, id=id)["node"])["state"] in ("QUEUED", "PROCESSING"):
            assert time.monotonic() < deadline, upload
            time.sleep(0.2)
        found: dict[str, Any] = upload
        return found


def _span(path: Path, part: dict[str, Any]) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(part["offsetBytes"])
        for _ in range(0, part["sizeBytes"], MIB):
            yield file.read(min(MIB, part["offsetBytes"] + part["sizeBytes"] - file.tell()))


def s3_settings(server: S3Server) -> dict[str, str]:
    bucket = str(server.settings().bucket)
    keys = {"s3_access_key_id": ACCESS_KEY, "s3_secret_access_key": SECRET_KEY}
    return {"s3_bucket": bucket, "s3_endpoint_url": server.url, "s3_region": "us-east-1", **keys}


@pytest.fixture(params=["folder", "s3"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    s3 = s3_settings(request.getfixturevalue("s3_server")) if request.param == "s3" else {}
    try:
        with running_server(tmp_path, within_s=90, **s3) as server, httpx.Client(timeout=60) as http:
            http.headers.update(server.headers())
            yield Client(server, http)
    finally:
        shutil.rmtree(tmp_path)


def test_a_tiff_of_a_gigabyte_becomes_an_image_while_the_server_stays_small(client: Client, tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "scan.tif", WIDTH, HEIGHT)
    assert path.stat().st_size > 1024 * MIB
    with watched_memory(client.server) as memory:
        upload = client.upload(path)
    assert (upload["state"], upload["failure"]) == ("COMPLETED", None)
    image = upload["image"]
    assert (image["state"], image["width"], image["height"]) == ("READY", WIDTH, HEIGHT)
    assert memory.growth_bytes < 64 * MIB
    rendition = httpx.get(image["srcset"]["src"], timeout=PATIENCE_S)
    assert Image.open(io.BytesIO(rendition.content)).size == (320, round(320 * HEIGHT / WIDTH))

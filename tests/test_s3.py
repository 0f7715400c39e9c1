"""The whole server with its objects in a real S3 bucket: in, out, and gone."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from imaging.settings import S3Settings
from tests.pictures import jpeg
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from tests.server import RunningServer, environment, imaging, running_server, start

pytestmark = pytest.mark.full

UPLOAD = """mutation ($file: Upload!) {
  uploadImages(input: { files: [{ file: $file, visibility: PUBLIC }] }) {
    results { outcome image { id url(transform: { width: 200, format: WEBP }) originalUrl } userErrors { code } }
  }
}"""


def keys(s3: S3Server, bucket: str) -> set[str]:
    client = s3.client()
    try:
        return {entry["Key"] for entry in client.list_objects_v2(Bucket=bucket).get("Contents", ())}
    finally:
        client.close()


@pytest.fixture
def chosen(s3_settings: S3Settings) -> dict[str, str]:
    """The settings that choose the bucket, as they are named for a server."""
    return {
        "s3_bucket": str(s3_settings.bucket),
        "s3_endpoint_url": str(s3_settings.endpoint_url),
        "s3_region": "us-east-1",
        "s3_prefix": "pictures",
        "s3_access_key_id": ACCESS_KEY,
        "s3_secret_access_key": SECRET_KEY,
    }


@pytest.fixture
def server(tmp_path: Path, chosen: dict[str, str]) -> Iterator[RunningServer]:
    with running_server(tmp_path, within_s=90, **chosen) as running:
        yield running


def asked(server: RunningServer, query: str, **variables: object) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    answer = httpx.post(f"{server.url}/graphql", json=body, headers=server.headers(), timeout=60).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def noise(width: int, height: int) -> bytes:
    """A picture that cannot be made small."""
    file = io.BytesIO()
    Image.effect_noise((width, height), 100).save(file, "PNG")
    return file.getvalue()


def uploaded(server: RunningServer, picture: bytes) -> dict[str, Any]:
    parts = {
        "operations": (None, json.dumps({"query": UPLOAD, "variables": {"file": None}})),
        "map": (None, '{"0": ["variables.file"]}'),
        "0": ("picture.jpg", picture),
    }
    sent = server.headers() | {"GraphQL-Require-Preflight": "1"}
    answer = httpx.post(f"{server.url}/graphql", files=parts, headers=sent, timeout=60).json()
    result: dict[str, Any] = answer["data"]["uploadImages"]["results"][0]
    return result


def test_a_picture_goes_in_is_served_and_is_gone_from_the_bucket(
    server: RunningServer, s3_server: S3Server, chosen: dict[str, str]
) -> None:
    bucket, picture = chosen["s3_bucket"], noise(2_000, 1_500)
    assert len(picture) > 2 * 1024 * 1024
    result = uploaded(server, picture)
    assert result["outcome"] == "CREATED"
    assert [key.split("/")[:2] for key in keys(s3_server, bucket)] == [["pictures", "o"]]
    url = result["image"]["url"]
    missed = httpx.get(url, timeout=30)
    assert (missed.status_code, missed.headers["content-type"]) == (200, "image/webp")
    assert "render" in missed.headers["server-timing"]

    hit = httpx.get(url)
    assert (hit.content, hit.headers["etag"]) == (missed.content, missed.headers["etag"])
    assert "server-timing" not in hit.headers
    part = httpx.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, hit.content[10:20])
    unchanged = httpx.get(url, headers={"If-None-Match": hit.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = httpx.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(hit.content)))
    assert httpx.get(result["image"]["originalUrl"]).content == picture
    assert len(keys(s3_server, bucket)) == 2

    delete = "mutation ($id: ID!) { deleteImages(input: { ids: [$id] }) { userErrors { code } } }"
    asked(server, delete, id=result["image"]["id"])
    deadline = time.monotonic() + 15
    while keys(s3_server, bucket):
        assert time.monotonic() < deadline, "the objects of a deleted image are still there"
        time.sleep(0.1)
    assert httpx.get(url).status_code == 404
    assert list((server.data_dir / "tmp").iterdir()) == []
    assert not (server.data_dir / "objects").exists()
    assert SECRET_KEY not in server.log.read_text()


def test_while_the_bucket_is_away_files_are_refused_and_the_server_is_not_ready(
    tmp_path: Path, s3_server: S3Server, chosen: dict[str, str]
) -> None:
    with running_server(tmp_path, within_s=90, s3_max_attempts="2", **chosen) as server:
        url = uploaded(server, jpeg(64, 48))["image"]["url"]
        assert httpx.get(f"{server.url}/readyz").json()["checks"]["storage"]["ok"] is True
        s3_server.stop_gateway()
        try:
            refused = uploaded(server, jpeg(64, 49))
            assert (refused["outcome"], refused["image"]) == ("REJECTED", None)
            assert [error["code"] for error in refused["userErrors"]] == ["OVERLOADED"]
            away = httpx.get(url, timeout=30)
            assert (away.status_code, away.headers["cache-control"]) == (503, "no-store")
            assert int(away.headers["retry-after"]) > 0
            ready = httpx.get(f"{server.url}/readyz")
            assert (ready.status_code, ready.json()["checks"]["storage"]["ok"]) == (503, False)
        finally:
            s3_server.start_gateway()
        assert uploaded(server, jpeg(64, 49))["outcome"] == "CREATED"
        assert httpx.get(url).status_code == 200
        assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_a_server_with_a_wrong_secret_does_not_start_and_says_why(tmp_path: Path, chosen: dict[str, str]) -> None:
    wrong = chosen | {"s3_secret_access_key": "anothersecret"}
    with pytest.raises(AssertionError, match="IMAGING_S3_SECRET_ACCESS_KEY") as failure:
        start(tmp_path, within_s=90, **wrong)
    assert "anothersecret" not in str(failure.value)


def test_doctor_tells_what_the_bucket_can_do_or_what_to_mend(tmp_path: Path, chosen: dict[str, str]) -> None:
    well = imaging("doctor", env=environment(tmp_path / "data", **chosen), cwd=tmp_path)
    assert f"ok   storage: bucket {chosen['s3_bucket']} at {chosen['s3_endpoint_url']} can be written" in well.stdout
    absent = imaging("doctor", env=environment(tmp_path / "data", **chosen | {"s3_bucket": "absent"}), cwd=tmp_path)
    assert absent.returncode == 1
    assert "BAD  storage" in absent.stdout
    assert "IMAGING_S3_BUCKET" in absent.stdout

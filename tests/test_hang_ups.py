"""People who close the page in the middle: a thousand times, and the server is as it was."""

import asyncio
import json
import random
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.pictures import jpeg
from tests.server import RunningServer, running_server

REQUESTS = 1_000
AT_ONCE = 25
ADDRESSES = 31
QUERY = "{ images(first: 20) { totalCount edges { node { id srcset { srcset } owner { id } } } } }"
CHANGE = 'mutation { updateImages(input: { updates: [{ id: "%s", title: "%s" }] }) { userErrors { message } } }'
UPLOAD = "mutation ($f: Upload!) { uploadImages(input: { files: [{ file: $f }] }) { results { image { id } } } }"


@pytest.mark.full
def test_after_a_thousand_cancelled_requests_the_server_answers_and_has_leaked_nothing(tmp_path: Path) -> None:
    with running_server(tmp_path, log_level="warning") as server:
        headers = server.headers()
        identity = _upload(server, headers)
        process = psutil.Process(server.process.pid)
        descriptors = process.num_fds()
        asyncio.run(_hang_up_often(server, headers, identity))
        begun = time.monotonic()
        answer = httpx.post(f"{server.url}/graphql", json={"query": CHANGE % (identity, "Last")}, headers=headers)
        assert answer.json() == {"data": {"updateImages": {"userErrors": []}}}
        assert time.monotonic() - begun < 5
        titles = httpx.post(f"{server.url}/graphql", json={"query": "{ images { nodes { title } } }"}, headers=headers)
        assert "Last" in titles.text
        assert process.num_fds() <= descriptors + AT_ONCE
        assert "Traceback" not in server.log.read_text()
        assert list((server.data_dir / "tmp").iterdir()) == []


async def _hang_up_often(server: RunningServer, headers: dict[str, str], identity: str) -> None:
    chance = random.Random(5)
    addresses = await _renditions(server, headers)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with slots:
            kinds = (
                _post(headers, QUERY),
                _post(headers, CHANGE % (identity, number)),
                f"GET {addresses[number % ADDRESSES]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(),
                _half_an_upload(headers),
            )
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(kinds[number % len(kinds)])
            await writer.drain()
            await asyncio.sleep(chance.random() * 0.03)
            writer.transport.abort()
            assert reader.exception() is None

    await asyncio.gather(*(one(number) for number in range(REQUESTS)))
    await asyncio.sleep(1)


async def _renditions(server: RunningServer, headers: dict[str, str]) -> list[str]:
    """Return paths of renditions that nobody has asked for yet."""
    widths = ", ".join(str(width) for width in range(40, 40 + ADDRESSES))
    query = {"query": f"{{ images {{ nodes {{ srcset(widths: [{widths}]) {{ items {{ url }} }} }} }} }}"}
    async with httpx.AsyncClient() as client:
        answer = (await client.post(f"{server.url}/graphql", json=query, headers=headers)).json()
    items = answer["data"]["images"]["nodes"][0]["srcset"]["items"]
    return [item["url"].removeprefix(server.url) for item in items]


def _post(headers: dict[str, str], query: str) -> bytes:
    return _request(headers, "application/json", json.dumps({"query": query}).encode())


def _half_an_upload(headers: dict[str, str]) -> bytes:
    fields = {"operations": json.dumps({"query": UPLOAD, "variables": {"f": None}}), "map": '{"0": ["variables.f"]}'}
    body = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields)
    body += '--b\r\nContent-Disposition: form-data; name="0"; filename="half.jpg"\r\n\r\n'
    whole = _request(headers, "multipart/form-data; boundary=b", body.encode() + jpeg(64, 48) + b"\r\n--b--\r\n")
    return whole[:-500]


def _request(headers: dict[str, str], content_type: str, body: bytes) -> bytes:
    sent = headers | {"Host": "127.0.0.1", "Content-Type": content_type, "GraphQL-Require-Preflight": "1"}
    lines = [f"{name}: {value}" for name, value in (sent | {"Content-Length": str(len(body))}).items()]
    return "\r\n".join(["POST /graphql HTTP/1.1", *lines, "", ""]).encode() + body


def _upload(server: RunningServer, headers: dict[str, str]) -> str:
    parts = {
        "operations": (None, json.dumps({"query": UPLOAD, "variables": {"f": None}})),
        "map": (None, '{"0": ["variables.f"]}'),
        "0": ("picture.jpg", jpeg(320, 240)),
    }
    sent = headers | {"X-Requested-With": "test"}
    answer = httpx.post(f"{server.url}/graphql", files=parts, headers=sent, timeout=60).json()
    identity: str = answer["data"]["uploadImages"]["results"][0]["image"]["id"]
    return identity

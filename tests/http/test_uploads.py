"""The door for bytes that are put by a signed address."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.hmac_signer import HmacSigner
from imaging.http import guard, uploads
from imaging.ports import SignedPut
from imaging.uploads.reception import Reception
from tests.adapters.stages import KEYS, Stage, folder_stage

PICTURE = b"the bytes of a picture"
FRIEND = "https://friend.test"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with folder_stage(tmp_path / "objects") as opened:
        yield opened


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


async def connected(signed: SignedPut, announced_bytes: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send the head of a request only."""
    url = urlsplit(signed.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    headers = {"Host": url.netloc, "Content-Length": str(announced_bytes), **signed.headers}
    lines = [f"PUT {url.path}?{url.query} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    writer.write("\r\n".join(lines).encode())
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (PICTURE + b"!", {}, 400, "LENGTH_MISMATCH"),
        (PICTURE[:-1], {}, 400, "LENGTH_MISMATCH"),
        (b"x" * len(PICTURE), {}, 422, "CHECKSUM_MISMATCH"),
        (PICTURE, {"Content-Type": "text/html"}, 400, "TYPE_MISMATCH"),
        (PICTURE, {"Content-Type": ""}, 400, "TYPE_MISMATCH"),
    ],
)
async def test_a_refusal_says_why(
    stage: Stage, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await stage.put(await stage.sign(PICTURE), content, headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert await stage.all_traces() == []


async def test_the_length_must_be_told_before(stage: Stage) -> None:
    signed = await stage.sign(PICTURE)
    answer = await stage.client.put(signed.url, content=pieces(PICTURE, PICTURE), headers=dict(signed.headers))
    assert (answer.status_code, answer.json()["code"]) == (411, "LENGTH_REQUIRED")
    assert await stage.all_traces() == []


@pytest.mark.parametrize(
    ("old", "new", "status", "code"),
    [
        ("b=22", "b=23", 403, "SIGNATURE_REJECTED"),
        ("b=22", "b=", 403, "SIGNATURE_REJECTED"),
        ("b=22", "b=-1", 403, "SIGNATURE_REJECTED"),
        ("image%2Fpng", "text%2Fhtml", 403, "SIGNATURE_REJECTED"),
        ("&h=", "&h=0", 403, "SIGNATURE_REJECTED"),
        ("&e=", "&e=9", 403, "SIGNATURE_REJECTED"),
        ("&e=", "&e=x", 403, "SIGNATURE_REJECTED"),
        ("&s=", "&x=", 403, "SIGNATURE_REJECTED"),
        ("?b=", "?b=22&b=", 403, "SIGNATURE_REJECTED"),
        ("/u/s/abc/1", "/u/s/abc/1/~5-1/1", 403, "SIGNATURE_REJECTED"),
        ("/u/s/abc/1", "/u/s/abc/../1", 404, "NOT_FOUND"),
        ("/u/s/abc/1", "/u/s/abc/.hidden", 404, "NOT_FOUND"),
        ("/u/s/abc/1", "/u/", 404, "NOT_FOUND"),
        ("/u/s/abc/1", "/u/s/abc/1%0A", 404, "NOT_FOUND"),
    ],
)
async def test_an_address_that_was_changed_is_refused(stage: Stage, old: str, new: str, status: int, code: str) -> None:
    signed = await stage.sign(PICTURE)
    assert old in signed.url
    url = urlsplit(signed.url.replace(old, new))
    # Not through a client, which would tidy the path.
    reader, writer = await connected(SignedPut(url.geturl(), signed.headers), len(PICTURE))
    writer.write(PICTURE)
    answer = await reader.readuntil(b"}")
    writer.close()
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert f'"code": "{code}"'.encode() in answer
    assert await stage.all_traces() == []


async def test_an_expired_address_says_so(tmp_path: Path) -> None:
    signer, store = HmacSigner(KEYS), FolderStore(tmp_path)
    staging = FolderStaging(store, signer, "http://pictures.test", clock=lambda: 0)
    signed = await staging.sign_part("s/abc/1", "5-1", 1, size_bytes=4, ttl_s=600)
    app = Starlette(routes=uploads.routes(Reception(signer, staging)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        answer = await client.put(signed.url, content=b"part")
    assert (answer.status_code, answer.json()["code"]) == (403, "SIGNATURE_EXPIRED")


async def test_who_is_not_let_in_is_not_listened_to(tmp_path: Path) -> None:
    signer = HmacSigner(KEYS)
    door = uploads.routes(Reception(signer, FolderStaging(FolderStore(tmp_path), signer, "")))
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        raise AssertionError("the body was read")

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    query = b"b=5&t=image%2Fpng&h=00&e=99999999999&s=k1.wrong"
    headers = [(b"content-length", b"5"), (b"content-type", b"image/png")]
    scope = {"type": "http", "method": "PUT", "path": "/u/s/abc/1", "query_string": query, "headers": headers}
    await Starlette(routes=door)(scope, receive, send)
    assert sent[0]["status"] == 403


async def test_other_methods_are_not_allowed(stage: Stage) -> None:
    answer = await stage.client.get((await stage.sign(PICTURE)).url)
    assert (answer.status_code, answer.headers["allow"]) == (405, "PUT")


async def test_who_is_silent_is_sent_away(tmp_path: Path) -> None:
    async with folder_stage(tmp_path / "objects", silence_s=0.3) as stage:
        reader, writer = await connected(await stage.sign(PICTURE), len(PICTURE))
        writer.write(PICTURE[:5])
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"TOO_SLOW" in answer
        await stage.leaves_nothing()


async def test_who_is_too_slow_is_sent_away(tmp_path: Path) -> None:
    async with folder_stage(tmp_path / "objects", grace_s=0.3) as stage:
        body = b"x" * 1_000
        reader, writer = await connected(await stage.sign(body), len(body))
        reading = asyncio.create_task(reader.read())
        for number in range(len(body)):
            if reading.done():
                break
            writer.write(body[number : number + 1])
            await asyncio.sleep(0.02)
        assert (await reading).startswith(b"HTTP/1.1 408 ")
        writer.close()
        await stage.leaves_nothing()


@pytest.mark.parametrize(("origin", "allowed"), [(FRIEND, True), ("https://evil.test", False)])
async def test_pages_that_are_listed_may_put_and_learn_the_etag(tmp_path: Path, origin: str, allowed: bool) -> None:
    signer = HmacSigner(KEYS)
    staging = FolderStaging(FolderStore(tmp_path), signer, "http://pictures.test")
    guards = guard.middleware(hosts=["pictures.test"], cors_origins=[FRIEND], https=False)
    app = Starlette(routes=uploads.routes(Reception(signer, staging)), middleware=guards)
    upload_id = await staging.begin_parts("s/abc/1", content_type="image/png", part_bytes=4)
    signed = await staging.sign_part("s/abc/1", upload_id, 1, size_bytes=4, ttl_s=600)
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        assert ((await client.options(signed.url, headers=asked)).status_code == 200) is allowed
        answer = await client.put(signed.url, content=b"part", headers={"Origin": origin})
        own = await client.put(signed.url, content=b"part", headers={"Origin": "http://pictures.test"})
    assert own.status_code == 200
    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
    assert "ETag" in answer.headers.get("access-control-expose-headers", "") or not allowed

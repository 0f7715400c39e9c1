"""Stores into which people put bytes by signed addresses, and the people."""

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette

from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.hmac_signer import HmacSigner
from imaging.adapters.s3_staging import open_s3
from imaging.http import uploads
from imaging.ports import ObjectStore, SignedPut, StagedPart, Staging
from imaging.settings import S3Settings
from imaging.uploads.reception import Reception

MIB = 1024 * 1024
PART_BYTES = 5 * MIB
KEYS = (("k1", b"a secret of thirty-two bytes ..."),)


class QuietServer(uvicorn.Server):
    """A server that leaves the signals of the process alone."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


@dataclass
class Stage:
    """`traces` tells all that a store keeps, what is unfinished included."""

    store: ObjectStore
    staging: Staging
    client: httpx.AsyncClient
    traces: Callable[[], AsyncIterator[str]]

    async def sign(self, content: bytes, key: str = "s/abc/1", *, ttl_s: int = 600) -> SignedPut:
        digest = hashlib.sha256(content).hexdigest()
        return await self.staging.sign_put(
            key, size_bytes=len(content), sha256=digest, content_type="image/png", ttl_s=ttl_s
        )

    async def put(self, signed: SignedPut, content: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return await self.client.put(signed.url, content=content, headers={**signed.headers, **(headers or {})})

    async def put_part(self, upload_id: str, number: int, content: bytes, key: str = "s/abc/1") -> StagedPart:
        signed = await self.staging.sign_part(key, upload_id, number, size_bytes=len(content), ttl_s=600)
        answer = await self.put(signed, content)
        assert answer.status_code == 200, answer.text
        return StagedPart(number, len(content), answer.headers["etag"].strip('"'))

    async def begin(self, key: str = "s/abc/1") -> str:
        return await self.staging.begin_parts(key, content_type="image/png", part_bytes=PART_BYTES)

    async def content(self, key: str = "s/abc/1") -> bytes:
        return b"".join([chunk async for chunk in self.store.read(key)])

    async def all_traces(self) -> list[str]:
        return [trace async for trace in self.traces()]

    async def leaves_nothing(self) -> None:
        """Wait until the store has forgotten everything."""
        for _ in range(600):
            if not (traces := await self.all_traces()):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"left behind: {traces}")


async def cut(signed: SignedPut, content: bytes, announced_bytes: int) -> None:
    """Send some of the bytes that are announced, and go."""
    url = urlsplit(signed.url)
    _, writer = await asyncio.open_connection(url.hostname, url.port)
    headers = {"Host": url.netloc, "Content-Length": str(announced_bytes), **signed.headers}
    lines = [f"PUT {url.path}?{url.query} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    writer.write("\r\n".join(lines).encode() + content)
    await writer.drain()
    await asyncio.sleep(0.02)
    writer.transport.abort()


@contextlib.asynccontextmanager
async def folder_stage(root: Path, **limits: float) -> AsyncIterator[Stage]:
    """A folder, with a real server for its addresses."""
    signer, store = HmacSigner(KEYS), FolderStore(root)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        staging = FolderStaging(store, signer, f"http://127.0.0.1:{listener.getsockname()[1]}")
        app = Starlette(routes=uploads.routes(Reception(signer, staging), **limits))
        server = QuietServer(uvicorn.Config(app, http="httptools", lifespan="off", log_level="error"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def traces() -> AsyncIterator[str]:
            for path in await asyncio.to_thread(lambda: list(root.rglob("*"))):
                yield path.name

        async with httpx.AsyncClient(timeout=60) as client:
            yield Stage(store, staging, client, traces)
        server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def s3_stage(settings: S3Settings, scratch: Path) -> AsyncIterator[Stage]:
    """A bucket on a real server."""
    async with open_s3(settings, scratch) as (store, staging), httpx.AsyncClient(timeout=60) as client:

        async def traces() -> AsyncIterator[str]:
            async for key in store.keys(""):
                yield key
            answer = await store.bucket.ask("list_multipart_uploads")
            for upload in answer.get("Uploads", ()):
                yield upload["Key"]

        yield Stage(store, staging, client, traces)

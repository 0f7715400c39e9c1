"""Bytes put by signed addresses into a server of its own process, which is killed, or is sent much."""

import asyncio
import hashlib
import os
from pathlib import Path

import httpx
import psutil
import pytest

from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.hmac_signer import HmacSigner
from imaging.adapters.key_files import signing_keys
from tests.adapters.stages import cut
from tests.server import RunningServer, running_server
from tests.vitals import watched_memory

pytestmark = pytest.mark.full

MIB = 1024 * 1024
PART_BYTES = 16 * MIB
KEY = "s/abc/1"
FEW = 10


def desk(server: RunningServer) -> tuple[FolderStaging, FolderStore]:
    """What the server itself would sign and find."""
    store = FolderStore(server.data_dir / "objects")
    signer = HmacSigner(signing_keys((), server.data_dir / "keys"))
    return FolderStaging(store, signer, server.url), store


async def put_part(
    client: httpx.AsyncClient, staging: FolderStaging, upload_id: str, number: int, piece: bytes
) -> None:
    signed = await staging.sign_part(KEY, upload_id, number, size_bytes=len(piece), ttl_s=600)
    answer = await client.put(signed.url, content=piece, headers=dict(signed.headers))
    assert answer.status_code == 200, answer.text


async def test_after_kill_9_an_upload_goes_on_with_the_parts_that_were_whole(tmp_path: Path) -> None:
    pieces = {number: os.urandom(PART_BYTES) for number in (1, 2, 3)}
    async with httpx.AsyncClient(timeout=120) as client:
        with running_server(tmp_path, log_level="info") as server:
            staging, _ = desk(server)
            upload_id = await staging.begin_parts(KEY, content_type="image/tiff", part_bytes=PART_BYTES)
            await put_part(client, staging, upload_id, 2, pieces[2])
            half = await staging.sign_part(KEY, upload_id, 1, size_bytes=PART_BYTES, ttl_s=600)
            sending = asyncio.create_task(cut(half, pieces[1][: PART_BYTES // 2], PART_BYTES))
            await asyncio.sleep(0.01)
            server.process.kill()
            server.process.wait()
            await asyncio.gather(sending, return_exceptions=True)
        assert [part.number for part in await staging.parts(KEY, upload_id)] == [2]
        log = server.log.read_text()
        assert "PUT /u/s/abc/1/" in log
        assert "&s=[redacted]" in log
        with running_server(tmp_path) as again:
            staging, store = desk(again)
            for number in (1, 3):
                await put_part(client, staging, upload_id, number, pieces[number])
            await staging.complete_parts(KEY, upload_id, await staging.parts(KEY, upload_id))
    digest = hashlib.sha256()
    async for chunk in store.read(KEY):
        digest.update(chunk)
    assert digest.digest() == hashlib.sha256(b"".join(pieces[number] for number in (1, 2, 3))).digest()


async def test_much_that_comes_side_by_side_is_never_held_in_memory(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        staging, store = desk(server)
        piece = os.urandom(PART_BYTES)
        upload_id = await staging.begin_parts(KEY, content_type="image/tiff", part_bytes=PART_BYTES)
        slots = asyncio.Semaphore(6)
        async with httpx.AsyncClient(timeout=300) as client:

            async def send(number: int) -> None:
                async with slots:
                    await put_part(client, staging, upload_id, number, piece)

            await send(1)
            with watched_memory(server) as memory:
                await asyncio.gather(*(send(number) for number in range(2, 33)))
        assert memory.growth_bytes < 64 * MIB
        await staging.complete_parts(KEY, upload_id, await staging.parts(KEY, upload_id))
        found = await store.stat(KEY)
        assert found is not None
        assert found.size_bytes == 32 * PART_BYTES


async def test_many_who_go_in_the_middle_leave_no_file_and_no_descriptor(tmp_path: Path) -> None:
    with running_server(tmp_path, log_level="warning") as server:
        staging, store = desk(server)
        body = os.urandom(2 * MIB)
        signed = await staging.sign_put(
            KEY, size_bytes=len(body), sha256=hashlib.sha256(body).hexdigest(), content_type="image/tiff", ttl_s=600
        )
        async with httpx.AsyncClient(timeout=120) as client:
            await client.put(signed.url, content=body, headers=dict(signed.headers))
        await store.delete(KEY)
        process = psutil.Process(server.process.pid)
        before = process.num_fds()
        for _ in range(20):
            await asyncio.gather(*(cut(signed, body[: MIB * number], len(body)) for number in (0, 1) * 5))
        for _ in range(600):
            left = await asyncio.to_thread(lambda: list((server.data_dir / "objects").rglob("*")))
            if not left and process.num_fds() <= before + FEW:
                break
            await asyncio.sleep(0.1)
        assert left == []
        assert process.num_fds() <= before + FEW
        assert "Traceback" not in server.log.read_text()

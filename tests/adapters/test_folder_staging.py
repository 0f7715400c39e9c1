"""What the folder promises of staged bytes beyond every staging."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.hmac_signer import HmacSigner
from imaging.adapters.landing import BUFFER_BYTES
from imaging.errors import Conflict
from imaging.ports import StagedPart
from tests.adapters.stages import KEYS, PART_BYTES, Stage, folder_stage
from tests.http.test_uploads import connected

PICTURE = b"the bytes of a picture"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with folder_stage(tmp_path / "objects") as opened:
        yield opened


@contextlib.contextmanager
def full_at(size_bytes: int) -> Iterator[None]:
    """No file can grow beyond this, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def file_of(root: Path, upload_id: str) -> Path:
    (path,) = [path for path in root.rglob("*") if path.name.endswith(upload_id)]
    return path


def left_in(root: Path) -> list[Path]:
    return list(root.iterdir())


def length(path: Path) -> int:
    return path.stat().st_size


async def until_as_long(path: Path, size_bytes: int) -> None:
    for _ in range(3_000):
        if length(path) >= size_bytes:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the part never came")


async def test_the_etag_of_what_is_put_whole_is_its_hash(stage: Stage) -> None:
    answer = await stage.put(await stage.sign(PICTURE), PICTURE)
    found = await stage.store.stat("s/abc/1")
    assert found is not None
    assert answer.headers["etag"].strip('"') == found.etag == hashlib.sha256(PICTURE).hexdigest()


async def test_completing_copies_and_reads_nothing(stage: Stage, tmp_path: Path) -> None:
    upload_id = await stage.begin()
    parts = [await stage.put_part(upload_id, number, size * b"x") for number, size in ((2, 1_000), (1, PART_BYTES))]
    path = file_of(tmp_path / "objects", upload_id)
    inode = path.stat().st_ino
    await stage.staging.complete_parts("s/abc/1", upload_id, sorted(parts, key=lambda part: part.number))
    assert (tmp_path / "objects" / "s" / "abc" / "1").stat().st_ino == inode
    found = await stage.store.stat("s/abc/1")
    assert found is not None
    assert found.etag.endswith("-2")


async def test_a_longer_part_than_agreed_would_run_into_the_next_and_is_refused(stage: Stage) -> None:
    upload_id = await stage.begin()
    signed = await stage.staging.sign_part("s/abc/1", upload_id, 1, size_bytes=PART_BYTES + 1, ttl_s=600)
    answer = await stage.put(signed, b"x" * (PART_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT")
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == []


async def test_a_part_sent_again_stops_the_first_whose_line_is_dead(stage: Stage, tmp_path: Path) -> None:
    upload_id, size = await stage.begin(), PART_BYTES
    signed = await stage.staging.sign_part("s/abc/1", upload_id, 1, size_bytes=size, ttl_s=600)
    reader, writer = await connected(signed, size)
    writer.write(b"x" * (size // 2))
    await until_as_long(file_of(tmp_path / "objects", upload_id), 1_000_000)
    part = await stage.put_part(upload_id, 1, b"y" * size)
    assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 409 ")
    writer.close()
    await stage.staging.complete_parts("s/abc/1", upload_id, [part])
    assert await stage.content() == b"y" * size


async def test_half_a_part_is_none_even_when_it_replaces_a_whole_one(stage: Stage, tmp_path: Path) -> None:
    upload_id, size = await stage.begin(), PART_BYTES
    whole = await stage.put_part(upload_id, 1, b"x" * size)
    other = await stage.put_part(upload_id, 2, b"the end")
    signed = await stage.staging.sign_part("s/abc/1", upload_id, 1, size_bytes=size, ttl_s=600)
    _, writer = await connected(signed, size)
    writer.write(b"y" * (size // 2))
    for _ in range(3_000):
        if list(await stage.staging.parts("s/abc/1", upload_id)) == [other]:
            break
        await asyncio.sleep(0.01)
    writer.transport.abort()
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == [other]
    with pytest.raises(Conflict):
        await stage.staging.complete_parts("s/abc/1", upload_id, [whole, other])


async def test_while_a_part_arrives_nothing_is_completed(stage: Stage, tmp_path: Path) -> None:
    upload_id = await stage.begin()
    part = await stage.put_part(upload_id, 1, PICTURE)
    signed = await stage.staging.sign_part("s/abc/1", upload_id, 2, size_bytes=PART_BYTES, ttl_s=600)
    _, writer = await connected(signed, PART_BYTES)
    writer.write(b"y" * (PART_BYTES // 2))
    await until_as_long(file_of(tmp_path / "objects", upload_id), PART_BYTES + 1_000_000)
    with pytest.raises(Conflict):
        await stage.staging.complete_parts("s/abc/1", upload_id, [part])
    writer.transport.abort()
    for _ in range(3_000):
        with contextlib.suppress(Conflict):
            await stage.staging.complete_parts("s/abc/1", upload_id, [part])
            break
    assert await stage.content() == PICTURE


async def test_while_an_upload_is_completed_no_part_is_taken(stage: Stage, tmp_path: Path) -> None:
    upload_id = await stage.begin()
    signed = await stage.staging.sign_part("s/abc/1", upload_id, 1, size_bytes=4, ttl_s=600)
    path = file_of(tmp_path / "objects", upload_id)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert (await stage.put(signed, b"part")).status_code == 404
    assert (await stage.put(signed, b"part")).status_code == 200


async def test_a_full_disk_is_told_and_leaves_nothing(stage: Stage) -> None:
    body = os.urandom(3 * 1024 * 1024)
    signed = await stage.sign(body)
    with full_at(1024 * 1024):
        answer = await stage.put(signed, body)
    assert (answer.status_code, answer.json()["code"]) == (503, "OVERLOADED")
    assert int(answer.headers["retry-after"]) > 0
    await stage.leaves_nothing()


async def test_removing_a_prefix_while_it_is_written_harms_nobody(stage: Stage) -> None:
    signed = await stage.sign(PICTURE)

    async def sweep() -> None:
        for _ in range(30):
            await stage.store.delete_prefix("s/abc")

    async def put() -> list[int]:
        return [(await stage.put(signed, PICTURE)).status_code for _ in range(30)]

    async def begin() -> None:
        for number in range(30):
            upload_id = await stage.begin(f"s/abc/{number}")
            await stage.staging.abort_parts(f"s/abc/{number}", upload_id)

    _, statuses, _ = await asyncio.gather(sweep(), put(), begin())
    assert set(statuses) <= {200, 409}
    await stage.store.delete_prefix("s/abc")
    await stage.leaves_nothing()


async def test_many_parts_of_many_uploads_come_at_once(stage: Stage) -> None:
    upload_ids = [await stage.begin(f"s/abc/{number}") for number in range(5)]

    async def send(index: int, number: int) -> tuple[int, StagedPart]:
        content = bytes([index]) * (PART_BYTES if number < 3 else 10)
        return index, await stage.put_part(upload_ids[index], number, content, f"s/abc/{index}")

    sent = await asyncio.gather(*(send(index, number) for number in (3, 2, 1) for index in range(5)))
    for index, upload_id in enumerate(upload_ids):
        parts = sorted((part for owner, part in sent if owner == index), key=lambda part: part.number)
        await stage.staging.complete_parts(f"s/abc/{index}", upload_id, parts)
        assert await stage.content(f"s/abc/{index}") == bytes([index]) * (2 * PART_BYTES + 10)


@pytest.mark.parametrize("is_part", [True, False])
async def test_when_the_server_stops_what_was_arriving_is_gone(tmp_path: Path, is_part: bool) -> None:
    store = FolderStore(tmp_path / "objects")
    staging = FolderStaging(store, HmacSigner(KEYS), "")
    came, stays = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * BUFFER_BYTES
        came.set()
        await stays.wait()

    size = 2 * BUFFER_BYTES
    upload_id = await staging.begin_parts("s/abc/1", content_type="image/png", part_bytes=size)
    if is_part:
        receiving = asyncio.create_task(staging.receive_part("s/abc/1", upload_id, 1, body(), size_bytes=size))
    else:
        receiving = asyncio.create_task(staging.receive("s/abc/2", body(), size_bytes=size, sha256="0" * 64))
    await came.wait()
    receiving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiving
    assert list(await staging.parts("s/abc/1", upload_id)) == []
    await staging.abort_parts("s/abc/1", upload_id)
    assert left_in(tmp_path / "objects") == []

"""Copies of large objects: made by the server in parts, on a real one."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from imaging.adapters.s3_copy import Copies
from imaging.adapters.s3_store import DIGEST, S3Store
from imaging.adapters.s3_upload import Uploads
from imaging.errors import NotFound
from tests.adapters.bucket import MIB, content, large, listing

pytestmark = pytest.mark.full


@pytest.fixture
def copies(store: S3Store) -> Copies:
    """Copies in the smallest parts that there may be."""
    return Copies(store.bucket, Uploads(store.bucket), whole_bytes=5 * MIB, part_bytes=5 * MIB)


async def unfinished(store: S3Store) -> list[str]:
    answer = await store.bucket.ask("list_multipart_uploads")
    return [upload["Key"] for upload in answer.get("Uploads", ())]


async def until_begun(store: S3Store) -> None:
    for _ in range(1_000):
        if await unfinished(store):
            return
        await asyncio.sleep(0.05)


async def test_a_large_object_is_copied_in_parts_with_its_type_and_its_hash(
    store: S3Store, copies: Copies, tmp_path: Path
) -> None:
    path = large(tmp_path, 13)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    await store.put("s/abc/1", path, content_type="application/octet-stream")
    headers = {"ContentType": "image/tiff", "Metadata": {DIGEST: digest}}
    assert await copies.copy("s/abc/1", "o/abc/1", headers) == 13 * MIB
    head = await store.bucket.ask("head_object", Key="o/abc/1")
    assert (head["ContentType"], head["Metadata"]) == ("image/tiff", {DIGEST: digest})
    assert head["ETag"].endswith('-3"')
    assert hashlib.sha256(await content(store, "o/abc/1")).hexdigest() == digest
    assert await unfinished(store) == []


async def test_a_copy_that_is_cancelled_is_whole_or_nothing(store: S3Store, copies: Copies, tmp_path: Path) -> None:
    await store.put("s/abc/1", large(tmp_path, 40), content_type="image/tiff")
    for pause_s in (0, 0.01, 0.05, 0.1):
        copying = asyncio.create_task(copies.copy("s/abc/1", "o/abc/1", {"ContentType": "image/tiff"}))
        await asyncio.sleep(pause_s)
        copying.cancel()
        await asyncio.wait((copying,))
        assert await unfinished(store) == []
        assert await listing(store, "o") == (set() if copying.cancelled() else {"o/abc/1"})
        await store.delete("o/abc/1")


async def test_a_copy_whose_parts_are_taken_away_begins_again(store: S3Store, tmp_path: Path) -> None:
    path, slots = large(tmp_path, 13), asyncio.Semaphore(1)
    copies = Copies(store.bucket, Uploads(store.bucket), 5 * MIB, 5 * MIB, slots)
    await store.put("s/abc/1", path, content_type="image/tiff")
    async with slots:
        copying = asyncio.create_task(copies.copy("s/abc/1", "o/abc/1", {"ContentType": "image/tiff"}))
        async with asyncio.timeout(60):
            await until_begun(store)
        await store.delete_prefix("o/abc")
    assert await copying == 13 * MIB
    assert await content(store, "o/abc/1") == path.read_bytes()
    assert await unfinished(store) == []


async def test_what_is_not_there_cannot_be_copied(copies: Copies) -> None:
    with pytest.raises(NotFound):
        await copies.copy("s/absent", "o/abc/1", {"ContentType": "image/tiff"})

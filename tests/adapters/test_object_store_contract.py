"""What every object store does, whichever is plugged in."""

import asyncio
import datetime
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from imaging.adapters.folder_store import FolderStore
from imaging.adapters.s3_store import open_s3_store
from imaging.errors import NotFound
from imaging.ports import ObjectStore


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.full)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    if request.param == "folder":
        yield FolderStore(tmp_path / "objects")
        return
    (tmp_path / "tmp").mkdir()
    async with open_s3_store(request.getfixturevalue("s3_settings"), tmp_path / "tmp") as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / f"given-{len(list(tmp_path.iterdir()))}"
        path.write_bytes(content)
        return path

    return write


async def content(store: ObjectStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.read(key, start, end)])


async def listing(store: ObjectStore, prefix: str) -> set[str]:
    return {key async for key in store.keys(prefix)}


async def test_what_was_put_is_read_back(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    await store.put("o/abc/1", file(b"picture"), content_type="image/png")
    assert await content(store, "o/abc/1") == b"picture"


async def test_the_etag_is_the_hash_of_the_bytes(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    put = await store.put("o/abc/1", file(b"picture"), content_type="image/png")
    found = await store.stat("o/abc/1")
    assert found is not None
    assert (put.etag, put.size_bytes) == (found.etag, found.size_bytes) == (hashlib.sha256(b"picture").hexdigest(), 7)


async def test_a_hash_that_is_known_already_is_kept(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    known = hashlib.sha256(b"picture").hexdigest()
    put = await store.put("o/abc/1", file(b"picture"), content_type="image/png", sha256=known)
    found = await store.stat("o/abc/1")
    assert found is not None
    assert put.etag == found.etag == known


async def test_the_file_may_be_unlinked_afterwards(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    path = file(b"picture")
    await store.put("o/abc/1", path, content_type="image/png")
    assert path.read_bytes() == b"picture"
    path.unlink()
    assert await content(store, "o/abc/1") == b"picture"


async def test_putting_again_replaces_the_whole(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    await store.put("o/abc/1", file(b"a long picture"), content_type="image/png")
    await store.put("o/abc/1", file(b"short"), content_type="image/png")
    found = await store.stat("o/abc/1")
    assert found is not None
    assert (await content(store, "o/abc/1"), found.size_bytes) == (b"short", 5)
    assert found.etag == hashlib.sha256(b"short").hexdigest()


async def test_the_same_file_may_be_put_twice(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    path = file(b"picture")
    for _ in range(2):
        await store.put("o/abc/1", path, content_type="image/png")
    assert await listing(store, "") == {"o/abc/1"}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, b"0123456789"), (3, None, b"3456789"), (0, 4, b"0123"), (3, 5, b"34"), (8, 99, b"89"), (5, 5, b"")],
)
async def test_a_part_can_be_read(
    store: ObjectStore, file: Callable[[bytes], Path], start: int, end: int | None, expected: bytes
) -> None:
    await store.put("k", file(b"0123456789"), content_type="image/png")
    assert await content(store, "k", start, end) == expected


async def test_a_large_object_is_read_in_chunks(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    whole = os.urandom(3_000_000)
    await store.put("k", file(whole), content_type="image/png")
    chunks = [chunk async for chunk in store.read("k", 1)]
    assert b"".join(chunks) == whole[1:]
    assert max(map(len, chunks)) <= 1024 * 1024


async def test_what_is_not_there_is_said_so(store: ObjectStore) -> None:
    assert await store.stat("o/abc/1") is None
    with pytest.raises(NotFound):
        await content(store, "o/abc/1")
    with pytest.raises(NotFound):
        async with store.local_file("o/abc/1"):
            pass


async def test_a_folder_is_no_object(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    await store.put("o/abc/1", file(b"picture"), content_type="image/png")
    assert await store.stat("o/abc") is None
    assert await store.stat("o/abc/1/2") is None
    with pytest.raises(NotFound):
        await content(store, "o/abc")


async def test_an_object_is_given_as_a_file(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    await store.put("o/abc/1", file(b"picture"), content_type="image/png")
    async with store.local_file("o/abc/1") as path:
        assert path.read_bytes() == b"picture"


async def test_a_deleted_object_is_gone(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    await store.put("o/abc/1", file(b"picture"), content_type="image/png")
    await store.delete("o/abc/1")
    assert await store.stat("o/abc/1") is None
    await store.delete("o/abc/1")
    assert await listing(store, "") == set()


async def test_a_prefix_is_deleted_by_whole_segments(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    for key in ("o/abc/1", "o/abc/2", "o/abc/x/y", "o/abcd/1", "r/abc/1"):
        await store.put(key, file(b"picture"), content_type="image/png")
    assert await store.delete_prefix("o/abc") == 3
    assert await listing(store, "") == {"o/abcd/1", "r/abc/1"}
    assert await store.delete_prefix("o/abc") == 0


async def test_keys_are_listed_below_a_prefix(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    for key in ("o/abc/1", "o/abcd/1", "r/abc/1/2/w_640-fit_cover/name.jpg"):
        await store.put(key, file(b"picture"), content_type="image/png")
    assert await listing(store, "o/abc") == await listing(store, "o/abc/") == {"o/abc/1"}
    assert await listing(store, "r") == {"r/abc/1/2/w_640-fit_cover/name.jpg"}
    assert await listing(store, "absent") == set()


async def test_only_what_was_written_before_a_time_is_listed_if_asked(
    store: ObjectStore, file: Callable[[bytes], Path]
) -> None:
    await store.put("s/old", file(b"old"), content_type="image/png")
    await asyncio.sleep(1.1)  # some servers tell times in whole seconds
    between = datetime.datetime.now(datetime.UTC)
    await asyncio.sleep(1.1)
    await store.put("s/new", file(b"new"), content_type="image/png")
    assert {key async for key in store.keys("s", before=between)} == {"s/old"}
    hour = datetime.timedelta(hours=1)
    assert {key async for key in store.keys("s", before=between + hour)} == {"s/old", "s/new"}
    assert {key async for key in store.keys("s", before=between - hour)} == set()


async def test_a_copy_has_the_same_bytes_and_outlives_its_source(
    store: ObjectStore, file: Callable[[bytes], Path]
) -> None:
    digest = hashlib.sha256(b"picture").hexdigest()
    await store.put("s/abc/1", file(b"picture"), content_type="application/octet-stream")
    copied = await store.copy("s/abc/1", "o/abc/1", content_type="image/png", sha256=digest)
    assert (copied.key, copied.size_bytes, copied.etag) == ("o/abc/1", 7, digest)
    await store.delete("s/abc/1")
    assert await content(store, "o/abc/1") == b"picture"
    assert await store.stat("o/abc/1") == copied


async def test_copying_twice_is_copying_once(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    digest = hashlib.sha256(b"picture").hexdigest()
    await store.put("s/abc/1", file(b"picture"), content_type="image/png")
    for _ in range(2):
        await store.copy("s/abc/1", "o/abc/1", content_type="image/png", sha256=digest)
    assert await listing(store, "") == {"s/abc/1", "o/abc/1"}


async def test_a_copy_replaces_what_was_there(store: ObjectStore, file: Callable[[bytes], Path]) -> None:
    digest = hashlib.sha256(b"new").hexdigest()
    await store.put("o/abc/1", file(b"what was there"), content_type="image/png")
    await store.put("s/abc/1", file(b"new"), content_type="image/png")
    await store.copy("s/abc/1", "o/abc/1", content_type="image/png", sha256=digest)
    found = await store.stat("o/abc/1")
    assert found is not None
    assert (await content(store, "o/abc/1"), found.etag) == (b"new", digest)


async def test_what_is_not_there_cannot_be_copied(store: ObjectStore) -> None:
    with pytest.raises(NotFound):
        await store.copy("s/absent", "o/abc/1", content_type="image/png", sha256="0" * 64)
    assert await listing(store, "") == set()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "../secret",
        "o/../secret",
        "o/./1",
        "o//1",
        "o/",
        "o/.hidden",
        "o/é",
        "o/a b",
        "o/a\n",
        "o\\1",
        "o/%2e",
        "o/" + "a" * 256,
        "a/" * 600 + "a",
    ],
)
async def test_a_key_that_could_leave_the_store_is_refused(
    store: ObjectStore, file: Callable[[bytes], Path], key: str
) -> None:
    with pytest.raises(ValueError, match="object key"):
        await store.put(key, file(b"picture"), content_type="image/png")
    with pytest.raises(ValueError, match="object key"):
        await store.stat(key)
    with pytest.raises(ValueError, match="object key"):
        await store.delete(key)


async def test_many_write_and_delete_below_one_prefix_at_once(
    store: ObjectStore, file: Callable[[bytes], Path]
) -> None:
    path = file(b"picture")

    async def churn(number: int) -> None:
        for _ in range(10):
            await store.put(f"o/abc/{number}", path, content_type="image/png")
            await store.delete(f"o/abc/{number}")
        await store.put(f"o/abc/{number}", path, content_type="image/png")

    await asyncio.gather(*(churn(number) for number in range(8)))
    assert await listing(store, "o") == {f"o/abc/{number}" for number in range(8)}


async def test_a_missing_file_cannot_be_put(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await store.put("o/abc/1", tmp_path / "absent", content_type="image/png")
    assert await listing(store, "") == set()


async def test_deleting_a_prefix_while_it_is_written_harms_no_put(
    store: ObjectStore, file: Callable[[bytes], Path]
) -> None:
    path = file(b"picture")

    async def sweep() -> None:
        for _ in range(30):
            await store.delete_prefix("o/abc")

    async def write() -> None:
        for number in range(30):
            put = await store.put(f"o/abc/{number}", path, content_type="image/png")
            assert put.size_bytes == 7

    await asyncio.gather(sweep(), write())
    await store.delete_prefix("o/abc")
    assert await listing(store, "") == set()

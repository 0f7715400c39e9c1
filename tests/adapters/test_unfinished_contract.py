"""How old objects are, and what never became one: as upkeep asks every store."""

import datetime
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.hmac_signer import HmacSigner
from imaging.adapters.s3_staging import open_s3
from imaging.errors import NotFound
from imaging.ports import ObjectStore, Staging

HOUR = datetime.timedelta(hours=1)


@dataclass
class Place:
    """A store, and what lets people put bytes into it."""

    store: ObjectStore
    staging: Staging

    async def keys(self, before: datetime.datetime) -> set[str]:
        return {key async for key in self.store.keys("s", before=before)}

    async def unfinished(self, before: datetime.datetime) -> set[str]:
        return {begun.key.rpartition("/")[0] async for begun in self.store.unfinished(before=before)}


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.full)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "folder":
        folder = FolderStore(tmp_path / "objects")
        yield Place(folder, FolderStaging(folder, HmacSigner([("k", b"x" * 32)]), "http://pictures.test"))
        return
    (tmp_path / "tmp").mkdir()
    async with open_s3(request.getfixturevalue("s3_settings"), tmp_path / "tmp") as (store, staging):
        yield Place(store, staging)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "given"
    path.write_bytes(b"a picture")
    return path


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


async def test_only_what_was_written_before_a_time_is_listed(place: Place, file: Path) -> None:
    await place.store.put("s/a/1", file, content_type="image/png")
    assert await place.keys(now() - HOUR) == set()
    assert await place.keys(now() + HOUR) == {"s/a/1"}


async def test_what_is_old_and_copied_now_is_new_under_its_new_key(place: Place, file: Path) -> None:
    os.utime(file, (0, 0))
    first = await place.store.put("s/a/1", file, content_type="image/png")
    await place.store.copy("s/a/1", "s/b/1", content_type="image/png", sha256=first.etag)
    assert await place.keys(now() - HOUR) == set()
    assert await place.keys(now() + HOUR) == {"s/a/1", "s/b/1"}


async def test_more_than_a_few_objects_are_all_listed(place: Place, file: Path) -> None:
    for number in range(1_100):
        await place.store.put(f"s/{number}/1", file, content_type="image/png")
    assert await place.keys(now() + HOUR) == {f"s/{number}/1" for number in range(1_100)}


async def test_objects_are_listed_with_their_size_and_when_they_were_last_used(
    place: Place, file: Path, tmp_path: Path
) -> None:
    began, larger = now(), tmp_path / "larger"
    larger.write_bytes(b"another picture")
    await place.store.put("r/a/1/1/o/a.jpg", file, content_type="image/jpeg")
    await place.store.put("r/b/1/1/o/a.jpg", larger, content_type="image/jpeg")
    await place.store.put("rest/1", file, content_type="image/jpeg")
    found = {entry.key: entry async for entry in place.store.entries("r")}
    assert {key: entry.size_bytes for key, entry in found.items()} == {"r/a/1/1/o/a.jpg": 9, "r/b/1/1/o/a.jpg": 15}
    # Clocks of servers, and of file systems, are no better than that.
    assert all(abs(entry.used_at - began) < HOUR for entry in found.values())
    assert [entry async for entry in place.store.entries("p")] == []


async def test_in_a_folder_reading_is_use_and_listing_is_none(tmp_path: Path, file: Path) -> None:
    folder = FolderStore(tmp_path / "objects")
    await folder.put("r/a/1", file, content_type="image/jpeg")
    long_ago, path = (now() - 48 * HOUR).timestamp(), tmp_path / "objects" / "r" / "a" / "1"
    for read_s, written_s in ((long_ago, long_ago - 9), (long_ago - 9, long_ago)):
        os.utime(path, (read_s, written_s))
        for _ in range(2):
            [entry] = [entry async for entry in folder.entries("r")]
            assert entry.used_at.timestamp() == pytest.approx(long_ago)


async def test_an_upload_in_parts_is_listed_until_it_is_abandoned(place: Place, file: Path) -> None:
    await place.store.put("s/whole/1", file, content_type="image/png")
    id = await place.staging.begin_parts("s/begun/1", content_type="image/png", part_bytes=5 * 1024 * 1024)
    assert await place.unfinished(now() - HOUR) == set()
    assert await place.unfinished(now() + HOUR) == {"s/begun"}
    found = [begun async for begun in place.store.unfinished(before=now() + HOUR)]
    for _ in range(2):
        for begun in found:
            await place.store.abandon(begun)
    assert await place.unfinished(now() + HOUR) == set()
    with pytest.raises(NotFound):
        await place.staging.parts("s/begun/1", id)
    assert await place.keys(now() + HOUR) == {"s/whole/1"}


async def test_an_empty_store_has_nothing_unfinished(place: Place) -> None:
    assert await place.unfinished(now()) == set()

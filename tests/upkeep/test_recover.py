"""After a kill, what was acknowledged is whole and what was not is gone."""

import asyncio
import hashlib
import random
import signal
import sys
import uuid
from pathlib import Path

import pytest

from imaging.accounts.viewer import Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.images.models import Image, ImageDetail, ImageTag
from imaging.images.spool import Spool
from imaging.journal.models import Event, OutboxEntry
from imaging.upkeep.recover import ingesting
from tests.images.counter import received
from tests.rows import add_image


async def keys(store: FolderStore) -> set[str]:
    return {key async for key in store.keys("")}


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("acknowledged", [15, 60])
async def test_killed_in_the_middle_of_two_hundred_uploads_it_keeps_what_it_acknowledged_and_nothing_else(
    db: str, owner: Viewer, tmp_path: Path, store: FolderStore, acknowledged: int
) -> None:
    assert owner.user_id is not None
    command = ("-m", "tests.upkeep.uploader", db, str(tmp_path), owner.user_id.hex, "200")
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    first = [await process.stdout.readline() for _ in range(acknowledged)]
    await asyncio.sleep(random.random() * 0.1)
    process.send_signal(signal.SIGKILL)
    rest, _ = await process.communicate()
    lines = [line.decode().split() for line in (*first, *rest.splitlines()) if len(line.strip()) == 97]
    left = len(files_in(tmp_path / "tmp"))
    async with ingesting(store, tmp_path / "tmp") as removed:
        assert removed == left > 0
    images = {image.id.hex: image for image in await Image.all()}
    assert len(lines) >= acknowledged
    for id, sha256 in lines:
        content = (tmp_path / "objects" / images[id].original_key).read_bytes()
        assert hashlib.sha256(content).hexdigest() == images[id].sha256 == sha256
    assert await keys(store) == {image.original_key for image in images.values()}
    assert len(files_in(tmp_path / "objects")) == len(images)
    assert files_in(tmp_path / "tmp") == []
    for model in (ImageDetail, ImageTag, Event, OutboxEntry):
        assert await model.all().count() == len(images)


async def test_a_file_whose_row_is_missing_takes_its_object_along(
    db: str, store: FolderStore, spool: Spool, tmp_path: Path
) -> None:
    file = await received(spool, b"half of an upload")
    await store.put(f"o/{file.image_id.hex}/1", file.path, content_type="image/jpeg")
    async with ingesting(store, tmp_path / "tmp") as removed:
        assert removed == 1
    assert await keys(store) == set()
    assert files_in(tmp_path / "tmp") == []


async def test_a_file_whose_row_is_there_only_loses_its_copy_in_the_spool(
    owner: Viewer, store: FolderStore, spool: Spool, tmp_path: Path
) -> None:
    file = await received(spool, b"a whole upload")
    image = await add_image(owner, id=file.image_id)
    await store.put(image.original_key, file.path, content_type="image/jpeg")
    async with ingesting(store, tmp_path / "tmp"):
        assert await keys(store) == {image.original_key}
    assert files_in(tmp_path / "tmp") == []


async def test_what_else_lies_in_the_spool_is_removed_too(db: str, store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "half-a-rendition.webp").write_bytes(b"x")
    async with ingesting(store, tmp_path / "tmp") as removed:
        assert removed == 1
    assert files_in(tmp_path / "tmp") == []


async def test_the_files_of_a_running_process_are_left_alone(
    db: str, store: FolderStore, spool: Spool, tmp_path: Path
) -> None:
    async with ingesting(store, tmp_path / "tmp") as first:
        file = await received(spool, uuid.uuid4().bytes)
        async with ingesting(store, tmp_path / "tmp") as second:
            assert (first, second) == (0, None)
        assert files_in(tmp_path / "tmp") == [file.path]
    async with ingesting(store, tmp_path / "tmp") as third:
        assert third == 1

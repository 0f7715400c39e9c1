"""What only the store in a folder promises."""

from pathlib import Path

from imaging.adapters.folder_store import FolderStore


async def test_an_object_can_be_served_as_a_file(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_bytes(b"picture")
    put = await FolderStore(tmp_path / "objects").put("o/abc/1", given, content_type="image/png")
    assert put.path == tmp_path / "objects/o/abc/1"
    assert put.path.read_bytes() == b"picture"


async def test_bytes_on_the_same_disk_are_shared_not_copied(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_bytes(b"picture")
    put = await FolderStore(tmp_path / "objects").put("o/abc/1", given, content_type="image/png")
    assert put.path is not None
    assert put.path.samefile(given)


async def test_empty_folders_do_not_stay(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "objects")
    given = tmp_path / "given"
    given.write_bytes(b"picture")
    await store.put("r/abc/1/1/w_640/a.jpg", given, content_type="image/jpeg")
    await store.put("r/abc/2/1/w_640/a.jpg", given, content_type="image/jpeg")
    await store.delete("r/abc/1/1/w_640/a.jpg")
    assert [path.name for path in (tmp_path / "objects/r/abc").iterdir()] == ["2"]
    await store.delete_prefix("r/abc")
    assert list((tmp_path / "objects").iterdir()) == []


async def test_a_file_changed_from_outside_gets_another_etag(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "objects")
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects/k").write_bytes(b"one picture")
    before = await store.stat("k")
    (tmp_path / "objects/k").write_bytes(b"another one")
    after = await store.stat("k")
    assert before is not None
    assert after is not None
    assert before.etag != after.etag


async def test_what_a_killed_process_left_unfinished_is_no_object_and_goes_with_its_prefix(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "objects")
    (tmp_path / "objects/o/abc").mkdir(parents=True)
    (tmp_path / "objects/o/abc/.new-123").write_bytes(b"half a pic")
    assert [key async for key in store.keys("o")] == []
    assert await store.delete_prefix("o/abc") == 0
    assert list((tmp_path / "objects").iterdir()) == []

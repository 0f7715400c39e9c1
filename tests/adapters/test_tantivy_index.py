"""What the embedded index must survive: kills, damage, other versions, other processes."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from imaging.adapters.tantivy_index import TantivyIndex
from imaging.errors import Misconfigured
from imaging.ports import SearchDocument, SearchFilter, SearchQuery

WRITING = """
import asyncio, sys
from pathlib import Path
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.ports import SearchDocument

async def main() -> None:
    index = TantivyIndex(Path(sys.argv[1]))
    await index.open()
    await index.mark_complete()
    number = await index.count()
    while True:
        ids = [f"{number + step:032x}" for step in range(10)]
        documents = [SearchDocument(id=id, owner_id="", public=True, state="READY", filename="boat.jpg") for id in ids]
        await index.apply(documents, [])
        number += 10
        print(number, flush=True)

asyncio.run(main())
"""


def document(number: int = 1) -> SearchDocument:
    return SearchDocument(id=f"{number:032x}", owner_id="", public=True, state="READY", filename="boat.jpg")


async def opened(folder: Path) -> TantivyIndex:
    index = TantivyIndex(folder)
    await index.open()
    return index


async def filled(folder: Path) -> None:
    """An index of one document, complete and closed."""
    index = await opened(folder)
    await index.apply([document()], [])
    await index.mark_complete()
    await index.close()


def damage_files(folder: Path, ending: str, damage: str) -> list[Path]:
    """Cut, empty or remove the files of the index that end so; return those that are still there."""
    files = [file for file in folder.glob("layout-*/*") if file.name.endswith(ending) and file.name[0] != "."]
    assert files
    for file in files:
        if damage == "removed":
            file.unlink()
        else:
            os.truncate(file, file.stat().st_size // 2 if damage == "cut" else 0)
    return [file for file in files if file.exists()]


def pretend_layout(folder: Path, number: int) -> Path:
    """Rename the index as if another version had made it."""
    (layout,) = folder.glob("layout-*")
    return layout.rename(folder / f"layout-{number}")


def layouts(folder: Path) -> set[str]:
    return {layout.name for layout in folder.glob("layout-*")}


def sizes(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in folder.rglob("*")}


async def boats(index: TantivyIndex) -> int:
    return (await index.search(SearchQuery("boat", SearchFilter()))).total


async def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    await filled(tmp_path)
    index = await opened(tmp_path)
    assert await boats(index) == 1
    assert await index.is_complete()
    await index.apply([document(2)], [])
    assert await boats(index) == 2
    await index.close()


async def test_what_was_acknowledged_survives_kill_9_and_no_lock_stays_behind(tmp_path: Path) -> None:
    acknowledged = 0
    for rounds in (1, 2, 4):
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITING, str(tmp_path), stdout=asyncio.subprocess.PIPE
        )
        assert running.stdout is not None
        for _ in range(rounds):
            acknowledged = int(await running.stdout.readline())
        os.kill(running.pid, signal.SIGKILL)
        await running.wait()
        acknowledged = max([acknowledged, *map(int, (await running.stdout.read()).split())])
        index = await opened(tmp_path)
        assert await boats(index) >= acknowledged > 0
        assert await index.is_complete()
        await index.apply([], [])
        await index.close()


@pytest.mark.parametrize("ending", [".store", ".idx", ".term", ".fast", "meta.json"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "removed"])
async def test_a_damaged_index_is_made_anew_and_says_that_it_is_not_complete(
    tmp_path: Path, ending: str, damage: str
) -> None:
    await filled(tmp_path)
    damage_files(tmp_path, ending, damage)
    index = await opened(tmp_path)
    assert not await index.is_complete()
    await index.apply([document(number) for number in range(3)], [])
    assert await boats(index) == 3
    await index.close()


async def test_an_index_of_another_layout_is_left_for_a_new_one(tmp_path: Path) -> None:
    await filled(tmp_path)
    other = pretend_layout(tmp_path, 0)
    index = await opened(tmp_path)
    assert await index.count() == 0
    assert not await index.is_complete()
    assert other.name not in layouts(tmp_path)
    await index.close()


async def test_only_one_writes_and_others_read_what_it_wrote(tmp_path: Path) -> None:
    first, second = await opened(tmp_path), await opened(tmp_path)
    await first.apply([document(1)], [])
    assert await boats(second) == 1
    with pytest.raises(Misconfigured):
        await second.apply([document(2)], [])
    await first.close()
    await second.apply([document(2)], [])
    assert await boats(second) == 2
    await second.close()


async def test_a_reader_does_not_wipe_what_another_holds(tmp_path: Path) -> None:
    writer = await opened(tmp_path)
    await writer.apply([document()], [])
    (store,) = damage_files(tmp_path, ".store", "cut")
    reader = TantivyIndex(tmp_path)
    with pytest.raises(Misconfigured):
        await reader.open()
    assert store in damage_files(tmp_path, ".store", "cut")
    await reader.close()
    await writer.close()


@pytest.mark.parametrize("what", ["absent", "incomplete", "damaged", "of another layout"])
async def test_only_a_complete_and_whole_index_is_opened_to_be_read(tmp_path: Path, what: str) -> None:
    if what != "absent":
        await filled(tmp_path)
    if what == "incomplete":
        (tmp_path / next(iter(layouts(tmp_path))) / "complete").unlink()
    if what == "damaged":
        damage_files(tmp_path, "meta.json", "cut")
    if what == "of another layout":
        pretend_layout(tmp_path, 0)
    before = sizes(tmp_path)
    reader = TantivyIndex(tmp_path)
    assert not await reader.open_to_read()
    assert not await reader.is_complete()
    await reader.close()
    assert sizes(tmp_path) == before


async def test_who_opens_it_to_read_leaves_writing_to_others(tmp_path: Path) -> None:
    await filled(tmp_path)
    reader = TantivyIndex(tmp_path)
    assert await reader.open_to_read()
    assert await reader.is_complete()
    writer = await opened(tmp_path)
    await writer.apply([document(2)], [])
    assert await boats(reader) == 2
    await writer.close()
    await reader.close()


async def test_a_document_that_cannot_be_written_spoils_nothing(tmp_path: Path) -> None:
    index = await opened(tmp_path)
    await index.apply([document(1)], [])
    broken = SearchDocument(id="2", owner_id="", public=True, state="READY", filename="boat.jpg", width=2**70)
    with pytest.raises((ValueError, OverflowError, TypeError)):
        await index.apply([document(3), broken], [f"{1:032x}"])
    assert await boats(index) == 1
    await index.apply([document(4)], [])
    assert await boats(index) == 2
    await index.close()


async def test_searches_and_writes_at_once_get_along(tmp_path: Path) -> None:
    index = await opened(tmp_path)

    async def write(start: int) -> None:
        for number in range(start, start + 5):
            await index.apply([document(number)], [])

    async def read() -> None:
        for _ in range(40):
            page = await index.search(SearchQuery("boat", SearchFilter(), facets=("format",)))
            assert page.total == len(page.hits)

    await asyncio.gather(write(0), write(100), read(), read(), read())
    assert await boats(index) == 10
    await index.close()


async def test_a_cancelled_write_leaves_the_index_usable(tmp_path: Path) -> None:
    index = await opened(tmp_path)
    writing = asyncio.create_task(index.apply([document(number) for number in range(200)], []))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await index.apply([document(999)], [])
    assert await boats(index) in (1, 201)
    await index.close()


async def test_a_folder_that_is_not_open_says_so(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    with pytest.raises(RuntimeError):
        await boats(index)
    await index.close()

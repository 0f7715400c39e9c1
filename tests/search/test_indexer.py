import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from imaging.adapters.tantivy_index import TantivyIndex
from imaging.images.models import Image
from imaging.journal.models import OutboxEntry
from imaging.ports import SearchFilter, SearchQuery
from imaging.search.indexer import BATCH, Indexer
from tests.search.stored import changed, deleted, image_of, somebody, stored

INDEXING = """
import asyncio, sys
from pathlib import Path
from imaging import database
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.search import indexer

async def main() -> None:
    indexer.BATCH = 20
    await database.connect(sys.argv[1])
    index = TantivyIndex(Path(sys.argv[2]))
    await index.open()
    print("open", flush=True)
    worker = indexer.Indexer(index)
    await worker.prepare()
    await worker.catch_up()

asyncio.run(main())
"""


async def found(index: TantivyIndex, text: str) -> int:
    return (await index.search(SearchQuery(text, SearchFilter()))).total


@pytest.mark.usefixtures("rows")
async def test_what_changed_is_indexed_once_and_forgotten(index: TantivyIndex) -> None:
    anna = await somebody()
    image, gone = await stored(anna, title="boat"), await stored(anna, title="boat")
    indexer = Indexer(index)
    assert await indexer.catch_up() == 2
    await changed(image, title="car")
    await changed(image, title="bike")
    await deleted(gone)
    assert await indexer.catch_up() == 3
    assert [await found(index, word) for word in ("boat", "car", "bike")] == [0, 0, 1]
    assert await OutboxEntry.all().count() == 0
    assert await indexer.catch_up() == 0


@pytest.mark.usefixtures("rows")
async def test_more_than_a_batch_is_indexed(index: TantivyIndex) -> None:
    anna = await somebody()
    images = [image_of(anna, title="boat") for _ in range(BATCH + 10)]
    await Image.bulk_create(images)
    await OutboxEntry.bulk_create([OutboxEntry(image_id=image.id) for image in images])
    assert await Indexer(index).catch_up() == BATCH + 10
    assert await index.count() == BATCH + 10


@pytest.mark.usefixtures("rows")
async def test_a_new_index_is_made_from_the_rows_once(index: TantivyIndex) -> None:
    anna = await somebody()
    await Image.bulk_create([image_of(anna, title="boat") for _ in range(BATCH + 10)])
    indexer = Indexer(index)
    assert await indexer.prepare() == BATCH + 10
    assert await index.count() == BATCH + 10
    assert await indexer.prepare() == 0


async def test_killed_again_and_again_nothing_is_lost(rows: str, tmp_path: Path) -> None:
    """A process that indexes is killed at random moments; whoever comes after finishes the work."""
    anna = await somebody()
    images = [image_of(anna, title="boat") for _ in range(300)]
    await Image.bulk_create(images)
    await OutboxEntry.bulk_create([OutboxEntry(image_id=image.id) for image in images])
    for delay_s in (0.0, 0.05, 0.12, 0.2, 0.3):
        await _index_and_die(rows, tmp_path / "search", delay_s)
    index = TantivyIndex(tmp_path / "search")
    await index.open()
    indexer = Indexer(index)
    await indexer.prepare()
    await indexer.catch_up()
    assert await index.count() == await found(index, "boat") == 300
    assert await OutboxEntry.all().count() == 0
    await index.close()


@pytest.mark.usefixtures("rows")
async def test_what_was_never_acknowledged_by_the_index_stays_in_the_outbox(tmp_path: Path) -> None:
    await stored(await somebody(), title="boat")
    closed = TantivyIndex(tmp_path / "search")
    with pytest.raises(RuntimeError):
        await Indexer(closed).catch_up()
    assert await OutboxEntry.all().count() == 1
    await closed.close()


async def _index_and_die(rows: str, folder: Path, delay_s: float) -> None:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", INDEXING, rows, str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert running.stdout is not None
    assert await running.stdout.readline() == b"open\n"
    await asyncio.sleep(delay_s)
    if running.returncode is None:
        os.kill(running.pid, signal.SIGKILL)
    await running.wait()
    await running.stdout.read()

"""What the search index holds is compared with the images there are, and put right by the outbox."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.images.models import Image
from imaging.journal.models import Job, OutboxEntry
from imaging.ports import Indexed, SearchDocument, SearchFilter, SearchQuery
from imaging.search.indexer import Indexer
from imaging.upkeep.drift import Drift
from imaging.upkeep.models import UpkeepRun
from imaging.upkeep.task import Report
from imaging.upkeep.upkeep import Upkeep
from tests.rows import image_row
from tests.search.stored import changed, stored

DRIFT = "reindex-drift"


async def library(owner: Viewer, index: TantivyIndex, count: int = 6) -> list[Image]:
    """So many images titled `boat`, in an open index that is complete."""
    await index.open()
    await Image.bulk_create([image_row(owner, title="boat") for _ in range(count)])
    await Indexer(index).rebuild()
    return await Image.all().order_by("id")


async def found(index: TantivyIndex, text: str) -> set[str]:
    return {hit.id for hit in (await index.search(SearchQuery(text, SearchFilter(), limit=100))).hits}


async def look(index: TantivyIndex, page: int = 200) -> Report:
    task = Drift(index, LocalWakeups(), page)
    report = Report(task.name)
    await task.look(report, lambda _: None)
    return report


def stray(title: str = "boat") -> SearchDocument:
    return SearchDocument(uuid.uuid4().hex, uuid.uuid4().hex, public=True, state="READY", filename="x", title=title)


async def test_what_is_missing_stale_or_left_over_is_told_and_then_mended(
    upkeep: Upkeep, index: TantivyIndex, owner: Viewer
) -> None:
    images, nobodys = await library(owner, index), stray()
    missing, stale = images[0], images[1]
    await index.apply([nobodys], [missing.id.hex])
    await Image.filter(id=stale.id).update(title="bike")
    told = await upkeep.look(DRIFT, lambda _: None)
    assert (told.looked_at, told.found, told.mended) == (7, 3, 0)
    assert told.remark == "1 missing, 1 stale, 1 left over."
    assert set(told.examples) == {f"{missing.id.hex} missing", f"{stale.id.hex} stale", f"{nobodys.id} left over"}
    assert await OutboxEntry.all().count() == 0
    report = await upkeep.run_now(DRIFT, lambda _: None)
    assert (report.looked_at, report.found, report.mended, report.remark) == (7, 3, 3, told.remark)
    assert (await UpkeepRun.get(task=DRIFT, dry_run=False)).remark == told.remark
    await Indexer(index).catch_up()
    assert await found(index, "boat") == {image.id.hex for image in images} - {stale.id.hex}
    assert await found(index, "bike") == {stale.id.hex}
    again = await upkeep.run_now(DRIFT, lambda _: None)
    assert (again.looked_at, again.found, again.remark) == (6, 0, "")


@pytest.mark.parametrize("page", [1, 2, 3, 7, 50])
async def test_pages_of_rows_and_of_the_index_are_compared_side_by_side(
    index: TantivyIndex, owner: Viewer, page: int
) -> None:
    images = await library(owner, index, 20)
    await index.apply([stray() for _ in range(9)], [image.id.hex for image in images[::3]])
    report = await look(index, page)
    assert (report.looked_at, report.found) == (29, 16)
    assert report.remark == "7 missing, 0 stale, 9 left over."


async def test_an_index_of_nothing_but_leftovers_is_emptied(index: TantivyIndex, owner: Viewer) -> None:
    await library(owner, index, 0)
    await index.apply([stray() for _ in range(5)], [])
    task, report = Drift(index, LocalWakeups(), 2), Report(DRIFT)
    await task.mend(report, lambda _: None)
    assert report.mended == await Indexer(index).catch_up() == 5
    assert await index.count() == 0


async def test_what_waits_to_be_indexed_has_not_drifted(index: TantivyIndex, owner: Viewer) -> None:
    images = await library(owner, index)
    await changed(images[0], title="bike")
    await stored(owner, title="car")
    report = await look(index)
    assert (report.looked_at, report.found, report.remark) == (7, 0, "")


class Watched(TantivyIndex):
    """An index where something happens just before it is first listed."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.meanwhile: list[Callable[[], Awaitable[object]]] = []

    async def listed(self, after: str, limit: int) -> Sequence[Indexed]:
        while self.meanwhile:
            await self.meanwhile.pop(0)()
        return await super().listed(after, limit)


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_what_changes_while_it_is_compared_has_not_drifted(
    tmp_path: Path, db: str, owner: Viewer, is_indexed: bool
) -> None:
    index = Watched(tmp_path / "watched")
    images = await library(owner, index)
    index.meanwhile = [lambda: changed(images[0], title="bike"), lambda: stored(owner, title="car")]
    if is_indexed:
        index.meanwhile.append(Indexer(index).catch_up)
    assert (await look(index)).found == 0
    await index.close()


async def test_where_there_is_no_complete_index_nothing_is_compared(
    upkeep: Upkeep, index: TantivyIndex, owner: Viewer
) -> None:
    report = await upkeep.run_now(DRIFT, lambda _: None)
    assert (report.looked_at, report.found) == (0, 0)
    assert report.remark.startswith("There is no complete search index here")
    await index.open()
    await index.apply([stray()], [])
    assert (await upkeep.look(DRIFT, lambda _: None)).remark == report.remark


async def test_another_process_compares_with_the_index_that_the_server_writes(
    tmp_path: Path, index: TantivyIndex, db: str, owner: Viewer
) -> None:
    images = await library(owner, index)
    reader = TantivyIndex(tmp_path / "search")
    assert await reader.open_to_read()
    assert (await look(reader)).found == 0
    await index.apply([], [images[0].id.hex])
    assert (await look(reader)).remark == "1 missing, 0 stale, 0 left over."
    await reader.close()


async def test_only_who_has_the_index_is_asked_to_compare(upkeep: Upkeep) -> None:
    await upkeep.plan()
    kinds = {job.subject: job.kind for job in await Job.all()}
    assert [name for name, kind in kinds.items() if kind == "upkeep-search"] == [DRIFT]
    assert set(kinds.values()) == {"upkeep", "upkeep-search"}


async def test_an_upkeep_without_end_finds_nothing_beside_changes(
    index: TantivyIndex, upkeep: Upkeep, owner: Viewer
) -> None:
    images, indexer = await library(owner, index), Indexer(index)

    async def change() -> None:
        for number in range(12):
            await changed(images[number % 6], title=f"boat {number}")
            await indexer.catch_up()

    changing = asyncio.create_task(change())
    counts = [(await look(index, 4)).found]
    while not changing.done():
        counts.append((await look(index, 4)).found)
    await changing
    assert counts == [0] * len(counts)

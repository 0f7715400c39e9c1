"""Renditions are kept within a budget: the coldest go, and come back when they are asked for."""

import datetime
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from imaging.adapters.folder_store import FolderStore
from imaging.delivery.deliver import Delivery
from imaging.http.renditions import routes
from imaging.object_ports import Entry, ObjectInfo
from imaging.render.transform import OutputFormat, Transform
from imaging.upkeep.eviction import Eviction
from imaging.upkeep.models import UpkeepRun
from imaging.upkeep.task import Report
from imaging.upkeep.upkeep import Upkeep
from tests.delivery.conftest import painter as painter
from tests.delivery.conftest import stage as stage
from tests.delivery.stage import Painter, Stage
from tests.uploads.gate import Gate

SMALL = Transform(width=32, format=OutputFormat.JPEG)
GRACE_S = 3_600.0


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


def path_of(tmp_path: Path, key: str) -> Path:
    return tmp_path / "objects" / key


def age(path: Path, hours: float) -> None:
    """Make a file one that was last used so many hours ago."""
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours)
    os.utime(path, (then.timestamp(), then.timestamp()))


def lay(tmp_path: Path, key: str, hours: float, size_bytes: int = 1_000) -> None:
    path = path_of(tmp_path, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size_bytes)
    age(path, hours)


async def keys(store: FolderStore) -> set[str]:
    return {key async for key in store.keys("")}


async def evict(
    store: FolderStore, budget_bytes: int | None, grace_s: float = GRACE_S, *, dry_run: bool = False
) -> Report:
    task = Eviction(store, budget_bytes, grace_s)
    report = Report(task.name)
    await (task.look if dry_run else task.mend)(report, lambda _: None)
    return report


async def test_the_coldest_go_until_there_is_some_room_and_everything_else_stays(
    store: FolderStore, tmp_path: Path
) -> None:
    for hours in range(2, 12):
        lay(tmp_path, f"{'rp'[hours % 2]}/{uuid.uuid4().hex}/1/1/o/{hours}.jpg", hours + 0.5)
    for key in ("o/a/1", "s/a/1", "rest/1"):
        lay(tmp_path, key, 999)
    before = await keys(store)
    told = await evict(store, 8_000, dry_run=True)
    assert await keys(store) == before
    report = await evict(store, 8_000)
    # Ten thousand bytes, of which a tenth less than the budget stays.
    assert (report.looked_at, report.found, report.mended) == (10, 3, 3)
    assert {key.rpartition("/")[2] for key in before - await keys(store)} == {"9.jpg", "10.jpg", "11.jpg"}
    assert (told.looked_at, told.found, told.mended) == (10, 3, 0)
    assert set(told.examples) == before - await keys(store)
    took = "Renditions took 9.8 KiB, the budget is 7.8 KiB."
    assert (told.remark, report.remark) == (f"{took} 2.9 KiB would be removed.", f"{took} 2.9 KiB were removed.")


async def test_what_was_evicted_leaves_room_for_more(store: FolderStore, tmp_path: Path) -> None:
    for number in range(20):
        lay(tmp_path, f"r/{number}/1", 30)
    assert (await evict(store, 15_000)).mended == 7
    for number in range(2):
        lay(tmp_path, f"r/new/{number}", 5)
    report = await evict(store, 15_000)
    assert (report.looked_at, report.found) == (15, 0)
    assert report.remark == "Renditions took 14.6 KiB, the budget is 14.6 KiB."


async def test_of_many_of_the_same_hour_only_as_many_go_as_must(store: FolderStore, tmp_path: Path) -> None:
    for number in range(50):
        lay(tmp_path, f"r/{number}/1", 40)
    assert (await evict(store, 40_000)).mended == 14
    assert len(await keys(store)) == 36


async def test_what_was_made_or_used_just_now_stays_whatever_the_budget(store: FolderStore, tmp_path: Path) -> None:
    lay(tmp_path, "r/new/1", 0.5, 9_000)
    lay(tmp_path, "r/old/1", 2)
    lay(tmp_path, "r/read/1", 2)
    path = path_of(tmp_path, "r/read/1")
    os.utime(path, (path.stat().st_mtime + 2 * GRACE_S, path.stat().st_mtime))
    assert (await evict(store, 10)).mended == 1
    assert await keys(store) == {"r/new/1", "r/read/1"}


async def test_without_a_budget_nothing_goes_but_a_dry_run_tells_how_much_there_is(
    store: FolderStore, tmp_path: Path
) -> None:
    lay(tmp_path, "r/old/1", 9_999, 3 * 1024**2)
    told, report = await evict(store, None, dry_run=True), await evict(store, None)
    assert (told.looked_at, told.found, told.remark) == (1, 0, "Renditions took 3.0 MiB, no budget is set.")
    assert (report.looked_at, report.found) == (0, 0)
    assert await keys(store) == {"r/old/1"}


async def test_the_last_run_remembers_how_much_there_was(upkeep: Upkeep, gate: Gate, tmp_path: Path) -> None:
    lay(tmp_path, "p/old/1", 9_999)
    await upkeep.look("evict-renditions", lambda _: None)
    await upkeep.run_now("evict-renditions", lambda _: None)
    runs = {run.dry_run: run for run in await UpkeepRun.filter(task="evict-renditions")}
    assert (runs[True].checked, runs[True].remark) == (1, "Renditions took 1000 bytes, no budget is set.")
    assert (runs[False].checked, runs[False].remark) == (0, "No budget is set, so all renditions are kept.")
    assert "p/old/1" in await gate.stored()


async def test_what_was_evicted_is_made_again_when_somebody_asks(stage: Stage, painter: Painter) -> None:
    image = await stage.image()
    url = stage.addresses.url(image, SMALL)
    first = await stage.get(url)
    [key] = await stage.stored()
    age(stage.folder / "objects" / key, 48)
    assert (await evict(stage.store, 1)).mended == 1
    assert await keys(stage.store) == {image.original_key}
    again = await stage.get(url)
    assert (again.status_code, again.content, painter.painted) == (200, first.content, 2)
    assert await stage.stored() == {key}


class Emptied(FolderStore):
    """A store from which a rendition is evicted at the very moment in which somebody was told that it is there."""

    evicting = False

    async def stat(self, key: str) -> ObjectInfo | None:
        found = await super().stat(key)
        if self.evicting and found is not None:
            self.evicting = False
            await self.delete(key)
        return found


async def test_what_is_evicted_while_it_is_asked_for_is_made_again(stage: Stage, painter: Painter) -> None:
    store = Emptied(stage.folder / "objects")
    delivery = Delivery(store, stage.signer, painter, stage.folder / "tmp", clock=stage.clock)
    transport = httpx.ASGITransport(Starlette(routes=routes(delivery)))
    url = stage.addresses.url(await stage.image(), SMALL)
    async with httpx.AsyncClient(transport=transport) as client:
        first = await client.get(url)
        store.evicting = True
        again = await client.get(url)
    assert (again.status_code, again.content) == (200, first.content)
    assert painter.painted == 2


class Counted(Entry):
    """An entry of which is known how many there are at the same time."""

    alive = most = 0

    def __init__(self, key: str, size_bytes: int, used_at: datetime.datetime) -> None:
        super().__init__(key, size_bytes, used_at)
        Counted.alive += 1
        Counted.most = max(Counted.most, Counted.alive)

    def __del__(self) -> None:
        Counted.alive -= 1


class Endless(FolderStore):
    """A listing of many renditions, none of which exists."""

    count = 5_000

    async def entries(self, prefix: str) -> AsyncIterator[Entry]:
        now = datetime.datetime.now(datetime.UTC)
        for number in range(self.count if prefix == "r" else 0):
            yield Counted(f"r/{number}", 1_000, now - datetime.timedelta(hours=number % 900))

    async def delete(self, key: str) -> None:
        assert key.startswith("r/")


async def test_however_many_there_are_only_a_few_are_in_memory(tmp_path: Path) -> None:
    report = await evict(Endless(tmp_path), Endless.count * 100)
    # Of five million bytes, nine tenths of half a million may stay.
    assert report.mended == Endless.count * 91 // 100
    assert 0 < Counted.most < 50

"""What leaves sight leaves the store and then the CDN, many images at a time, and is tried again."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from imaging import database
from imaging.adapters.folder_store import FolderStore
from imaging.delivery.purge import Purge
from imaging.errors import CdnUnavailable
from imaging.journal import jobs
from imaging.journal.models import Job


@dataclass
class Edge:
    """A CDN that remembers what it was told, and what the store still had then."""

    store: FolderStore
    most_paths: int = 3
    busy: bool = False
    told: list[list[str]] = field(default_factory=list)
    still_stored: list[str] = field(default_factory=list)

    async def invalidate(self, paths: Sequence[str]) -> None:
        self.still_stored += [key async for key in self.store.keys("r")]
        if self.busy:
            raise CdnUnavailable("The CDN works on too much already.")
        self.told.append(list(paths))


@pytest.fixture
def edge(store: FolderStore) -> Edge:
    return Edge(store)


async def promised(*subjects: str) -> None:
    async with database.transaction():
        for subject in subjects:
            await jobs.promise(jobs.PURGE_CDN, subject)


async def do_due(purge: Callable[[str], Awaitable[object]]) -> None:
    """Do what is due as the worker does: one claimed job after the other."""
    while claimed := await jobs.claim([jobs.PURGE_CDN]):
        for job in claimed:
            try:
                await purge(job.subject)
            except CdnUnavailable as error:
                await jobs.fail(job, str(error))
            else:
                await jobs.finish(job)


async def test_the_edge_is_told_when_nothing_is_stored_that_it_could_fetch_again(
    db: str, edge: Edge, store: FolderStore, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"a picture")
    await store.put("r/aa/1/2/w_64/duck.jpg", tmp_path / "file", content_type="image/jpeg")
    await Purge(store, edge).purge("r/aa")
    assert (edge.told, edge.still_stored) == ([["/r/aa/*"]], [])


async def test_many_images_are_few_requests(db: str, edge: Edge, store: FolderStore) -> None:
    await promised(*(f"r/{number}" for number in range(7)))
    await do_due(Purge(store, edge).purge)
    assert [len(paths) for paths in edge.told] == [3, 3, 1]
    assert sorted(path for paths in edge.told for path in paths) == [f"/r/{number}/*" for number in range(7)]
    assert await Job.all().count() == 0


async def test_what_the_cdn_does_not_take_now_is_promised_still(db: str, edge: Edge, store: FolderStore) -> None:
    await promised("r/a", "r/b")
    edge.busy = True
    await do_due(Purge(store, edge).purge)
    assert {job.last_error for job in await Job.all()} >= {"The CDN works on too much already."}
    edge.busy, ends = False, time.monotonic() + 10
    while await Job.all().count() and time.monotonic() < ends:
        await asyncio.sleep(0.1)
        await do_due(Purge(store, edge).purge)
    assert sorted(path for paths in edge.told for path in paths) == ["/r/a/*", "/r/b/*"]

"""A counter, and people who watch, for the tests of the room."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from imaging.accounts.viewer import Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.ingest import Ingest
from imaging.images.spool import Spool
from imaging.images.watch import ImageWatch
from tests.images.bench import Bench
from tests.images.counter import Counter
from tests.images.inspector import PillowInspector
from tests.images.watcher import SECRET, Watcher


@pytest.fixture
def inspector() -> PillowInspector:
    return PillowInspector()


@pytest.fixture
def counter(
    db: str, tmp_path: Path, store: FolderStore, spool: Spool, wakeups: LocalWakeups, inspector: PillowInspector
) -> Counter:
    return Counter(tmp_path, store, spool, Ingest(store, inspector, wakeups))


@pytest.fixture
def bench(counter: Counter, inspector: PillowInspector, wakeups: LocalWakeups) -> Bench:
    return Bench(counter, inspector, wakeups)


@pytest.fixture
async def watch(db: str, wakeups: LocalWakeups) -> AsyncIterator[ImageWatch]:
    opened = ImageWatch(wakeups, SECRET)
    yield opened
    await opened.close()


@pytest.fixture
async def watching(watch: ImageWatch) -> AsyncIterator[Callable[..., Any]]:
    """Lets people watch until the test is over; returns when they do."""
    watchers: list[Watcher] = []

    async def begin(viewer: Viewer, **asked: Any) -> Watcher:
        watchers.append(Watcher(watch, viewer, **asked))
        await asyncio.sleep(0.05)
        return watchers[-1]

    yield begin
    for watcher in watchers:
        await watcher.leave()

"""Upkeep of a library whose uploads come through a gate."""

import datetime
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from imaging.adapters.local_wakeups import LocalWakeups
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.images.versions import Retention
from imaging.upkeep.rules import Rules
from imaging.upkeep.tasks import every_task
from imaging.upkeep.upkeep import Upkeep
from tests.uploads.conftest import gate as gate
from tests.uploads.gate import Gate


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[TantivyIndex]:
    """A search index, not open yet."""
    index = TantivyIndex(tmp_path / "search")
    yield index
    await index.close()


@pytest.fixture
def upkeep(gate: Gate, index: TantivyIndex, wakeups: LocalWakeups) -> Upkeep:
    return Upkeep(partial(every_task, gate.store, index, gate.ending, Retention(wakeups), wakeups, Rules()), wakeups)


@pytest.fixture
def strict(upkeep: Upkeep) -> Upkeep:
    """Upkeep for when nobody is at work: it looks at what was written a moment ago, too."""
    return upkeep.with_grace(0)


@pytest.fixture
def long_ago() -> datetime.datetime:
    return datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)

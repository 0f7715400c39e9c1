"""A counter for the tests of the room."""

from pathlib import Path

import pytest

from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.ingest import Ingest
from imaging.images.spool import Spool
from tests.images.counter import Counter
from tests.images.inspector import PillowInspector


@pytest.fixture
def inspector() -> PillowInspector:
    return PillowInspector()


@pytest.fixture
def counter(
    db: str, tmp_path: Path, store: FolderStore, spool: Spool, wakeups: LocalWakeups, inspector: PillowInspector
) -> Counter:
    return Counter(tmp_path, store, spool, Ingest(store, inspector, wakeups))

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imaging import database
from imaging.adapters.tantivy_index import TantivyIndex
from tests import databases


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[str]:
    """An open, empty database; its URL."""
    url = databases.chosen().url(tmp_path)
    await database.connect(url)
    yield url
    await database.close()


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[TantivyIndex]:
    index = TantivyIndex(tmp_path / "search")
    await index.open()
    yield index
    await index.close()

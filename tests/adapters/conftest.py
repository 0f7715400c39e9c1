from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imaging.adapters.tantivy_index import TantivyIndex
from imaging.ports import SearchIndex


@pytest.fixture(params=["tantivy"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SearchIndex]:
    index = {"tantivy": TantivyIndex}[request.param](tmp_path / "search")
    await index.open()
    yield index
    await index.close()

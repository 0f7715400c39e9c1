from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imaging.adapters.s3_store import S3Store
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.ports import SearchIndex
from imaging.settings import S3Settings
from tests.adapters.bucket import opened


@pytest.fixture
async def store(s3_settings: S3Settings, tmp_path: Path) -> AsyncIterator[S3Store]:
    """The store in an empty bucket; tests of other stores have their own."""
    async with opened(s3_settings, tmp_path) as store:
        yield store


@pytest.fixture(params=["tantivy"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SearchIndex]:
    index = {"tantivy": TantivyIndex}[request.param](tmp_path / "search")
    await index.open()
    yield index
    await index.close()

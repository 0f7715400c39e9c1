"""What the tests of the rooms share: a migrated database, a store, a spool, some people."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.spool import Spool
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Limits
from imaging.settings import S3Settings
from tests.s3 import S3Server, running_s3


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all its tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "imaging.db"
    asyncio.run(database.migrate(f"sqlite://{path}"))
    return path


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    """A migrated database of the test's own, not yet open."""
    path = tmp_path / "imaging.db"
    shutil.copyfile(migrated_file, path)
    return f"sqlite://{path}"


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[str]:
    """A migrated database, open; the value is its URL."""
    await database.connect(database_url)
    yield database_url
    await database.close()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server, for all tests that ask for one."""
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3_settings(s3_server: S3Server) -> S3Settings:
    """A new bucket on the real S3 server."""
    return s3_server.settings()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """A spool that takes files of up to a megabyte."""
    (tmp_path / "tmp").mkdir()
    return Spool(tmp_path / "tmp", 1024 * 1024)


@pytest.fixture
def wakeups() -> LocalWakeups:
    return LocalWakeups()


@pytest.fixture
async def decoder() -> AsyncIterator[DecoderPool]:
    """The real decoder in one child process; a pool belongs to one event loop, so each test has its own."""
    pool = DecoderPool(1, 1024**3, 30, Limits())
    await pool.start()
    yield pool
    await pool.close()


async def person(role: Role) -> Viewer:
    user = await User.create(issuer="tests", subject=uuid.uuid4().hex)
    return Viewer(user.id, role)


@pytest.fixture
async def owner(db: str) -> Viewer:
    """Somebody who may upload."""
    return await person(Role.EDITOR)


@pytest.fixture
async def stranger(db: str) -> Viewer:
    """Somebody else who may upload."""
    return await person(Role.EDITOR)


@pytest.fixture
async def onlooker(db: str) -> Viewer:
    """Somebody who may only look."""
    return await person(Role.VIEWER)


@pytest.fixture
async def admin(db: str) -> Viewer:
    return await person(Role.ADMIN)

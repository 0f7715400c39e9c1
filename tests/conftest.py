"""What the tests of the rooms share: a migrated database, a store, a spool, some people."""

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
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
from tests import databases
from tests.postgres import running_postgres
from tests.redis import RedisServer, running_redis
from tests.s3 import S3Server, running_s3

SQLITE, POSTGRES = "sqlite", "postgres"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=(SQLITE, POSTGRES), default=SQLITE, help="what tests keep rows in; a server is started"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about SQLite itself when the rows are elsewhere; the summary tells why."""
    if config.getoption("--database") == SQLITE:
        return
    left_out = [item for item in items if item.get_closest_marker("sqlite_only")]
    config.stash[_LEFT_OUT] = Counter(str(next(item.iter_markers("sqlite_only")).args[0]) for item in left_out)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for reason, count in config.stash.get(_LEFT_OUT, Counter[str]()).items():
        terminalreporter.line(f"left out on PostgreSQL: {count} because {reason}")


_LEFT_OUT = pytest.StashKey[Counter[str]]()


@pytest.fixture(scope="session", autouse=True)
def _databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    is_postgres = request.config.getoption("--database") == POSTGRES
    with running_postgres() if is_postgres else nullcontext() as server:
        files = databases.SqliteFiles(tmp_path_factory.mktemp("migrated"))
        databases.choose(databases.PostgresDatabases(server) if server else files)
        yield
        databases.choose(None)


@pytest.fixture(autouse=True)
def _leave_no_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give back the databases of a test when it is over; pytest removes its folders later."""
    folder = request.getfixturevalue("tmp_path") if databases.is_postgres() else None
    yield
    if folder is not None:
        databases.chosen().drop_under(folder)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """A migrated database of the test's own, not yet open."""
    return databases.chosen().url(tmp_path)


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


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real Redis, for all tests that only use it; those that stop it run one of their own."""
    with running_redis() as server:
        yield server


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

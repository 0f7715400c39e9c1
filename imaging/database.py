"""The database: connect, close, migrate, and the one way to open a transaction.

Model modules are named as strings, because rooms import this module and not the other way round.
"""

import asyncio
import datetime
import fcntl
import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.transactions import in_transaction

from imaging.database_url import Pool, checked, file_of, is_postgres
from imaging.errors import Misconfigured

APP = "models"
MODEL_MODULES = (
    "imaging.accounts.models",
    "imaging.journal.models",
    "imaging.images.models",
    "imaging.uploads.models",
    "imaging.delivery.models",
    "imaging.collections.models",
    "imaging.batches.models",
    "imaging.upkeep.models",
)
MIGRATIONS = "imaging.migrations"
MIN_POSTGRES = 13
DEFAULT_POOL = Pool()
SETTLE_S = 1.0

_open: list[TortoiseContext] = []


async def connect(url: str, pool: Pool = DEFAULT_POOL) -> None:
    """Open the database for the whole process: every task sees it, whoever started it.

    Raises:
        Misconfigured: the URL is not one we can open, or the server is not one we can use.
        DatabaseUnavailable: the server does not answer.
    """
    # Tortoise remembers statements by the connection's name, in the dialect that it spoke first in this process.
    EXECUTOR_CACHE.clear()
    context = TortoiseContext()
    with context:
        await context.init(config=config(url, pool=pool), _enable_global_fallback=True)
    _open.append(context)
    if is_postgres(url):
        try:
            await examine()
        except BaseException:
            await close()
            raise


async def close() -> None:
    """Close the database; idempotent. A connection left open would hang the exit of the process."""
    while _open:
        await _open.pop().close_connections()


def transaction() -> AbstractAsyncContextManager[TransactionalDBClient]:
    """Open a transaction: committed when the block ends, undone when it raises or is cancelled.

    Keep the block short, and never await storage, pixels or the network in it. A task started inside
    would share it: start tasks in a clean `contextvars.Context()`. On PostgreSQL transactions run side by
    side: lock the rows you change (`select_for_update`), or take turns, before you read what you decide by.
    """
    return in_transaction("default")


async def take_turns(topic: str) -> None:
    """Wait until nobody else is in a transaction about this topic, and keep everybody out to the end of ours.

    On SQLite a transaction is alone anyway.
    """
    connection = get_connection("default")
    if _speaks_postgres(connection):
        key = int.from_bytes(hashlib.sha256(f"imaging {topic}".encode()).digest()[:8], "big", signed=True)
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [key])


async def now() -> datetime.datetime:
    """Return what time it is, for all processes alike: a database server's clock, where there is one."""
    connection = get_connection("default")
    if not _speaks_postgres(connection):
        return datetime.datetime.now(datetime.UTC)
    [found] = await connection.execute_query_dict("SELECT clock_timestamp() AS now")
    told: datetime.datetime = found["now"]
    return told


async def settle() -> None:
    """Wait until what a killed process said last is done or undone.

    On SQLite it is at once; a database server may just be carrying out a commit of somebody who is gone.
    """
    if _speaks_postgres(get_connection("default")):
        await asyncio.sleep(SETTLE_S)


async def migrate(url: str, pool: Pool = DEFAULT_POOL) -> list[str]:
    """Bring the tables up to date; return the names of the migrations that were applied.

    Everything is applied in one transaction, so that a kill leaves the old state or the new one.
    Several processes may call this at once: they take turns.
    """
    if is_postgres(url):
        return await _migrate(url, pool)
    path = file_of(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    async with _alone(path.with_name(path.name + ".migrate.lock")):
        return await _migrate(url, pool)


async def examine() -> str:
    """Demand a database server that we can use; return its version and encoding.

    Raises:
        Misconfigured: it is too old, or its text is not UTF-8.
    """
    connection = get_connection("default")
    [found] = await connection.execute_query_dict(
        "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,"
        " current_setting('server_encoding') AS encoding"
    )
    if found["number"] < MIN_POSTGRES * 10_000:
        raise Misconfigured(f"The database is PostgreSQL {found['version']}; {MIN_POSTGRES} or newer is needed.")
    if found["encoding"] != "UTF8":
        raise Misconfigured(f"The database's encoding is {found['encoding']}; UTF8 is needed (createdb -E UTF8).")
    return f"PostgreSQL {found['version']}, encoding UTF8"


def config(url: str, *, pool: Pool = DEFAULT_POOL, migrating: bool = False) -> dict[str, Any]:
    """Return the configuration that Tortoise wants; while migrating, some safeguards are off."""
    if is_postgres(url):
        sizes = {"pool_size": pool.size, "connect_timeout_s": pool.connect_timeout_s, "endless": migrating}
        engine, credentials = "imaging.postgres_engine", {"dsn": checked(url), **sizes}
    else:
        # Foreign keys are off: SQLite alters a table by rebuilding it, and a cascade would delete its children.
        foreign_keys = "OFF" if migrating else "ON"
        engine, credentials = "imaging.sqlite_engine", {"file_path": str(file_of(url)), "foreign_keys": foreign_keys}
    return {
        "connections": {"default": {"engine": engine, "credentials": credentials}},
        "apps": {APP: {"models": list(MODEL_MODULES), "default_connection": "default", "migrations": MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def _migrate(url: str, pool: Pool) -> list[str]:
    settings = config(url, pool=pool, migrating=True)
    applied: list[str] = []

    def note(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)

    async with TortoiseContext() as context:
        await context.init(config=settings)
        async with transaction() as connection:
            await take_turns("migrations")
            executor = MigrationExecutor(connection, settings["apps"])
            # Before the executor asks it what was applied: a failed question would end the transaction.
            await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
            await executor.migrate([MigrationTarget(APP, "__latest__")], direction="forward", progress=note)
    return applied


def _speaks_postgres(connection: BaseDBAsyncClient) -> bool:
    return connection.capabilities.dialect == "postgres"


@asynccontextmanager
async def _alone(lock_file: Path) -> AsyncIterator[None]:
    with lock_file.open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        yield

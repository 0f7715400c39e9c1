"""The database: connect, close, migrate, and the one way to open a transaction.

Model modules are named as strings, because rooms import this module and not the other way round.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.transactions import in_transaction

from imaging.errors import Misconfigured

APP = "models"
MODEL_MODULES = (
    "imaging.accounts.models",
    "imaging.journal.models",
    "imaging.images.models",
    "imaging.uploads.models",
    "imaging.delivery.models",
)
MIGRATIONS = "imaging.migrations"

_SCHEME = "sqlite://"
_open: list[TortoiseContext] = []


async def connect(url: str) -> None:
    """Open the database for the whole process: every task sees it, whoever started it.

    Raises:
        Misconfigured: the URL is not one we can open.
    """
    context = TortoiseContext()
    with context:
        await context.init(config=config(url), _enable_global_fallback=True)
    _open.append(context)


async def close() -> None:
    """Close the database; idempotent. A connection left open would hang the exit of the process."""
    while _open:
        await _open.pop().close_connections()


def transaction() -> AbstractAsyncContextManager[TransactionalDBClient]:
    """Open a transaction: committed when the block ends, undone when it raises or is cancelled.

    Keep the block short, and never await storage, pixels or the network in it. A task started inside
    would share it: start tasks in a clean `contextvars.Context()`.
    """
    return in_transaction("default")


async def migrate(url: str) -> list[str]:
    """Bring the tables up to date; return the names of the migrations that were applied.

    Everything is applied in one transaction, so that a kill leaves the old state or the new one.
    Several processes may call this at once: they take turns.
    """
    path = _file_of(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    async with _alone(path.with_name(path.name + ".migrate.lock")):
        return await _migrate(url)


def config(url: str, *, foreign_keys: str = "ON") -> dict[str, Any]:
    """Return the configuration that Tortoise wants."""
    credentials = {"file_path": str(_file_of(url)), "foreign_keys": foreign_keys}
    return {
        "connections": {"default": {"engine": "imaging.sqlite_engine", "credentials": credentials}},
        "apps": {APP: {"models": list(MODEL_MODULES), "default_connection": "default", "migrations": MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def _migrate(url: str) -> list[str]:
    # Foreign keys are off: SQLite alters a table by rebuilding it, and a cascade would delete its children.
    settings = config(url, foreign_keys="OFF")
    applied: list[str] = []

    def note(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)

    async with TortoiseContext() as context:
        await context.init(config=settings)
        async with transaction() as connection:
            executor = MigrationExecutor(connection, settings["apps"])
            await executor.migrate([MigrationTarget(APP, "__latest__")], direction="forward", progress=note)
    return applied


def _file_of(url: str) -> Path:
    if not url.startswith(_SCHEME) or not url.removeprefix(_SCHEME):
        raise Misconfigured(
            f"The database URL must be {_SCHEME} and a file path, such as {_SCHEME}/var/lib/imaging.db."
        )
    return Path(url.removeprefix(_SCHEME))


@asynccontextmanager
async def _alone(lock_file: Path) -> AsyncIterator[None]:
    with lock_file.open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        yield

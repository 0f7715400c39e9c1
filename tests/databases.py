"""Databases for tests: files of SQLite or, with `--database=postgres`, databases of one real server.

Each begins as a copy of one that was migrated once, which is quicker than making the tables again.
"""

import itertools
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Protocol

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from imaging import database
from tests.postgres import PostgresServer, apart

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
SHAPE = """
    SELECT md5(string_agg(what, ';' ORDER BY what)) FROM (
        SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull) AS what
          FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat(pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS parts
"""
HANG_UP = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
RESTART = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"


class Databases(Protocol):
    """Where tests keep their rows."""

    is_postgres: bool

    def url(self, folder: Path) -> str:
        """Return the URL of the folder's own database, made with all its tables when it is first asked for."""

    def empty_url(self, folder: Path) -> str:
        """Return the URL of a database without tables, for the folder."""

    def drop_under(self, folder: Path) -> None:
        """Remove the databases of a folder and of those in it."""


class SqliteFiles:
    """Databases as files in their folders."""

    is_postgres = False

    def __init__(self, home: Path) -> None:
        self._migrated = home / "imaging.db"

    def url(self, folder: Path) -> str:
        path = folder / "imaging.db"
        if not path.exists():
            if not self._migrated.exists():
                apart(database.migrate(f"sqlite://{self._migrated}"))
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._migrated, path)
        return f"sqlite://{path}"

    def empty_url(self, folder: Path) -> str:
        return f"sqlite://{folder}/empty.db"

    def drop_under(self, folder: Path) -> None:
        """They go with the folder."""


class PostgresDatabases:
    """Databases of a running server, emptied and lent again when their test is over."""

    is_postgres = True

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._lent: dict[Path, list[str]] = {}
        self._free: list[str] = []
        self._names = (f"t{number}" for number in itertools.count())
        self._seeds: dict[str, str] = {}
        self._shape = ""

    def url(self, folder: Path) -> str:
        place = folder.absolute()
        if place not in self._lent:
            self._lent[place] = [self._free.pop() if self._free else self._copied()]
        return self._server.url(self._lent[place][0])

    def empty_url(self, folder: Path) -> str:
        self.url(folder)
        names = self._lent[folder.absolute()]
        names.append(next(self._names))
        return self._server.create(names[-1])

    def drop_under(self, folder: Path) -> None:
        for place in [place for place in self._lent if place.is_relative_to(folder)]:
            migrated, *others = self._lent.pop(place)
            if apart(self._cleared(migrated)):
                self._free.append(migrated)
            else:
                others.append(migrated)
            for name in others:
                self._server.drop(name)

    def _copied(self) -> str:
        if not self._shape:
            apart(database.migrate(self._server.create("migrated")))
            self._seeds, self._shape = apart(self._looked_at("migrated"))
        name = next(self._names)
        self._server.create(name, template="migrated")
        return name

    async def _looked_at(self, name: str) -> tuple[dict[str, str], str]:
        """Return the rows that migrations leave in each table, as JSON, and the tables' shape."""
        async with _connected(self._server.url(name)) as connection:
            tables = [row[0] for row in await connection.fetch(TABLES)]
            rows = {table: await connection.fetchval(f'SELECT json_agg(r) FROM "{table}" r') for table in tables}
            return rows, await connection.fetchval(SHAPE)

    async def _cleared(self, name: str) -> bool:
        """Bring it back to what migrations left, which is quicker than a new copy; False if its tables changed."""
        async with _connected(self._server.url(name)) as connection:
            await connection.execute(HANG_UP)
            if await connection.fetchval(SHAPE) != self._shape:
                return False
            # Neither triggers nor foreign keys have a say, so the order of the tables does not matter.
            await connection.execute("SET session_replication_role = replica")
            for table, rows in self._seeds.items():
                await connection.execute(f'DELETE FROM "{table}"')
                if rows is not None:
                    put_back = f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset'
                    await connection.execute(f'{put_back}(NULL::"{table}", $1)', rows)
            await connection.execute(RESTART)
            return True


class _Chosen:
    databases: Databases | None = None


def choose(databases: Databases | None) -> None:
    """Say which databases this run of the tests uses."""
    _Chosen.databases = databases


def is_postgres() -> bool:
    """True when this run of the tests uses PostgreSQL."""
    return _Chosen.databases is not None and _Chosen.databases.is_postgres


def chosen() -> Databases:
    """Return the databases of this run of the tests."""
    assert _Chosen.databases is not None, "only while tests run"
    return _Chosen.databases


@asynccontextmanager
async def as_of(url: str, version: str) -> AsyncIterator[None]:
    """Make the tables in an empty database as they were up to this migration, for rows to be written."""
    async with TortoiseContext() as context:
        settings = database.config(url, migrating=True)
        await context.init(config=settings)
        async with database.transaction() as connection:
            executor = MigrationExecutor(connection, settings["apps"])
            await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
            await executor.migrate([MigrationTarget(database.APP, version)])
            yield


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Return what a statement finds, asked beside everything that has the database open."""
    if url.startswith("sqlite://"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection:
            return connection.execute(statement).fetchall()
    return apart(_ask(url, statement))


async def _ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    async with _connected(url) as connection:
        return [tuple(row) for row in await connection.fetch(statement)]


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:  # asyncpg has no types
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()

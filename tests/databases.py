"""Databases for tests: files of SQLite or, with `--database=postgres`, databases of one real server.

Each is a copy of one that was migrated once, which is quicker than making the tables again.
"""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from imaging import database
from tests.postgres import PostgresServer, apart


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
    """Databases of a running server, named after their folders."""

    is_postgres = True

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._made: dict[Path, list[str]] = {}
        self._has_migrated = False

    def url(self, folder: Path) -> str:
        name = f"t{hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:24]}"
        if folder.absolute() not in self._made:
            if not self._has_migrated:
                apart(database.migrate(self._server.create("migrated")))
                self._has_migrated = True
            self._server.create(name, template="migrated")
            self._made[folder.absolute()] = [name]
        return self._server.url(name)

    def empty_url(self, folder: Path) -> str:
        self.url(folder)
        names = self._made[folder.absolute()]
        names.append(f"{names[0]}e{len(names)}")
        return self._server.create(names[-1])

    def drop_under(self, folder: Path) -> None:
        for place in [place for place in self._made if place.is_relative_to(folder)]:
            for name in self._made.pop(place):
                self._server.drop(name)


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


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Return what a statement finds, asked beside everything that has the database open."""
    if url.startswith("sqlite://"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection:
            return connection.execute(statement).fetchall()
    return apart(_ask(url, statement))


async def _ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()

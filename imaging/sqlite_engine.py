"""SQLite for Tortoise, made safe for cancelled requests, several processes and readers that cannot wait.

Tortoise finds this module by its name in `database.py`. What it changes, and why:

- a transaction begins with BEGIN IMMEDIATE, so that processes queue for the write lock instead of
  failing with 'database is locked' in the middle of their work;
- begin, commit and rollback run to their end even when the caller is cancelled, or the connection
  would stay inside a transaction for the life of the process;
- reads outside a transaction have connections of their own and never queue behind a writer;
- scripts inside a transaction stay inside it: `sqlite3.executescript` would commit it silently.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError, TransactionManagementError

from imaging.cancellation import to_the_end

BUSY_TIMEOUT_S = 30.0
READERS = 3

# FULL: an acknowledged picture survives a power cut too. In WAL mode that is one fsync per commit.
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "journal_size_limit": 64 * 1024 * 1024,
    "cache_size": -16 * 1024,
    "temp_store": "MEMORY",
}


class Client(SqliteClient):
    """One connection that writes, and a few that only read."""

    def __init__(self, file_path: str, *, foreign_keys: str = "ON", **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self.pragmas = {**PRAGMAS, "foreign_keys": foreign_keys}
        self._readers: list[aiosqlite.Connection] = []
        self._idle: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        self._closed = False

    async def create_connection(self, with_db: bool) -> None:  # noqa: ARG002 - Tortoise's signature
        """Open every connection, or none; never again after `close`, or a straggler would hang the exit."""
        if self._closed:
            raise OperationalError("The database is closed.")
        if not self._connection:
            await to_the_end(self._open_all())

    async def _open_all(self) -> None:
        writer = await _open(self.filename, self.pragmas)
        readers = [await _open(self.filename, {**self.pragmas, "query_only": "ON"}) for _ in range(READERS)]
        for reader in readers:
            self._idle.put_nowait(reader)
        self._readers = readers
        self._connection = writer
        await self._post_connect()

    async def close(self) -> None:
        """Close every connection; their threads would keep the process alive."""
        await to_the_end(self._close_all())

    async def _close_all(self) -> None:
        self._closed = True
        for reader in self._readers:
            await reader.close()
        self._readers = []
        await super().close()

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_TransactionClient(self), self._lock)

    @translate_exceptions
    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run one statement for many rows, in a transaction of its own."""
        async with self._in_transaction() as transaction:
            await transaction._connection.executemany(query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[str, Any]]]:
        """Run a statement; one that only reads does not wait for writers."""
        if not _only_reads(query):
            written: tuple[int, Sequence[dict[str, Any]]] = await super().execute_query(query, values)
            return written
        rows = await self._read(query, values)
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Run a statement and return its rows as dictionaries."""
        if not _only_reads(query):
            written: list[dict[str, Any]] = await super().execute_query_dict(query, values)
            return written
        return [dict(row) for row in await self._read(query, values)]

    @translate_exceptions
    async def _read(self, query: str, values: list[Any] | None) -> Sequence[dict[str, Any]]:
        async with self._reader() as connection:
            self.log.debug("%s: %s", query, values)
            rows: Sequence[dict[str, Any]] = list(await connection.execute_fetchall(query, values))  # type: ignore[arg-type]  # sqlite3.Row reads like a dict
            return rows

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[aiosqlite.Connection]:
        if not self._connection:
            async with self._lock:
                await self.create_connection(with_db=True)
        idle = self._idle
        connection = await idle.get()
        try:
            yield connection
        except asyncio.CancelledError:
            await connection.interrupt()  # nobody waits for the answer any more: stop looking for it
            raise
        finally:
            idle.put_nowait(connection)


class _TransactionClient(SqliteTransactionWrapper):
    """What a transaction's statements go through."""

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_TransactionClient(self))

    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error

    @translate_exceptions
    async def execute_script(self, query: str) -> None:
        async with self.acquire_connection() as connection:
            for statement in _statements(query):
                self.log.debug(statement)
                await connection.execute(statement)


class _Transaction(SqliteTransactionContext):
    """A transaction that is over when its block is over, whatever happens to the caller."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await to_the_end(self.connection.begin())
        except BaseException:
            try:
                await self._abandon()
            finally:
                self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection  # type: ignore[no-any-return]  # untyped in Tortoise

    async def _abandon(self) -> None:
        connection = self.connection._connection
        if connection is not None and connection.in_transaction:
            await to_the_end(connection.rollback())

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if not self.connection._finalized:
                await to_the_end(self._finish(failed=exc_type is not None))
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()

    async def _finish(self, *, failed: bool) -> None:
        if failed:
            await self.connection.rollback()
            return
        try:
            await self.connection.commit()
        except BaseException:
            await self._abandon()
            raise


async def _open(path: str, pragmas: dict[str, Any]) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)
    try:
        connection.row_factory = sqlite3.Row
        for name, value in pragmas.items():
            await connection.execute_fetchall(f"PRAGMA {name}={value}")
    except BaseException:
        await connection.close()
        raise
    return connection


def _only_reads(query: str) -> bool:
    return query.lstrip()[:7].upper() in ("SELECT ", "EXPLAIN")


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for piece in script.split(";"):
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            if pending.strip(" \n\t;"):
                yield pending
            pending = ""


client_class = Client

"""PostgreSQL for Tortoise, made safe for cancelled requests and for a server that restarts.

Tortoise finds this module by its name in `database.py`. What it changes, and why:

- begin, commit and rollback run to their end even when the caller is cancelled, and the connection goes back
  to its pool whatever happens, or the pool would run dry;
- a connection that died is replaced by a new one, which waits a while for a server that is just starting;
- what passes is DatabaseUnavailable, what somebody must mend is Misconfigured, and neither repeats the URL;
- nothing waits for ever: statements, locks and idle transactions have an end;
- JSON stays as it was written, as on SQLite: jsonb reorders keys, changes numbers, refuses characters of EXIF.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.fields import JSONField

from imaging.cancellation import to_the_end
from imaging.errors import DatabaseUnavailable, InvalidInput, Misconfigured, OutcomeUnknown

STATEMENT_TIMEOUT_S = 60
LOCK_TIMEOUT_S = 30
WAIT_FOR_CONNECTION_S = 30.0
REMEMBERED_S = 1.0
"""How long a server counts as away after it was waited for in vain: all who ask meanwhile are told at once."""

_SESSION = {
    "application_name": "imaging",
    "jit": "off",  # compiling takes longer than any of our statements
    "plan_cache_mode": "force_custom_plan",  # a plan that knows its values can use partial indexes
    "statement_timeout": f"{STATEMENT_TIMEOUT_S}s",
    "lock_timeout": f"{LOCK_TIMEOUT_S}s",
    "idle_in_transaction_session_timeout": f"{STATEMENT_TIMEOUT_S}s",
}
_ENDLESS = {"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}

# What another try may bring through: the server is away, starting, full, no longer the first of several or just
# brought up to date, or two transactions met badly.
_PASSING = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidCachedStatementError,
)
# The driver has no class of its own for a connection that died between two statements.
_GONE = re.compile("closed|closing|released back to the pool")
_REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
_UNWRITABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


# Tortoise asks the field for its column's type.
JSONField._db_postgres.SQL_TYPE = "JSON"


class _Typed:
    """Gives the driver's failures the types that the rooms know."""

    async def _translate_exceptions(
        self, func: Callable[..., Coroutine[None, None, Any]], *args: Any, **kwargs: Any
    ) -> Any:  # Any: whatever the wrapped method takes and returns
        try:
            return await func(self, *args, **kwargs)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            # Who goes on in a transaction that is over made a mistake; to try again would not help.
            is_over = getattr(self, "_finalized", False)
            raise (OperationalError(error) if is_over else _typed(error)) from error


class Client(_Typed, AsyncpgDBClient):
    """A pool of connections to one database, opened as they are needed."""

    def __init__(
        self, dsn: str, *, pool_size: int, connect_timeout_s: float, endless: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._dsn = dsn
        self._pool_size = pool_size
        self._connect_timeout_s = connect_timeout_s
        self._session = _SESSION | (_ENDLESS if endless else {})
        self._command_timeout_s = None if endless else STATEMENT_TIMEOUT_S + 5
        self._away_until = 0.0
        self._closed = False

    async def create_connection(self, with_db: bool) -> None:  # noqa: ARG002 - Tortoise's signature
        """Make the pool, which opens connections later; never again after `close`."""
        if self._closed:
            raise OperationalError("The database is closed.")
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=self._pool_size,
            connect=self._open,
            reset=_leave_as_it_is,
            server_settings=self._session,
            command_timeout=self._command_timeout_s,
        )
        await self._post_connect()

    async def close(self) -> None:
        """Close every connection, for good."""
        self._closed = True
        await to_the_end(super().close())

    def acquire_connection(self) -> Any:  # Any: a context manager, as Tortoise's wrappers are
        """Lend a connection for the length of a block."""
        return self._lend()

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_TransactionClient(self), self._pool_init_lock)

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Any]:
        connection = await self.take()
        try:
            yield connection
        finally:
            await self.give_back(connection)

    async def take(self) -> Any:  # Any: the driver is untyped
        """Take a connection out of the pool, waiting for one if need be.

        Raises:
            DatabaseUnavailable: the server does not answer, or all connections stay busy.
        """
        if self._pool is None:
            async with self._pool_init_lock:
                if self._pool is None:
                    await self.create_connection(with_db=True)
        pool: Any = self._pool
        try:
            return await pool.acquire(timeout=WAIT_FOR_CONNECTION_S + 2 * self._connect_timeout_s)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise _typed(error) from error

    async def give_back(self, connection: Any) -> None:
        """Put a connection back; one that died is replaced when the next one is taken."""
        if self._pool is not None:
            await self._pool.release(connection)

    async def _open(self, *args: Any, **options: Any) -> Any:  # Any: what asyncpg.connect takes and returns
        """Open one connection, giving a server that restarts some time; one that is known to be away gets none."""
        clock = asyncio.get_running_loop().time
        patience_s = 0.0 if clock() < self._away_until else self._connect_timeout_s
        deadline, pause_s = clock() + patience_s, 0.05
        while True:
            try:
                async with asyncio.timeout(self._connect_timeout_s):
                    return await asyncpg.connect(*args, **options)
            except (ssl.SSLError, *_REFUSED):
                raise
            except ValueError:
                raise Misconfigured("The database URL cannot be used; see its host, port and options.") from None
            except (*_PASSING, asyncpg.InterfaceError):
                if clock() + pause_s >= deadline:
                    self._away_until = clock() + REMEMBERED_S
                    raise
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, 1.0)


class _TransactionClient(_Typed, TransactionWrapper):
    """What a transaction's statements go through."""

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_TransactionClient(self))

    async def commit(self) -> None:
        try:
            await super().commit()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            typed = _typed(error)
            is_lost = isinstance(typed, DatabaseUnavailable) and not isinstance(error, asyncpg.TransactionRollbackError)
            raise (OutcomeUnknown() if is_lost else typed) from error

    async def rollback(self) -> None:
        try:
            await super().rollback()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            self._finalized = True  # the connection is gone, and with it what was not committed


class _Transaction(TransactionContextPooled):
    """A transaction that is over when its block is over, whatever happens to the caller."""

    async def __aenter__(self) -> TransactionalDBClient:
        client = self.client
        client._connection = await client._parent.take()  # type: ignore[attr-defined]  # our Client
        try:
            await to_the_end(client.begin())
        except BaseException:
            await to_the_end(self._abandon())
            raise
        self.token = get_connections().set(self.connection_name, client)
        return client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if not self.client._finalized:
                await to_the_end(self.client.rollback() if exc_type else self.client.commit())
        finally:
            get_connections().reset(self.token)
            await to_the_end(self._abandon())

    async def _abandon(self) -> None:
        connection = self.client._connection
        with suppress(asyncpg.InterfaceError):  # it died, and has left its pool
            if connection.is_in_transaction():
                await self.client.rollback()
        await self.client._parent.give_back(connection)  # type: ignore[attr-defined]  # our Client


def _typed(error: Exception) -> Exception:
    """Return what a failure of the driver is to us."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return IntegrityError(error)
    if isinstance(error, ssl.SSLError):
        return Misconfigured("The database's TLS certificate or protocol is not accepted; see sslmode in its URL.")
    if isinstance(error, _REFUSED):
        return Misconfigured("The database server refuses the user, the password or the name in the database URL.")
    if isinstance(error, _UNWRITABLE):
        return InvalidInput("A text must not hold the character NUL.")
    if isinstance(error, _PASSING) or (isinstance(error, asyncpg.InterfaceError) and _GONE.search(str(error))):
        return DatabaseUnavailable()
    return OperationalError(error)


async def _leave_as_it_is(_connection: Any) -> None:
    """Spare the statement that would forget a session's state: ours has none."""


client_class = Client

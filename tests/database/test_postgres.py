"""A PostgreSQL that fails while it is used: what happened is told apart, and nothing stays broken."""

import asyncio
import datetime
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from tortoise.connection import get_connection

from imaging import database
from imaging.accounts.models import User
from imaging.database_url import Pool
from imaging.errors import DatabaseUnavailable, Misconfigured, OutcomeUnknown
from imaging.journal import jobs
from tests.database.test_side_by_side import apart
from tests.postgres import PostgresServer, made_postgres

pytestmark = pytest.mark.full

PATIENCE_S = 60
POOL = Pool(size=4, connect_timeout_s=1)
# Makes a commit take as long as a test wants it to.
SLOW_COMMIT = """
CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON "user" DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW."subject" = 'slow') EXECUTE FUNCTION linger();
"""
A_FAST_CLOCK = """
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
    AS $$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with made_postgres() as server:
        server.settings["synchronous_commit"] = "on"  # it is killed here, and must keep what it acknowledged
        server.start()
        yield server


@pytest.fixture
async def url(server: PostgresServer) -> AsyncIterator[str]:
    """A migrated database, open."""
    if server.process is None:
        server.start()
    name = f"d{time.monotonic_ns()}"
    url = server.create(name)
    await database.migrate(url)
    await database.connect(url, POOL)
    yield url
    await database.close()
    server.drop(name)


async def add(subject: str) -> User:
    return await User.create(issuer="tests", subject=subject)


async def count() -> int:
    return await User.all().count()


async def transacted(subject: str) -> None:
    async with database.transaction():
        await add(subject)


async def backend() -> int:
    [found] = await get_connection("default").execute_query_dict("SELECT pg_backend_pid() AS pid")
    return int(found["pid"])


async def recovered() -> None:
    """Come back when the database answers again."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await User.all().count()
                return
            except DatabaseUnavailable:
                await asyncio.sleep(0.05)


def kill_backends(server: PostgresServer) -> None:
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'imaging'")


async def test_connections_that_were_ended_are_replaced(server: PostgresServer, url: str) -> None:
    await asyncio.gather(*(add(str(number)) for number in range(20)))
    kill_backends(server)
    await recovered()
    assert await asyncio.gather(*(User.all().count() for _ in range(20))) == [20] * 20


async def test_a_backend_killed_within_a_transaction_leaves_nothing_of_it(server: PostgresServer, url: str) -> None:
    await add("before")

    async def write() -> None:
        async with database.transaction():
            await add("half")
            os.kill(await backend(), signal.SIGKILL)
            await asyncio.sleep(0.2)
            await add("other half")

    with pytest.raises(DatabaseUnavailable) as raised:
        await write()
    assert not isinstance(raised.value, OutcomeUnknown)
    await recovered()
    await add("after")
    assert sorted(await User.all().values_list("subject", flat=True)) == ["after", "before"]


async def test_of_a_commit_that_was_cut_off_nobody_says_how_it_ended(server: PostgresServer, url: str) -> None:
    await get_connection("default").execute_script(SLOW_COMMIT)

    async def write() -> None:
        async with database.transaction():
            await add("slow")

    writing = apart(write())
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    deadline = time.monotonic() + PATIENCE_S
    while (await asyncio.to_thread(server.run, waits))[0][0] == 0 and time.monotonic() < deadline:
        pass
    kill_backends(server)
    with pytest.raises(OutcomeUnknown):
        await writing
    await recovered()


async def test_a_server_that_is_away_is_told_of_and_used_again_when_it_is_back(
    server: PostgresServer, url: str
) -> None:
    await add("before")
    server.stop(signal.SIGINT)
    began = time.monotonic()
    failures = await asyncio.gather(*(add("lost") for _ in range(10)), return_exceptions=True)
    assert {type(failure) for failure in failures} == {DatabaseUnavailable}
    with pytest.raises(DatabaseUnavailable):
        await transacted("lost")
    assert time.monotonic() - began < PATIENCE_S
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(DatabaseUnavailable):
            await add("lost")
    assert time.monotonic() - began < 10 * POOL.connect_timeout_s, "each has waited"
    server.start()
    await recovered()
    async with database.transaction():
        await add("after")
    assert await User.all().count() == 2


async def test_who_asks_while_the_server_restarts_waits_and_is_answered(server: PostgresServer, url: str) -> None:
    await database.close()
    await database.connect(url, Pool(size=4, connect_timeout_s=PATIENCE_S))
    await add("before")
    await asyncio.to_thread(server.stop, signal.SIGINT)
    asking = [asyncio.create_task(count()) for _ in range(8)]
    await asyncio.sleep(0.5)
    server.start()
    assert await asyncio.gather(*asking) == [1] * 8


async def test_two_transactions_that_wait_for_each_other_end_and_one_may_try_again(url: str) -> None:
    one, two = await add("one"), await add("two")
    both_began = asyncio.Barrier(2)

    async def lock(first: User, second: User) -> None:
        async with database.transaction():
            await User.filter(id=first.id).select_for_update()
            await both_began.wait()
            await User.filter(id=second.id).select_for_update()

    outcomes = await asyncio.gather(lock(one, two), lock(two, one), return_exceptions=True)
    assert sorted(type(outcome) for outcome in outcomes if outcome) == [DatabaseUnavailable]


async def test_more_transactions_than_connections_take_turns_and_the_cancelled_ones_leave_none_behind(
    url: str,
) -> None:
    async def write(number: int) -> None:
        async with database.transaction():
            await add(str(number))
            await asyncio.sleep(0.01)

    for round_ in range(5):
        tasks = [asyncio.create_task(write(100 * round_ + number)) for number in range(40)]
        for task in tasks[::2]:
            asyncio.get_running_loop().call_later(0.003 * (hash(task) % 40), task.cancel)
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*tasks, return_exceptions=True)
    # All of them are free again.
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(write(1000 + number) for number in range(POOL.size * 3)))
    idle = "SELECT count(*) AS idle FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    [found] = await get_connection("default").execute_query_dict(idle)
    assert found == {"idle": 0}


async def test_a_statement_that_takes_too_long_is_ended(url: str) -> None:
    connection = get_connection("default")
    with pytest.raises(DatabaseUnavailable):
        await connection.execute_script("SET statement_timeout = '0.1s'; SELECT pg_sleep(60)")
    async with database.transaction() as writing:
        await writing.execute_script("SET LOCAL statement_timeout = '0.1s'")
        with pytest.raises(DatabaseUnavailable):
            await writing.execute_query("SELECT pg_sleep(60)")
    await recovered()


async def test_a_database_in_another_encoding_is_refused(server: PostgresServer) -> None:
    server.run("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    with pytest.raises(Misconfigured, match="encoding is SQL_ASCII; UTF8 is needed"):
        await database.connect(server.url("ascii"))


async def test_a_database_that_is_not_there_is_told_of_at_once(server: PostgresServer) -> None:
    began = time.monotonic()
    with pytest.raises(Misconfigured, match="refuses"):
        await database.connect(server.url("absent"), Pool(connect_timeout_s=PATIENCE_S))
    assert time.monotonic() - began < PATIENCE_S / 2


async def test_no_log_tells_the_url(server: PostgresServer, url: str, caplog: pytest.LogCaptureFixture) -> None:
    await database.close()
    logging.getLogger("tortoise").setLevel(logging.DEBUG)
    try:
        await database.connect(url.replace("postgres@", "postgres:hunter2@"))
        await add("somebody")
        await database.close()
    finally:
        logging.getLogger("tortoise").setLevel(logging.NOTSET)
    assert "somebody" in caplog.text
    assert "hunter2" not in caplog.text


async def test_when_a_job_is_due_is_for_the_servers_clock_to_say(server: PostgresServer) -> None:
    if server.process is None:
        server.start()
    url = server.create("fast")
    await database.migrate(url)
    server.run(A_FAST_CLOCK, name="fast")
    server.run("ALTER DATABASE fast SET search_path = public, pg_catalog")
    await database.connect(url, POOL)
    try:
        await jobs.promise("tidy", "up")
        [job] = await jobs.claim(["tidy"])
        ahead = (job.leased_until or job.run_after) - datetime.datetime.now(datetime.UTC)
        assert ahead > datetime.timedelta(minutes=50)
    finally:
        await database.close()

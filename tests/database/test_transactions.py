"""Transactions hold or vanish, whoever is cancelled, and nobody waits who only reads."""

import asyncio
import contextvars
import random

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError

from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import Viewer
from imaging.cancellation import to_the_end
from tests import databases
from tests.rows import add_image


async def add_user(subject: str, *, failing: bool = False) -> User:
    async with database.transaction():
        user = await User.create(issuer="tests", subject=subject)
        await asyncio.sleep(0)
        if failing:
            raise ValueError(subject)
    return user


async def test_a_transaction_that_raises_leaves_nothing(db: str) -> None:
    with pytest.raises(ValueError, match="gone"):
        await add_user("gone", failing=True)
    await add_user("here")
    assert await User.all().values_list("subject", flat=True) == ["here"]


async def test_a_thousand_cancelled_requests_later_the_database_still_answers(db: str) -> None:
    chance = random.Random(1)
    for _ in range(20):
        tasks = [asyncio.create_task(add_user(f"{chance.random()}")) for _ in range(50)]
        for task in tasks:
            asyncio.get_running_loop().call_later(chance.random() * 0.05, task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
    before = await User.all().count()
    async with asyncio.timeout(5):
        await add_user("last")
    assert await User.all().count() == before + 1
    assert 0 < before < 1000
    if not databases.is_postgres():
        found = await get_connection("default").execute_query_dict("PRAGMA integrity_check")
        assert found == [{"integrity_check": "ok"}]


async def test_cancelled_reads_do_not_keep_connections(db: str) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000000) SELECT i FROM n"
    slow = f"SELECT count(*) FROM ({numbers})"
    tasks = [asyncio.create_task(get_connection("default").execute_query(slow)) for _ in range(20)]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(2):
        assert await User.all().count() == 0


async def test_a_reader_does_not_wait_for_a_writer(db: str) -> None:
    async with database.transaction():
        await User.create(issuer="tests", subject="unfinished")

        async def look() -> int:
            return await User.all().count()

        elsewhere = asyncio.get_running_loop().create_task(look(), context=contextvars.Context())
        async with asyncio.timeout(2):
            assert await elsewhere == 0
        assert await User.all().count() == 1
    assert await User.all().count() == 1


async def test_many_rows_at_once_are_all_there_or_none(db: str) -> None:
    twins = [User(issuer="tests", subject=subject) for subject in ("one", "two", "one")]
    with pytest.raises(IntegrityError):
        await User.bulk_create(twins)
    assert await User.all().count() == 0


async def test_a_transaction_inside_another_can_fail_alone(db: str) -> None:
    async with database.transaction():
        await User.create(issuer="tests", subject="outer")
        with pytest.raises(ValueError, match="inner"):
            await add_user("inner", failing=True)
    assert await User.all().values_list("subject", flat=True) == ["outer"]


async def test_work_that_must_not_stop_half_way_ends_before_its_cancellation_is_told() -> None:
    deeds: list[str] = []

    async def work() -> None:
        deeds.append("begun")
        await asyncio.sleep(0.02)
        deeds.append("ended")

    task = asyncio.create_task(to_the_end(work()))
    await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert deeds == ["begun", "ended"]


async def test_references_are_enforced(owner: Viewer) -> None:
    await add_image(owner)
    user = await User.get(id=owner.user_id)
    with pytest.raises((IntegrityError, OperationalError)):
        await user.delete()


async def test_nothing_opens_the_database_again_after_it_was_closed(db: str) -> None:
    late = User.all().using_db(get_connection("default"))
    await database.close()
    with pytest.raises((OperationalError, ValueError), match=r"[Cc]losed"):
        await late

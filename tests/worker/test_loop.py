import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from imaging import database
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.journal import jobs, outbox
from imaging.journal.models import Job
from imaging.ports import SearchFilter, SearchQuery
from imaging.search.indexer import Indexer
from imaging.worker.crew import Handler
from imaging.worker.loop import Worker
from tests import databases
from tests.search.stored import somebody, stored


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[TantivyIndex]:
    await database.connect(databases.chosen().url(tmp_path))
    index = TantivyIndex(tmp_path / "search")
    await index.open()
    yield index
    await index.close()
    await database.close()


@asynccontextmanager
async def running(index: TantivyIndex, wakeups: LocalWakeups, **handlers: Handler) -> AsyncIterator[asyncio.Event]:
    """A worker at work; leaving stops it, which takes a second, and longer only on a loaded machine."""
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(Indexer(index), handlers, wakeups).run(stop))
    yield stop
    started = time.monotonic()
    stop.set()
    await task
    assert time.monotonic() - started < 1.0


async def promised(kind: str, subject: str) -> None:
    async with database.transaction():
        await jobs.promise(kind, subject)


async def until(condition: asyncio.Event, timeout_s: float = 30.0) -> None:
    async with asyncio.timeout(timeout_s):
        await condition.wait()


async def until_found(index: TantivyIndex, text: str, timeout_s: float = 30.0) -> None:
    ends = time.monotonic() + timeout_s
    found = False
    while not found and time.monotonic() < ends:
        found = (await index.search(SearchQuery(text, SearchFilter()))).total > 0
        await asyncio.sleep(0.02)
    assert found


async def test_a_new_image_is_searchable_soon_after_the_wake_up(index: TantivyIndex) -> None:
    wakeups = LocalWakeups()
    async with running(index, wakeups):
        await asyncio.sleep(0.3)
        await stored(await somebody(), title="boat")
        wakeups.announce(outbox.TOPIC)
        await until_found(index, "boat", timeout_s=0.9)
    assert await index.count() == 1


async def test_an_image_of_another_process_is_found_without_a_wake_up(index: TantivyIndex) -> None:
    async with running(index, LocalWakeups()):
        await asyncio.sleep(0.3)
        await stored(await somebody(), title="boat")
        await until_found(index, "boat")
    assert await index.count() == 1


async def test_an_index_that_is_not_complete_is_made_from_the_rows(index: TantivyIndex) -> None:
    await stored(await somebody(), title="boat")
    await outbox.done([entry.id for entry in await outbox.take(10)])
    async with running(index, LocalWakeups()):
        await until_found(index, "boat")
    assert await index.is_complete()


async def test_a_promised_job_is_done_once_and_forgotten(index: TantivyIndex) -> None:
    done: list[str] = []
    ended, wakeups = asyncio.Event(), LocalWakeups()

    async def remove(subject: str) -> None:
        done.append(subject)
        if len(done) == 2:
            ended.set()

    await promised("remove", "o/1")
    async with running(index, wakeups, remove=Handler(remove)):
        await promised("remove", "o/2")
        wakeups.announce(jobs.TOPIC)
        await until(ended)
    assert sorted(done) == ["o/1", "o/2"]
    assert await Job.all().count() == 0


async def test_a_job_that_fails_is_kept_with_its_reason_and_its_neighbours_are_done(
    index: TantivyIndex, caplog: pytest.LogCaptureFixture
) -> None:
    ended = asyncio.Event()

    async def remove(subject: str) -> None:
        if subject == "bad":
            raise OSError("disk is away")
        ended.set()

    await promised("remove", "bad")
    await promised("remove", "good")
    async with running(index, LocalWakeups(), remove=Handler(remove)):
        await until(ended)
    left = await Job.get()
    assert (left.subject, left.attempts, left.leased_until) == ("bad", 1, None)
    assert left.last_error == "OSError: disk is away"
    assert "disk is away" in caplog.text


async def test_a_job_nobody_knows_how_to_do_stays(index: TantivyIndex) -> None:
    await promised("unknown", "x")
    async with running(index, LocalWakeups()):
        await asyncio.sleep(0.3)
    assert (await Job.get()).attempts == 0


async def test_stopping_gives_back_a_job_that_takes_too_long_without_counting_the_attempt(index: TantivyIndex) -> None:
    begun = asyncio.Event()

    async def remove(_subject: str) -> None:
        begun.set()
        await asyncio.sleep(60)

    await promised("remove", "slow")
    async with running(index, LocalWakeups(), remove=Handler(remove)):
        await until(begun)
    left = await Job.get()
    assert (left.subject, left.leased_until, left.attempts, left.last_error) == ("slow", None, 0, "")


async def test_stopping_lets_a_short_job_end(index: TantivyIndex) -> None:
    begun = asyncio.Event()

    async def remove(_subject: str) -> None:
        begun.set()
        await asyncio.sleep(0.3)

    await promised("remove", "short")
    async with running(index, LocalWakeups(), remove=Handler(remove)):
        await until(begun)
    assert await Job.all().count() == 0


async def test_an_index_that_is_away_is_survived_and_logged(
    index: TantivyIndex, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await stored(await somebody(), title="boat")
    second = TantivyIndex(tmp_path / "search")
    await second.open()
    ended = asyncio.Event()

    async def remove(_subject: str) -> None:
        ended.set()

    async with running(second, LocalWakeups(), remove=Handler(remove)) as stop:
        await promised("remove", "x")
        await until(ended)
        assert not stop.is_set()
    assert "Another process holds the search index" in caplog.text
    assert len(await outbox.take(10)) == 1
    await second.close()

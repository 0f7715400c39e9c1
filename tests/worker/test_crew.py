"""Jobs are done side by side, each kind in its own places; what is given up is told to its room."""

import asyncio
import datetime
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from tortoise.queryset import QuerySet

from imaging import database
from imaging.journal import jobs
from imaging.journal.models import Job
from imaging.worker.crew import Crew, Handler

PATIENCE_S = 30


async def promised(kind: str, *subjects: str) -> None:
    async with database.transaction():
        for subject in subjects:
            await jobs.promise(kind, subject)


@asynccontextmanager
async def at_work(**handlers: Handler) -> AsyncIterator[None]:
    """A crew that has taken what is due, and looks again whenever the event loop has time."""
    crew, stop = Crew(handlers), asyncio.Event()

    async def work() -> None:
        while not stop.is_set():
            await crew.take_due(stop)
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    try:
        yield
    finally:
        stop.set()
        await working
        await crew.leave(0.05)


async def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends
        await asyncio.sleep(0.01)


async def until_none(left: QuerySet[Job]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while await left.exists():
        assert time.monotonic() < ends
        await asyncio.sleep(0.01)


class Gate:
    """Work that lasts until it is let through."""

    def __init__(self) -> None:
        self.inside: set[str] = set()
        self.most = 0
        self.open = asyncio.Event()

    async def run(self, subject: str) -> None:
        self.inside.add(subject)
        self.most = max(self.most, len(self.inside))
        try:
            await self.open.wait()
        finally:
            self.inside.discard(subject)


async def test_as_many_jobs_of_a_kind_run_at_once_as_it_has_places(db: str) -> None:
    gate = Gate()
    await promised("ingest", *"abcdefg")
    async with at_work(ingest=Handler(gate.run, at_once=3)):
        await until(lambda: len(gate.inside) == 3)
        await asyncio.sleep(0.1)
        gate.open.set()
        await until_none(Job.all())
    assert gate.most == 3


async def test_a_slow_kind_keeps_no_other_kind_waiting(db: str) -> None:
    gate, removed = Gate(), []

    async def remove(subject: str) -> None:
        removed.append(subject)

    await promised("ingest", *"abcdefg")
    async with at_work(ingest=Handler(gate.run, at_once=2), remove=Handler(remove)):
        await until(lambda: len(gate.inside) == 2)
        await promised("remove", "x", "y", "z")
        await until(lambda: len(removed) == 3)
        assert len(gate.inside) == 2
        gate.open.set()
        await until_none(Job.all())
    assert sorted(removed) == ["x", "y", "z"]


async def test_who_is_stopped_gives_back_all_jobs_as_if_they_had_not_been_tried(db: str) -> None:
    gate = Gate()
    await promised("ingest", *"abc")
    async with at_work(ingest=Handler(gate.run, at_once=2)):
        await until(lambda: len(gate.inside) == 2)
    left = await Job.all()
    assert gate.inside == set()
    assert {(job.attempts, job.leased_until, job.failed_at, job.last_error) for job in left} == {(0, None, None, "")}
    assert len(await jobs.claim(["ingest"], limit=5)) == 3


async def on_its_last_attempt(kind: str, subject: str) -> None:
    await promised(kind, subject)
    await Job.filter(kind=kind, subject=subject).update(attempts=jobs.MAX_ATTEMPTS - 1)


async def test_the_room_hears_of_a_job_that_is_given_up_and_only_then(
    db: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[str, str]] = []

    async def run(subject: str) -> None:
        raise OSError("disk is away")

    async def given_up(subject: str, reason: str) -> None:
        assert (await Job.get(subject=subject)).failed_at is None
        told.append((subject, reason))

    await on_its_last_attempt("ingest", "last")
    await promised("ingest", "first")
    async with at_work(ingest=Handler(run, given_up)):
        await until_none(Job.filter(last_error=""))
    assert told == [("last", "OSError: disk is away")]
    assert (await Job.get(subject="last")).failed_at is not None
    assert (await Job.get(subject="first")).failed_at is None


async def test_a_job_whose_room_could_not_hear_of_it_is_given_up_later(
    db: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    async def run(subject: str) -> None:
        raise OSError("disk is away")

    async def given_up(subject: str, reason: str) -> None:
        told.append(reason)
        if len(told) == 1:
            raise OSError("database is away")

    await on_its_last_attempt("ingest", "x")
    async with at_work(ingest=Handler(run, given_up)):
        await until(lambda: len(told) == 1)
        await until_none(Job.filter(leased_until__isnull=False))
        await Job.all().update(run_after=datetime.datetime.now(datetime.UTC))
        await until(lambda: len(told) == 2)
    assert told == ["OSError: disk is away"] * 2
    assert (await Job.get()).failed_at is not None


async def test_a_job_that_ends_its_process_every_time_is_not_run_for_ever(db: str) -> None:
    told: list[str] = []

    async def run(subject: str) -> None:
        raise AssertionError("run once more")

    async def given_up(subject: str, reason: str) -> None:
        told.append(reason)

    await promised("ingest", "bomb")
    long_ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    await Job.all().update(attempts=jobs.MAX_ATTEMPTS, leased_until=long_ago)
    async with at_work(ingest=Handler(run, given_up)):
        await until(lambda: bool(told))
    assert told == ["Every attempt was cut off."]
    assert (await Job.get()).failed_at is not None


async def test_a_foreseen_wait_is_kept_and_is_no_failure_worth_a_traceback(
    db: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def far(subject: str) -> None:
        raise jobs.TryLater("The other side asks for patience.", after_s=600)

    await promised("far", "one")
    async with at_work(far=Handler(far)):
        await until(lambda: "asks for patience" in caplog.text)
        await until_none(Job.filter(run_after__lte=datetime.datetime.now(datetime.UTC)))

    job = await Job.get()
    assert job.run_after > datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=500)
    assert job.last_error == "The other side asks for patience."
    assert await jobs.attempts_of("far", "one") == 1
    assert "Traceback" not in caplog.text


async def test_a_cancellation_out_of_the_work_itself_is_a_failure_like_others(db: str) -> None:
    async def run(subject: str) -> None:
        raise asyncio.CancelledError

    await promised("ingest", "x")
    async with at_work(ingest=Handler(run)):
        await until_none(Job.filter(last_error=""))
    [job] = await Job.all()
    assert job.attempts == 1
    assert job.run_after > datetime.datetime.now(datetime.UTC)


async def test_what_was_not_even_begun_counts_as_no_attempt(db: str) -> None:
    async def run(subject: str) -> None:
        raise jobs.TryLater("Others go first.", after_s=600, counts=False)

    await promised("far", "one")
    async with at_work(far=Handler(run)):
        await until_none(Job.filter(run_after__lte=datetime.datetime.now(datetime.UTC)))
    [job] = await Job.all()
    assert (job.attempts, job.leased_until, job.last_error) == (0, None, "")
    assert job.run_after > datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=500)

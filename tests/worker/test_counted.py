"""What becomes of jobs is counted by kind, for who watches from outside."""

import asyncio
import datetime

import pytest

from imaging import database, metrics
from imaging.journal import jobs, leases
from imaging.journal.models import Job
from imaging.worker.crew import Crew, Handler
from tests.series import Series, counted

KIND = "counted"


async def promised(*subjects: str, attempts: int = 0) -> None:
    async with database.transaction():
        for subject in subjects:
            await jobs.promise(KIND, subject)
    await Job.filter(subject__in=list(subjects)).update(attempts=attempts)


async def work(handler: Handler, *, grace_s: float = 30) -> dict[str, float]:
    """Do what is due; return how often each outcome was counted meanwhile."""
    crew = Crew({KIND: handler})
    before = counted()
    await crew.take_due(asyncio.Event())
    await crew.leave(grace_s)
    return {outcome: risen for outcome in metrics.JOB_OUTCOMES if (risen := rise(before, outcome))}


def rise(before: Series, outcome: str) -> float:
    name, labels = "imaging_jobs_total", {"kind": KIND, "outcome": outcome}
    return (counted().value(name, **labels) or 0) - (before.value(name, **labels) or 0)


async def succeed(_subject: str) -> None:
    return None


async def fail(_subject: str) -> None:
    raise OSError("disk is away")


async def never_end(_subject: str) -> None:
    await asyncio.Event().wait()


async def test_kinds_are_told_before_anything_is_done(db: str) -> None:
    Crew({"not yet": Handler(succeed)})
    told = counted()
    assert all(told.value("imaging_jobs_total", kind="not yet", outcome=each) == 0 for each in metrics.JOB_OUTCOMES)
    assert told.value("imaging_job_leases_lost_total", kind="not yet") == 0


async def test_jobs_that_were_done_are_counted_with_their_duration(db: str) -> None:
    before = counted().value("imaging_job_duration_seconds_count", kind=KIND) or 0
    await promised("a", "b")
    assert await work(Handler(succeed)) == {"done": 2}
    assert counted().value("imaging_job_duration_seconds_count", kind=KIND) == before + 2


async def test_a_failure_counts_as_one_to_be_tried_again_until_the_last(
    db: str, caplog: pytest.LogCaptureFixture
) -> None:
    await promised("again")
    await promised("last", attempts=jobs.MAX_ATTEMPTS - 1)
    assert await work(Handler(fail, at_once=2)) == {"retried": 1, "given_up": 1}


async def test_a_job_that_could_not_be_given_up_is_to_be_tried_again(db: str, caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(_subject: str, _reason: str) -> None:
        raise OSError("database is away")

    await promised("last", attempts=jobs.MAX_ATTEMPTS - 1)
    assert await work(Handler(fail, refuse)) == {"retried": 1}


async def test_a_job_that_was_stopped_is_given_back(db: str) -> None:
    await promised("long")
    assert await work(Handler(never_end), grace_s=0.05) == {"given_back": 1}


async def test_a_lease_that_ran_out_is_counted_by_who_takes_the_job_over(db: str) -> None:
    await promised("fresh", "orphaned")
    ran_out = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
    await Job.filter(subject="orphaned").update(leased_until=ran_out)
    before = counted().value("imaging_job_leases_lost_total", kind=KIND) or 0
    assert await work(Handler(succeed)) == {"done": 2}
    assert counted().value("imaging_job_leases_lost_total", kind=KIND) == before + 1


async def test_a_job_that_somebody_else_took_meanwhile_is_counted_as_lost(
    db: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def lose(_subject: str) -> None:
        raise leases.LeaseLost("it is somebody else's by now")

    await promised("late")
    assert await work(Handler(lose)) == {"lost": 1}

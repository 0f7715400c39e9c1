"""Promised work is claimed by one, tried again when it fails, and never lost."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable

import pytest

from imaging.journal import jobs
from imaging.journal.models import Job

KIND = jobs.REMOVE_OBJECTS


async def make_due() -> None:
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    await Job.all().update(run_after=long_ago)
    await Job.filter(leased_until__isnull=False).update(leased_until=long_ago)


async def test_work_promised_twice_is_one_job(db: str) -> None:
    for _ in range(2):
        await jobs.promise(KIND, "r/one")
    await jobs.promise(KIND, "r/two")
    claimed = await jobs.claim([KIND], limit=10)
    assert sorted(job.subject for job in claimed) == ["r/one", "r/two"]


async def test_a_claimed_job_is_nobody_elses_until_its_lease_ends(db: str) -> None:
    await jobs.promise(KIND, "r/one")
    assert len(await jobs.claim([KIND])) == 1
    assert len(await jobs.claim([KIND])) == 0
    await make_due()
    [again] = await jobs.claim([KIND])
    assert again.attempts == 2


async def test_many_workers_at_once_never_claim_the_same_job(db: str) -> None:
    for number in range(20):
        await jobs.promise(KIND, f"r/{number}")
    claims = await asyncio.gather(*(jobs.claim([KIND], limit=3) for _ in range(10)))
    subjects = [job.subject for claimed in claims for job in claimed]
    assert len(subjects) == len(set(subjects)) == 20


async def test_a_finished_job_is_gone(db: str) -> None:
    await jobs.promise(KIND, "r/one")
    [job] = await jobs.claim([KIND])
    await jobs.finish(job)
    assert await Job.all().count() == 0


async def test_a_promise_made_while_the_work_runs_makes_it_run_again(db: str) -> None:
    await jobs.promise(KIND, "r/one")
    [running] = await jobs.claim([KIND])
    await jobs.promise(KIND, "r/one")
    await jobs.finish(running)
    [again] = await jobs.claim([KIND])
    await jobs.finish(again)
    assert await Job.all().count() == 0


async def test_a_job_that_fails_waits_longer_each_time_and_is_given_up_in_the_end(db: str) -> None:
    await jobs.promise(KIND, "r/one")
    for attempt in range(1, jobs.MAX_ATTEMPTS + 1):
        [job] = await jobs.claim([KIND])
        assert job.attempts == attempt
        await jobs.fail(job, "x" * 1000)
        assert await jobs.claim([KIND]) == []
        await make_due()
    given_up = await Job.get()
    assert given_up.failed_at is not None
    assert given_up.last_error == "x" * 500
    assert await jobs.claim([KIND]) == []
    await jobs.promise(KIND, "r/one")
    assert len(await jobs.claim([KIND])) == 1


async def test_a_job_that_is_given_back_is_due_at_once_and_was_not_tried(db: str) -> None:
    await jobs.promise(KIND, "r/one")
    [job] = await jobs.claim([KIND])
    await jobs.give_back(job)
    [again] = await jobs.claim([KIND])
    assert again.attempts == 1


@pytest.mark.parametrize("settle", [jobs.fail, jobs.postpone])
async def test_a_promise_made_while_the_work_fails_is_due_at_once_and_anew(
    db: str, settle: Callable[[Job, str], Awaitable[None]]
) -> None:
    await jobs.promise(KIND, "r/one")
    await Job.all().update(attempts=jobs.MAX_ATTEMPTS - 1)
    [running] = await jobs.claim([KIND])
    await jobs.promise(KIND, "r/one")
    await settle(running, "disk is away")
    [again] = await jobs.claim([KIND])
    assert (again.attempts, again.failed_at, again.last_error) == (1, None, "disk is away")


async def test_a_running_job_can_keep_its_lease(db: str) -> None:
    await jobs.promise(KIND, "r/one")
    [job] = await jobs.claim([KIND], lease_s=0.01)
    await jobs.keep(job)
    await asyncio.sleep(0.02)
    assert await jobs.claim([KIND]) == []


async def test_only_the_kinds_one_can_do_are_claimed(db: str) -> None:
    await jobs.promise("something-else", "x")
    assert await jobs.claim([KIND]) == []


async def test_work_promised_for_later_is_nobodys_before(db: str) -> None:
    await jobs.promise(KIND, "o/a/1", after_s=3600)
    assert await jobs.claim([KIND]) == []
    await jobs.promise(KIND, "o/a/1")
    assert [job.subject for job in await jobs.claim([KIND])] == ["o/a/1"]


async def test_what_somebody_waits_for_is_done_before_what_was_promised_in_bulk(db: str) -> None:
    await jobs.promise(KIND, "r/bulk", priority=jobs.BULK)
    await jobs.promise(jobs.UPKEEP, "sweep")
    await jobs.promise(jobs.INGEST_UPLOAD, "upload")
    await jobs.promise(KIND, "r/waited-for", priority=jobs.INTERACTIVE)
    claimed = [job for _ in range(4) for job in await jobs.claim([KIND, jobs.UPKEEP, jobs.INGEST_UPLOAD])]
    assert [job.subject for job in claimed] == ["upload", "r/waited-for", "r/bulk", "sweep"]


async def test_bulk_work_that_is_promised_again_because_somebody_waits_is_done_first(db: str) -> None:
    for subject in ("r/one", "r/two"):
        await jobs.promise(KIND, subject)
    await jobs.promise(KIND, "r/two", priority=jobs.INTERACTIVE)
    assert [job.subject for job in await jobs.claim([KIND])] == ["r/two"]


async def test_a_promise_is_taken_back_only_before_its_time(db: str) -> None:
    for subject, after_s in (("o/a/1", 3600), ("o/a/2", 0)):
        await jobs.promise(KIND, subject, after_s=after_s)
    assert [await jobs.withdraw(KIND, subject) for subject in ("o/a/1", "o/a/2", "o/a/3")] == [True, False, False]
    assert await jobs.promised(KIND, "o/a/") == ["o/a/2"]


async def test_what_is_promised_is_told_by_how_it_begins(db: str) -> None:
    for kind, subject in ((KIND, "o/a/1"), (KIND, "o/a_/1"), (KIND, "o/ab/1"), (jobs.PURGE_CDN, "o/a/2")):
        await jobs.promise(kind, subject)
    assert await jobs.promised(KIND, "o/a/") == ["o/a/1"]
    assert await jobs.promised(KIND, "o/a_/") == ["o/a_/1"]


def test_waiting_doubles_up_to_an_hour_and_is_never_the_same_for_all() -> None:
    assert 1.0 <= jobs.backoff_s(1) <= 2.0
    assert 1800 <= jobs.backoff_s(60) <= 3600
    assert len({jobs.backoff_s(5) for _ in range(10)}) > 1

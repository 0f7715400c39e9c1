"""A lease makes a job somebody's own; who was late for prolonging it neither goes on nor meddles."""

import asyncio
import datetime

import pytest

from imaging.journal import jobs, leases
from imaging.journal.models import Job

KIND = jobs.REMOVE_OBJECTS


async def claimed() -> Job:
    await jobs.promise(KIND, "r/one")
    [job] = await jobs.claim([KIND])
    return job


async def taken_over(job: Job) -> Job:
    """Let the lease of a job end, and have somebody else claim it."""
    await Job.filter(id=job.id).update(leased_until=datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1))
    [taken] = await jobs.claim([job.kind])
    return taken


@pytest.mark.parametrize("settle", ["finish", "fail", "give_back", "keep"])
async def test_who_lost_the_lease_changes_nothing_of_a_job_that_somebody_else_does(db: str, settle: str) -> None:
    late = await claimed()
    taken = await taken_over(late)
    if settle == "fail":
        await jobs.fail(late, "was late")
    else:
        await getattr(jobs, settle)(late)
    left = await Job.get()
    assert (left.leased_until, left.attempts, left.last_error) == (taken.leased_until, 2, "")
    assert await jobs.claim([KIND]) == []
    await jobs.finish(taken)
    assert not await Job.exists()


async def test_work_whose_job_somebody_else_has_taken_is_cut_off(db: str) -> None:
    late = await claimed()
    taken = await taken_over(late)
    with pytest.raises(leases.LeaseLost, match=r"of r/one"):
        async with asyncio.timeout(30), leases.kept(late, beat_s=0.01):
            await asyncio.Event().wait()
    assert (await Job.get()).leased_until == taken.leased_until


async def until_a_beat(job: Job) -> None:
    async with asyncio.timeout(30):
        while job.perhaps_until is None:  # noqa: ASYNC110 - to leave in the middle of a beat
            await asyncio.sleep(0)


async def test_work_that_keeps_its_lease_goes_on_and_is_settled_whenever_it_ends(db: str) -> None:
    for _ in range(10):
        job = await claimed()
        async with leases.kept(job, beat_s=0):
            await until_a_beat(job)
        await jobs.finish(job)
        assert not await Job.exists()

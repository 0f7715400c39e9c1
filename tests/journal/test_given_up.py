"""What was given up stays with its reason until it is tried again."""

from imaging.journal import given_up, jobs
from imaging.journal.models import Job
from tests.journal.test_jobs import make_due


async def gave_up(kind: str, subject: str, reason: str) -> None:
    await jobs.promise(kind, subject)
    await Job.filter(kind=kind, subject=subject).update(attempts=jobs.MAX_ATTEMPTS - 1)
    [job] = await jobs.claim([kind])
    await jobs.fail(job, reason)


async def test_a_job_that_was_given_up_is_told_with_its_reason_the_last_first(db: str) -> None:
    await gave_up(jobs.REMOVE_OBJECTS, "r/1", "the disk is away")
    await gave_up(jobs.PURGE_CDN, "r/2", "no such distribution")
    await jobs.promise(jobs.REMOVE_OBJECTS, "r/3")
    found = await given_up.newest()
    assert [(job.subject, job.attempts, job.last_error) for job in found] == [
        ("r/2", jobs.MAX_ATTEMPTS, "no such distribution"),
        ("r/1", jobs.MAX_ATTEMPTS, "the disk is away"),
    ]
    assert [job.subject for job in await given_up.newest([jobs.REMOVE_OBJECTS])] == ["r/1"]
    assert await given_up.count() == 2


async def test_what_is_tried_again_begins_anew_and_only_of_the_kinds_asked_for(db: str) -> None:
    await gave_up(jobs.REMOVE_OBJECTS, "r/1", "the disk is away")
    await gave_up(jobs.PURGE_CDN, "r/2", "no such distribution")
    assert await given_up.retry([jobs.PURGE_CDN]) == 1
    await make_due()
    [job] = await jobs.claim([jobs.REMOVE_OBJECTS, jobs.PURGE_CDN], limit=10)
    assert (job.subject, job.attempts) == ("r/2", 1)
    assert await given_up.count() == 1


async def test_without_any_there_is_nothing_to_tell_and_to_try(db: str) -> None:
    assert (await given_up.count(), await given_up.newest(), await given_up.retry()) == (0, [], 0)

"""Work promised by committed changes: claimed under a lease, tried again until it succeeds or is given up."""

import datetime
import random
from collections.abc import Collection, Sequence

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from imaging import database, metrics
from imaging.journal.models import Job

TOPIC = "jobs"
REMOVE_OBJECTS = "remove-objects"
REMOVE_OBJECT = "remove-object"
PURGE_CDN = "purge-cdn"
INGEST_UPLOAD = "ingest-upload"
IMPORT_URL = "import-url"
UPKEEP = "upkeep"
UPKEEP_SEARCH = "upkeep-search"
BATCH = "batch"

# What somebody waits for comes before what is only to be done some time; objects may be promised to go in weeks.
INTERACTIVE, BULK = 0, 10
_BULK_KINDS = frozenset({REMOVE_OBJECTS, REMOVE_OBJECT, UPKEEP, UPKEEP_SEARCH, BATCH})

# Of these people are told that they failed for good: an upload has FAILED by then, or a batch.
TOLD_KINDS = frozenset({INGEST_UPLOAD, IMPORT_URL, BATCH})

LEASE_S = 15.0
MAX_ATTEMPTS = 20
LONGEST_WAIT_S = 3600.0
MAX_ERROR = 500


class TryLater(Exception):
    """Work that cannot be done now, for a reason outside; to be tried again in `after_s` at the soonest.

    What was not even begun does not count as an attempt.
    """

    def __init__(self, reason: str, *, after_s: float, counts: bool = True) -> None:
        super().__init__(reason)
        self.after_s = after_s
        self.counts = counts


async def promise(kind: str, subject: str, *, after_s: float = 0, priority: int | None = None) -> None:
    """Promise work, not to be done before so long, inside the caller's transaction; announce `TOPIC` after its commit.

    The same work promised twice is done once, but never only by a run that began before the promise. Of what is due,
    the lower `priority` is done first: INTERACTIVE or BULK, by the kind unless told.
    """
    if priority is None:
        priority = BULK if kind in _BULK_KINDS else INTERACTIVE
    due = await database.now() + datetime.timedelta(seconds=after_s)
    anew = {"attempts": 0, "run_after": due, "failed_at": None, "priority": priority}
    # Somebody else may be promising or settling the same work at this very moment: look until one row is ours.
    while not await Job.filter(kind=kind, subject=subject).update(generation=F("generation") + 1, **anew):
        job = Job(kind=kind, subject=subject, generation=0, run_after=due, priority=priority)
        await Job.bulk_create([job], ignore_conflicts=True)


async def withdraw(kind: str, subject: str) -> bool:
    """Take back a promise, inside the caller's transaction; False when there is none, or it may be kept by now."""
    waiting = Job.filter(kind=kind, subject=subject, run_after__gt=await database.now(), leased_until=None)
    return bool(await waiting.delete())


async def promised(kind: str, prefix: str) -> Sequence[str]:
    """Return what work of a kind is promised for: the subjects that begin like this."""
    found = await Job.filter(kind=kind, subject__startswith=prefix).only("subject")
    return [job.subject for job in found]


async def claim(kinds: Sequence[str], *, limit: int = 1, lease_s: float = LEASE_S) -> Sequence[Job]:
    """Take due jobs, those with the lowest priority number first; until the lease ends they are nobody else's."""
    now = await database.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    due = Job.filter(free, kind__in=list(kinds), run_after__lte=now, failed_at=None)
    due = due.order_by("priority", "run_after").limit(limit)
    if not await due.exists():
        return []
    async with database.transaction() as connection:
        jobs = await due.using_db(connection).select_for_update(skip_locked=True)
        lost = [job.kind for job in jobs if job.leased_until is not None]
        for job in jobs:
            job.leased_until = now + datetime.timedelta(seconds=lease_s)
            job.attempts += 1
            await job.save(update_fields=("leased_until", "attempts"))
    for kind in lost:
        metrics.JOB_LEASES_LOST.labels(kind).inc()
    return jobs


async def keep(job: Job) -> bool:
    """Prolong the lease of a job that is still running; False when it is not ours any more."""
    ours, until = _ours(job), await database.now() + datetime.timedelta(seconds=LEASE_S)
    job.perhaps_until = until
    if not await ours.update(leased_until=until):
        return False
    job.leased_until = until
    return True


async def finish(job: Job) -> None:
    """Settle a job that was done; one promised again meanwhile is due at once."""
    async with database.transaction():
        settled = await _ours(job).filter(generation=job.generation).delete()
        if not settled:
            await _ours(job).update(leased_until=None)


def is_last_attempt(job: Job) -> bool:
    """Return True when the job is given up should it fail now."""
    return job.attempts >= MAX_ATTEMPTS


async def pending(kind: str, subjects: Collection[str]) -> set[str]:
    """Return for which of the subjects work of a kind is promised, and was not given up."""
    found = Job.filter(kind=kind, subject__in=list(subjects), failed_at=None)
    return {job.subject for job in await found.only("subject")}


async def attempts_of(kind: str, subject: str) -> int:
    """Return how often work was begun since it was promised, 0 when there is none."""
    job = await Job.get_or_none(kind=kind, subject=subject).only("attempts")
    return 0 if job is None else job.attempts


async def fail(job: Job, reason: str, *, after_s: float = 0) -> None:
    """Settle a job that could not be done: to be tried not before so long, or given up after many attempts."""
    await _settle_failed(job, reason, after_s, is_over=is_last_attempt(job))


async def postpone(job: Job, reason: str) -> None:
    """Leave a job for later, however often it was tried."""
    await _settle_failed(job, reason, 0, is_over=False)


async def give_back(job: Job, *, after_s: float = 0) -> None:
    """Leave a job to others, or for later, as if it had not been tried: it was stopped through no fault of its own."""
    due = {"run_after": await database.now() + datetime.timedelta(seconds=after_s)} if after_s else {}
    async with database.transaction():
        same = _ours(job).filter(generation=job.generation)
        if not await same.update(leased_until=None, attempts=job.attempts - 1, **due):
            await _ours(job).update(leased_until=None)


async def _settle_failed(job: Job, reason: str, after_s: float, *, is_over: bool) -> None:
    """Write down a failure; a job that was promised again meanwhile is due at once, and begins anew."""
    now = await database.now()
    run_after = now + datetime.timedelta(seconds=max(after_s, backoff_s(job.attempts)))
    free = {"leased_until": None, "last_error": reason[:MAX_ERROR]}
    async with database.transaction():
        same = _ours(job).filter(generation=job.generation)
        if not await same.update(run_after=run_after, failed_at=now if is_over else None, **free):
            await _ours(job).update(**free)


def _ours(job: Job) -> QuerySet[Job]:
    """Return the job, unless its lease ended and somebody else has taken it: who is late must not meddle."""
    held = [until for until in (job.leased_until, job.perhaps_until) if until is not None]
    return Job.filter(id=job.id, leased_until__in=held) if held else Job.filter(id=job.id, leased_until=None)


def backoff_s(attempts: int) -> float:
    """Return how long to wait after so many attempts: doubling, up to an hour, with jitter."""
    longest = min(LONGEST_WAIT_S, 2.0 ** min(attempts, 30))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret

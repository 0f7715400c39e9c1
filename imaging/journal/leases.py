"""Leases on jobs: kept for as long as the work lasts, and taken out of turn by who asks for the work now."""

import asyncio
import datetime
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tortoise.expressions import F, Q

from imaging import database
from imaging.journal import jobs
from imaging.journal.models import Job

BEAT_S = jobs.LEASE_S / 3
RETRY_S = 1.0

_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """A job is somebody else's by now: its lease could not be prolonged in time."""


@asynccontextmanager
async def kept(job: Job, *, beat_s: float = BEAT_S) -> AsyncIterator[None]:
    """Prolong the lease of a claimed job for as long as the context lasts.

    Raises:
        LeaseLost: somebody else has taken the job; what was being done in the context was cut off.
    """
    held = asyncio.timeout(None)
    try:
        async with held:
            keeping = asyncio.create_task(_keep(job, beat_s, held))
            try:
                yield
            finally:
                keeping.cancel()
                await asyncio.wait({keeping})
    except TimeoutError:
        if held.expired():
            raise LeaseLost(f"job {job.kind} of {job.subject} is somebody else's by now") from None
        raise


async def take(kind: str, subject: str) -> Job | None:
    """Claim one job, due or not, promised or not; None while somebody else does it."""
    now = await database.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    job = Job.filter(kind=kind, subject=subject)
    async with database.transaction():
        if not await job.exists():
            await jobs.promise(kind, subject)
        until = now + datetime.timedelta(seconds=jobs.LEASE_S)
        taken = await job.filter(free).update(leased_until=until, attempts=F("attempts") + 1)
    return await job.first() if taken else None


async def _keep(job: Job, beat_s: float, held: asyncio.Timeout) -> None:
    """Prolong the lease now and then; end what is being done when it was lost."""
    pause_s = beat_s
    while True:
        await asyncio.sleep(pause_s)
        try:
            if not await jobs.keep(job):
                held.reschedule(asyncio.get_running_loop().time())
                return
            pause_s = beat_s
        except Exception:
            pause_s = min(beat_s, RETRY_S)
            _log.warning("the lease of job %s of %s was not prolonged", job.kind, job.subject, exc_info=True)

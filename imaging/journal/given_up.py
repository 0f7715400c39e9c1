"""Work that was given up after many attempts: kept with its reason until it is promised or tried again."""

from collections.abc import Sequence

from tortoise.queryset import QuerySet

from imaging import database
from imaging.journal import jobs
from imaging.journal.models import Job


async def count(kinds: Sequence[str] = ()) -> int:
    """Return how many jobs were given up, of all kinds or some."""
    return await _given_up(kinds).count()


async def newest(kinds: Sequence[str] = (), limit: int = 100) -> Sequence[Job]:
    """Return jobs that were given up, the last first."""
    return await _given_up(kinds).order_by("-failed_at", "id").limit(limit)


async def retry(kinds: Sequence[str] = ()) -> int:
    """Have them tried again from the first attempt on, and return how many; announce `jobs.TOPIC` after the commit.

    Not those whose end people were told: see `forget_told`.
    """
    again = _given_up(kinds).exclude(kind__in=jobs.TOLD_KINDS)
    return await again.update(failed_at=None, attempts=0, run_after=await database.now())


async def forget_told(kinds: Sequence[str] = ()) -> int:
    """Forget those whose end people were told, and return how many: whoever still wants such work asks for it anew."""
    return await _given_up(kinds).filter(kind__in=jobs.TOLD_KINDS).delete()


def _given_up(kinds: Sequence[str]) -> QuerySet[Job]:
    found = Job.filter(failed_at__isnull=False)
    return found.filter(kind__in=list(kinds)) if kinds else found

"""Has the CDN forget pictures that left sight, once nothing is stored that it could fetch again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from imaging.journal import jobs
from imaging.journal.models import Job
from imaging.ports import Cdn, ObjectStore


@dataclass(frozen=True, slots=True)
class Purge:
    """Takes renditions from the store, then from the CDN: the other way round, the edge could fetch them back."""

    store: ObjectStore
    cdn: Cdn

    async def purge(self, prefix: str) -> None:
        """Purge everything below a prefix of the store, such as `r/{image}`, and what else is promised by now.

        What a CDN is asked is counted and limited, so that many images are one request.

        Raises:
            CdnUnavailable: it takes no invalidation now.
        """
        others = await jobs.claim([jobs.PURGE_CDN], limit=self.cdn.most_paths - 1)
        try:
            await self._purge([prefix, *(job.subject for job in others)])
        except BaseException as error:
            await _give_back(others, error)
            raise
        for job in others:
            await jobs.finish(job)

    async def _purge(self, prefixes: Sequence[str]) -> None:
        for prefix in prefixes:
            await self.store.delete_prefix(prefix)
        await self.cdn.invalidate([f"/{prefix}/*" for prefix in prefixes])


async def _give_back(claimed: Sequence[Job], error: BaseException) -> None:
    for job in claimed:
        if isinstance(error, asyncio.CancelledError):
            await jobs.give_back(job)
        else:
            await jobs.fail(job, f"{type(error).__name__}: {error}")

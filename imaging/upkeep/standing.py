"""How all the work stands: what waits, what moves, how upkeep went the last time. For who watches from outside."""

import asyncio
import time
from collections.abc import Collection

from imaging import metrics
from imaging.batches.look import moving
from imaging.journal.queue import QueueState, queues
from imaging.upkeep.runs import last_runs

KEPT_S = 10.0


class Standing:
    """Reads how the work stands into the series that tell of it, at most every so many seconds."""

    def __init__(self, tasks: Collection[str], *, kept_s: float = KEPT_S) -> None:
        self._tasks = tasks
        self._kept_s = kept_s
        self._stale_at_s = 0.0
        self._succeeded_at_s: dict[str, float] = {}
        self._reading = asyncio.Lock()

    async def measure(self) -> None:
        """Bring the series up to date, for many who ask at the same time once."""
        async with self._reading:
            if time.monotonic() >= self._stale_at_s:
                await self._read()
                self._stale_at_s = time.monotonic() + self._kept_s

    async def _read(self) -> None:
        found = await queues()
        depths: dict[tuple[str, ...], float] = {(queue.kind, queue.state.value): queue.jobs for queue in found}
        ages: dict[tuple[str, ...], float] = {
            (queue.kind, queue.state.value): max(0.0, queue.oldest_age_s)
            for queue in found
            if queue.state is not QueueState.SCHEDULED
        }
        metrics.show(metrics.JOB_QUEUE_DEPTH, depths)
        metrics.show(metrics.JOB_QUEUE_OLDEST_AGE, ages)
        metrics.show(metrics.BATCHES, {(state.value.lower(),): count for state, count in (await moving()).items()})
        await self._read_upkeep()

    async def _read_upkeep(self) -> None:
        for (task, is_dry), run in (await last_runs(self._tasks)).items():
            if is_dry:
                continue
            ended_at_s = run.started_at.timestamp() + run.took_ms / 1000
            if not run.error:
                self._succeeded_at_s[task] = ended_at_s
            metrics.UPKEEP_LAST_RUN.labels(task).set(ended_at_s)
            metrics.UPKEEP_LAST_RUN_SUCCEEDED.labels(task).set(not run.error)
        for task, succeeded_at_s in self._succeeded_at_s.items():
            metrics.UPKEEP_LAST_SUCCESS.labels(task).set(succeeded_at_s)

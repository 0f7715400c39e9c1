"""The crew: does jobs side by side, each kind in places of its own, so that no kind keeps another waiting."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from imaging import metrics
from imaging.journal import jobs, leases
from imaging.journal.models import Job

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handler:
    """What does the jobs of one kind, given their subject; it may run twice for one promise.

    It raises `jobs.TryLater` for what it foresaw. `at_once` is how many of the kind run side by side. `given_up` is
    told subject and reason when a job will not be tried again, perhaps twice: whatever waits for the job must not
    wait for ever.
    """

    run: Callable[[str], Awaitable[object]]
    given_up: Callable[[str, str], Awaitable[object]] | None = None
    at_once: int = 1


class Crew:
    """Does the jobs of the kinds it has handlers for; what fails is logged and tried again later."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = dict(handlers)
        metrics.expect(metrics.JOBS, self._handlers, metrics.JOB_OUTCOMES)
        metrics.expect(metrics.JOB_LEASES_LOST, self._handlers)
        self._running: dict[asyncio.Task[None], str] = {}

    async def take_due(self, stop: asyncio.Event) -> None:
        """Begin whatever is due and has a free place; a place that becomes free takes the next of its kind itself."""
        while not stop.is_set() and (kinds := self._free()):
            claimed = await jobs.claim(kinds)
            if not claimed:
                return
            for job in claimed:
                task = asyncio.create_task(self._do_all(job, stop))
                self._running[task] = job.kind
                task.add_done_callback(self._ended)

    async def leave(self, grace_s: float) -> None:
        """Let the jobs end for a moment, then give back those that did not."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    def _free(self) -> list[str]:
        busy = list(self._running.values())
        return [kind for kind, handler in self._handlers.items() if busy.count(kind) < handler.at_once]

    def _ended(self, task: asyncio.Task[None]) -> None:
        kind = self._running.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("jobs of %s could not be settled and will run again", kind, exc_info=error)

    async def _do_all(self, job: Job, stop: asyncio.Event) -> None:
        await self._do(job)
        while not stop.is_set() and (claimed := await jobs.claim([job.kind])):
            await self._do(claimed[0])

    async def _do(self, job: Job) -> None:
        if job.attempts > jobs.MAX_ATTEMPTS:
            await self._fail(job, job.last_error or "Every attempt was cut off.")
            return
        try:
            with metrics.JOB_DURATION.labels(job.kind).time():
                async with leases.kept(job):
                    await self._handlers[job.kind].run(job.subject)
        except asyncio.CancelledError:
            if not _is_told_to_stop():
                await self._fail(job, "Something that it waited for was cancelled.")
                return
            await jobs.give_back(job)
            metrics.JOBS.labels(job.kind, metrics.GIVEN_BACK).inc()
            raise
        except leases.LeaseLost as lost:
            _log.warning("%s, and left to them", lost)
            metrics.JOBS.labels(job.kind, metrics.LOST).inc()
        except jobs.TryLater as later:
            if not later.counts:
                await jobs.give_back(job, after_s=later.after_s)
                return
            _log.warning("job %s of %s waits after attempt %d: %s", job.kind, job.subject, job.attempts, later)
            await self._fail(job, str(later), after_s=later.after_s)
        except Exception as error:
            _log.exception("job %s of %s failed at attempt %d", job.kind, job.subject, job.attempts)
            await self._fail(job, f"{type(error).__name__}: {error}")
        else:
            await jobs.finish(job)
            metrics.JOBS.labels(job.kind, metrics.DONE).inc()

    async def _fail(self, job: Job, reason: str, *, after_s: float = 0) -> None:
        """Leave the job for later, or give it up: its room hears first, so that a kill in between loses nothing."""
        given_up = self._handlers[job.kind].given_up
        if given_up is not None and jobs.is_last_attempt(job):
            try:
                await given_up(job.subject, reason)
            except Exception:
                _log.exception("job %s of %s could not be given up", job.kind, job.subject)
                await jobs.postpone(job, reason)
                metrics.JOBS.labels(job.kind, metrics.RETRIED).inc()
                return
        await jobs.fail(job, reason, after_s=after_s)
        outcome = metrics.GIVEN_UP if jobs.is_last_attempt(job) else metrics.RETRIED
        metrics.JOBS.labels(job.kind, outcome).inc()


def _is_told_to_stop() -> bool:
    """Return False for a cancellation out of the work itself, which would be tried again at once for ever."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

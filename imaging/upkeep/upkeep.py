"""Upkeep: tidying up, now and then by itself and by hand; every task is done by one process at a time."""

import logging
import random
from collections.abc import Callable, Sequence

from imaging import database
from imaging.errors import Conflict, InvalidInput
from imaging.journal import jobs, leases
from imaging.upkeep.task import Looked, Report, Task

GRACE_S = 3_600.0
FIRST_S = 30.0

_log = logging.getLogger(__name__)


class Upkeep:
    """Runs tasks. Each is a job that is never settled, only put off: so nobody runs it while another does.

    `tasks_of` gives the tasks that leave alone what was written within so many seconds.
    """

    def __init__(self, tasks_of: Callable[[float], Sequence[Task]], *, grace_s: float = GRACE_S) -> None:
        self._tasks_of = tasks_of
        self.tasks = {task.name: task for task in tasks_of(grace_s)}

    def with_grace(self, grace_s: float) -> "Upkeep":
        """Return the same upkeep, which leaves alone what was written within so many seconds."""
        return Upkeep(self._tasks_of, grace_s=grace_s)

    async def plan(self) -> None:
        """See to it that every task will be run by the worker, the first time soon."""
        async with database.transaction():
            planned = await jobs.pending(jobs.UPKEEP, self.tasks)
            for name in self.tasks:
                if name not in planned:
                    await jobs.promise(jobs.UPKEEP, name, after_s=_about(FIRST_S))

    async def run_due(self, name: str) -> None:
        """Run a task whose time has come, as a job of the worker, and put it off; forget one that is not known."""
        if (task := self.tasks.get(name)) is None:
            return
        report = Report(name)
        await task.mend(report, lambda _: None)
        if report.found:
            _log.info("upkeep: %s mended %d of %d found", name, report.mended, report.found)
        await _put_off(task)

    async def given_up(self, name: str, reason: str) -> None:
        """Put off a task that failed again and again: upkeep is never given up."""
        _log.error("upkeep: %s fails: %s", name, reason)
        if (task := self.tasks.get(name)) is not None:
            await _put_off(task)

    async def run_now(self, name: str, looked: Looked) -> Report:
        """Run a task at once and tell what it did; `looked` hears how it gets on.

        Raises:
            InvalidInput: there is no such task.
            Conflict: another process is running it.
        """
        task, report = self._task(name), Report(name)
        job = await leases.take(jobs.UPKEEP, name)
        if job is None:
            raise Conflict(f"Another process is running {name} right now.")
        try:
            async with leases.kept(job):
                await task.mend(report, looked)
        except BaseException:
            await jobs.give_back(job)
            raise
        await _put_off(task)
        await jobs.finish(job)
        return report

    async def look(self, name: str, looked: Looked) -> Report:
        """Tell what a task would find now, and change nothing.

        Raises:
            InvalidInput: there is no such task.
        """
        report = Report(name)
        await self._task(name).look(report, looked)
        return report

    async def expected(self, name: str) -> int:
        """Return about how many things a task will look at, 0 when nobody knows.

        Raises:
            InvalidInput: there is no such task.
        """
        return await self._task(name).expected()

    def _task(self, name: str) -> Task:
        if name not in self.tasks:
            raise InvalidInput(f"There is no task {name}; there are {', '.join(self.tasks)}.")
        return self.tasks[name]


async def _put_off(task: Task) -> None:
    async with database.transaction():
        await jobs.promise(jobs.UPKEEP, task.name, after_s=_about(task.every_s))


def _about(seconds: float) -> float:
    """Return roughly so long, so that not everything comes at once."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret

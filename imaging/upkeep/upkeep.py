"""Upkeep: tidying up, now and then by itself and by hand; every task is done by one process at a time."""

import logging
import random
from collections.abc import Callable, Sequence

from imaging import database, metrics
from imaging.accounts.viewer import Viewer
from imaging.errors import Conflict, InvalidInput
from imaging.journal import jobs, leases
from imaging.ports import Wakeups
from imaging.upkeep.overview import DRY_RUN, TaskOverview, overview
from imaging.upkeep.runs import remembered
from imaging.upkeep.task import KINDS, Looked, Report, Task

GRACE_S = 3_600.0
FIRST_S = 30.0

_log = logging.getLogger(__name__)


class Upkeep:
    """Runs tasks. Each is a job that is never settled, only put off: so nobody runs it while another does.

    `tasks_of` gives the tasks that leave alone what was written within so many seconds.
    """

    def __init__(
        self, tasks_of: Callable[[float], Sequence[Task]], wakeups: Wakeups, *, grace_s: float = GRACE_S
    ) -> None:
        self._tasks_of = tasks_of
        self._wakeups = wakeups
        self.tasks = {task.name: task for task in tasks_of(grace_s)}

    def with_grace(self, grace_s: float) -> "Upkeep":
        """Return the same upkeep, which leaves alone what was written within so many seconds."""
        return Upkeep(self._tasks_of, self._wakeups, grace_s=grace_s)

    async def plan(self) -> None:
        """See to it that every task will be run by the worker, the first time soon."""
        metrics.expect(metrics.UPKEEP_RUNS, self.tasks, (metrics.SUCCEEDED, metrics.FAILED))
        async with database.transaction():
            planned = [await jobs.pending(kind, self.tasks) for kind in KINDS]
            for name, task in self.tasks.items():
                if not any(name in names for names in planned):
                    await jobs.promise(task.kind, name, after_s=_about(FIRST_S))

    async def overview(self, viewer: Viewer) -> list[TaskOverview]:
        """Tell of every task how it went and when it comes round. For admins.

        Raises:
            Unauthenticated, Forbidden: the viewer is no admin.
        """
        viewer.must_administer()
        return await overview(list(self.tasks.values()))

    async def ask_for(self, viewer: Viewer, names: Sequence[str], *, dry_run: bool = False) -> list[TaskOverview]:
        """Have the worker run tasks soon, or only look what there is to do, and tell how they stand. For admins.

        Raises:
            Unauthenticated, Forbidden: the viewer is no admin.
            InvalidInput: there is no such task; nothing is run.
            Conflict: one of them is being run right now; nothing is run.
        """
        viewer.must_administer()
        asked = list(dict.fromkeys(self._task(name, index) for index, name in enumerate(names)))
        for index, task in enumerate(await overview(asked)):
            if task.is_running:
                raise Conflict(f"{task.name} is being run right now.", field=["tasks", names.index(asked[index].name)])
        async with database.transaction():
            for task_asked in asked:
                await jobs.promise(task_asked.kind, f"{DRY_RUN if dry_run else ''}{task_asked.name}")
        self._wakeups.announce(jobs.TOPIC)
        return await overview(asked)

    async def run_due(self, name: str) -> None:
        """Run a task whose time has come, as a job of the worker, and put it off; forget one that is not known.

        One whose name begins with `DRY_RUN` was asked for by hand, and only looks.
        """
        if (task := self.tasks.get(name.removeprefix(DRY_RUN))) is None:
            return
        if name.startswith(DRY_RUN):
            await self.look(task.name, lambda _: None)
            return
        report = Report(name)
        async with remembered(report, dry_run=False):
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
        job = await leases.take(task.kind, name)
        if job is None:
            raise Conflict(f"Another process is running {name} right now.")
        try:
            async with leases.kept(job), remembered(report, dry_run=False):
                await task.mend(report, looked)
        except leases.LeaseLost:
            raise Conflict(f"Another process runs {name} by now: this one was out of touch for too long.") from None
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
        async with remembered(report, dry_run=True):
            await self._task(name).look(report, looked)
        return report

    async def expected(self, name: str) -> int:
        """Return about how many things a task will look at, 0 when nobody knows.

        Raises:
            InvalidInput: there is no such task.
        """
        return await self._task(name).expected()

    def _task(self, name: str, index: int | None = None) -> Task:
        if name not in self.tasks:
            place: Sequence[str | int] | None = None if index is None else ["tasks", index]
            raise InvalidInput(f"There is no task {name}; there are {', '.join(self.tasks)}.", field=place)
        return self.tasks[name]


async def _put_off(task: Task) -> None:
    async with database.transaction():
        await jobs.promise(task.kind, task.name, after_s=_about(task.every_s))


def _about(seconds: float) -> float:
    """Return roughly so long, so that not everything comes at once."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret

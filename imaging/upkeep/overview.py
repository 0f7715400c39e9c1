"""What an admin sees of upkeep: each task, how often it comes round, how it went, and when it comes next."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from imaging.journal.models import Job
from imaging.upkeep.models import UpkeepRun
from imaging.upkeep.runs import last_runs
from imaging.upkeep.task import KINDS, Task

DRY_RUN = "dry-run "
"""How the subject of a job begins that only looks."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class TaskOverview:
    """A task as it stands; `next_run_at` is None until a server has planned it."""

    name: str
    every_s: float
    last_run: UpkeepRun | None
    last_dry_run: UpkeepRun | None
    is_running: bool
    next_run_at: datetime.datetime | None

    @property
    def schedule(self) -> str:
        """How often it comes round, in words."""
        unit, length_s = next((name, length) for name, length in _UNITS if self.every_s >= length or length == 1)
        count = round(self.every_s / length_s)
        return f"about every {unit}" if count == 1 else f"about every {count} {unit}s"


async def overview(tasks: Sequence[Task]) -> list[TaskOverview]:
    """Return the tasks as they stand, in two queries."""
    names = [task.name for task in tasks]
    runs, now = await last_runs(names), datetime.datetime.now(datetime.UTC)
    subjects = [*names, *(f"{DRY_RUN}{name}" for name in names)]
    planned = {job.subject: job for job in await Job.filter(kind__in=KINDS, subject__in=subjects)}

    def of(task: Task) -> TaskOverview:
        job, looking = planned.get(task.name), planned.get(f"{DRY_RUN}{task.name}")
        return TaskOverview(
            name=task.name,
            every_s=task.every_s,
            last_run=runs.get((task.name, False)),
            last_dry_run=runs.get((task.name, True)),
            is_running=_is_leased(job, now) or _is_leased(looking, now),
            next_run_at=None if job is None else job.run_after,
        )

    return [of(task) for task in tasks]


def _is_leased(job: Job | None, now: datetime.datetime) -> bool:
    return job is not None and job.leased_until is not None and job.leased_until > now

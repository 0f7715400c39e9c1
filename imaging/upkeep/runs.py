"""The last run of each task: when it was, how long it took, what came of it."""

import datetime
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from imaging import metrics
from imaging.errors import ImagingError
from imaging.upkeep.models import UpkeepRun
from imaging.upkeep.task import Report

MAX_ERROR = 500


@asynccontextmanager
async def remembered(report: Report, *, dry_run: bool) -> AsyncIterator[None]:
    """Write down how the run went that is done inside; nothing of one that is cut off, since it did not end."""
    started_at, began_s = datetime.datetime.now(datetime.UTC), time.perf_counter()

    async def write(error: str = "") -> None:
        if not dry_run:
            _count(report, metrics.FAILED if error else metrics.SUCCEEDED, time.perf_counter() - began_s)
        told = {
            "started_at": started_at,
            "took_ms": round((time.perf_counter() - began_s) * 1000),
            "checked": report.looked_at,
            "found": report.found,
            "mended": report.mended,
            "examples": [] if not dry_run else report.examples,
            "error": error[:MAX_ERROR],
            "remark": report.remark,
        }
        await UpkeepRun.update_or_create(told, task=report.task, dry_run=dry_run)

    try:
        yield
    except Exception as error:
        await write(_reason(error))
        raise
    await write()


async def last_runs(tasks: Collection[str]) -> Mapping[tuple[str, bool], UpkeepRun]:
    """Return the last run of each task that was ever run, by its name and whether it was a dry run."""
    return {(run.task, run.dry_run): run for run in await UpkeepRun.filter(task__in=list(tasks))}


def _count(report: Report, outcome: str, took_s: float) -> None:
    metrics.UPKEEP_RUNS.labels(report.task, outcome).inc()
    metrics.UPKEEP_DURATION.labels(report.task).observe(took_s)
    metrics.UPKEEP_LOOKED_AT.labels(report.task).inc(report.looked_at)
    metrics.UPKEEP_FOUND.labels(report.task).inc(report.found)
    metrics.UPKEEP_MENDED.labels(report.task).inc(report.mended)


def _reason(error: Exception) -> str:
    """Tell what was foreseen as it is, and of everything else only its kind: it may hold what nobody is to read."""
    return error.message if isinstance(error, ImagingError) else f"{type(error).__name__}: see the server's log."

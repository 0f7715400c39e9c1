"""How the work stands is read from the rows into series, not too often and in few statements."""

import asyncio
import datetime
import time
from collections.abc import AsyncIterator

import pytest

from imaging import metrics
from imaging.journal.models import Job
from imaging.upkeep.models import UpkeepRun
from imaging.upkeep.standing import Standing
from tests.series import shown
from tests.statements import counted

HOUR = datetime.timedelta(hours=1)
DEPTH, AGE = "imaging_job_queue_depth", "imaging_job_queue_oldest_age_seconds"


@pytest.fixture
def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@pytest.fixture
async def standing(db: str) -> AsyncIterator[Standing]:
    yield Standing(["expire-uploads"], kept_s=0)
    for series in metrics.FROM_ROWS:
        series.clear()


async def test_jobs_are_told_by_kind_and_state_with_the_age_of_the_oldest(
    standing: Standing, now: datetime.datetime
) -> None:
    await Job.create(kind="import-url", subject="1", run_after=now - HOUR)
    await Job.create(kind="import-url", subject="2", run_after=now - 2 * HOUR)
    await Job.create(kind="import-url", subject="3", run_after=now + HOUR)
    await Job.create(kind="import-url", subject="4", run_after=now - 3 * HOUR, leased_until=now + HOUR)
    await Job.create(kind="batch", subject="5", priority=10, run_after=now, failed_at=now - 4 * HOUR)
    await Job.create(kind="batch", subject="6", priority=10, run_after=now - 5 * HOUR, leased_until=now - HOUR)
    await standing.measure()
    told = shown()
    depths = {state: told.value(DEPTH, kind="import-url", state=state) for state in ("due", "scheduled", "running")}
    assert depths == {"due": 2, "scheduled": 1, "running": 1}
    assert told.value(DEPTH, kind="batch", state="given_up") == 1
    assert told.value(AGE, kind="import-url", state="due") == pytest.approx(2 * 3_600, abs=300)
    assert told.value(AGE, kind="import-url", state="running") == pytest.approx(3 * 3_600, abs=300)
    assert told.value(AGE, kind="batch", state="given_up") == pytest.approx(4 * 3_600, abs=300)
    assert told.value(AGE, kind="batch", state="due") == pytest.approx(5 * 3_600, abs=300)
    assert told.value(AGE, kind="import-url", state="scheduled") is None


async def test_a_queue_that_was_worked_off_is_told_as_empty(standing: Standing, now: datetime.datetime) -> None:
    await Job.create(kind="import-url", subject="1", run_after=now - HOUR)
    await standing.measure()
    await Job.all().delete()
    await standing.measure()
    assert shown().value(DEPTH, kind="import-url", state="due") == 0
    assert shown().value(AGE, kind="import-url", state="due") == 0


async def test_who_asks_soon_again_or_at_the_same_time_is_told_what_was_read(standing: Standing) -> None:
    patient = Standing(["expire-uploads"], kept_s=60)
    with counted() as log:
        await asyncio.gather(*(patient.measure() for _ in range(20)))
        await patient.measure()
    assert len(log.statements) <= 4
    assert sum('FROM "job"' in statement for statement in log.statements) == 1


async def test_upkeep_that_fails_is_told_beside_its_last_success(standing: Standing, now: datetime.datetime) -> None:
    run = await UpkeepRun.create(task="expire-uploads", dry_run=False, started_at=now - HOUR, took_ms=60_000)
    await UpkeepRun.create(task="expire-uploads", dry_run=True, started_at=now, took_ms=1, error="a look that failed")
    await UpkeepRun.create(task="of-old", dry_run=False, started_at=now, took_ms=1)
    await standing.measure()
    assert shown().value("imaging_upkeep_last_run_succeeded", task="expire-uploads") == 1
    run.started_at, run.error = now, "The storage does not answer."
    await run.save()
    await standing.measure()
    told = shown()
    assert told.value("imaging_upkeep_last_run_succeeded", task="expire-uploads") == 0
    ended_at_s = (now - HOUR).timestamp() + 60
    assert told.value("imaging_upkeep_last_success_timestamp_seconds", task="expire-uploads") == ended_at_s
    last_run_s = told.value("imaging_upkeep_last_run_timestamp_seconds", task="expire-uploads")
    assert last_run_s == now.timestamp() + 60
    assert last_run_s < time.time() + 120
    assert told.value("imaging_upkeep_last_run_succeeded", task="of-old") is None

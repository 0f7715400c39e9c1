"""Upkeep comes round by itself, one process at a time, and can be asked for."""

import asyncio
import datetime
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import Conflict, InvalidInput
from imaging.journal import jobs, leases
from imaging.journal.models import Job
from imaging.upkeep.models import UpkeepRun
from imaging.upkeep.task import KINDS, Looked, Sweep
from imaging.upkeep.upkeep import Upkeep
from imaging.uploads.models import Upload, UploadKind, UploadState
from imaging.worker.crew import Crew, Handler

DUST = "sweep-dust"


@dataclass
class Room:
    """A room with some dust; sweeping waits for the door."""

    dust: list[str] = field(default_factory=lambda: ["under the bed", "on the shelf"])
    door: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False

    async def find(self, looked: Looked) -> AsyncIterator[str]:
        self.entered.set()
        await self.door.wait()
        for where in tuple(self.dust):
            looked(1)
            yield where

    async def sweep(self, where: str) -> None:
        if self.fails:
            raise OSError("The broom is broken.")
        self.dust.remove(where)

    def upkeep(self) -> Upkeep:
        return Upkeep(lambda _: [Sweep(DUST, 600, self.find, self.sweep)], LocalWakeups())


@pytest.fixture
def room(db: str) -> Room:
    room = Room()
    room.door.set()
    return room


def until(time: datetime.datetime) -> float:
    return (time - datetime.datetime.now(datetime.UTC)).total_seconds()


async def work(upkeep: Upkeep) -> None:
    """Do what is due as the worker does, and wait for its end."""
    crew, stop = Crew({jobs.UPKEEP: Handler(upkeep.run_due, upkeep.given_up)}), asyncio.Event()
    await crew.take_due(stop)
    stop.set()
    await crew.leave(30)


async def test_every_task_is_planned_soon_and_planned_once(upkeep: Upkeep) -> None:
    await upkeep.plan()
    planned = {job.subject: job.run_after for job in await Job.filter(kind__in=KINDS)}
    assert planned.keys() == upkeep.tasks.keys()
    assert all(0 < until(time) < 60 for time in planned.values())
    await upkeep.plan()
    assert {job.subject: job.run_after for job in await Job.filter(kind__in=KINDS)} == planned


async def test_a_task_that_was_run_comes_round_again(room: Room) -> None:
    upkeep = room.upkeep()
    await upkeep.plan()
    await work(upkeep)
    assert len(room.dust) == 2, "it is not due yet"
    await Job.all().update(run_after=datetime.datetime.now(datetime.UTC))
    await work(upkeep)
    again = await Job.get()
    assert (room.dust, again.leased_until, again.attempts) == ([], None, 0)
    assert 400 < until(again.run_after) < 800


async def test_a_task_by_hand_tells_what_it_did_and_is_put_off(room: Room) -> None:
    report = await room.upkeep().run_now(DUST, lambda _: None)
    assert (report.looked_at, report.found, report.mended) == (2, 2, 2)
    assert report.examples == ["under the bed", "on the shelf"]
    run = await UpkeepRun.get(task=DUST, dry_run=False)
    assert (run.checked, run.found, run.mended, run.examples, run.error) == (2, 2, 2, [], "")
    assert 0 <= -until(run.started_at) < 600
    job = await Job.get()
    assert job.leased_until is None
    assert until(job.run_after) > 400


async def test_nobody_runs_a_task_while_another_does(room: Room) -> None:
    room.door.clear()
    upkeep = room.upkeep()
    running = asyncio.create_task(upkeep.run_now(DUST, lambda _: None))
    await room.entered.wait()
    with pytest.raises(Conflict, match="sweep-dust"):
        await upkeep.run_now(DUST, lambda _: None)
    await Job.all().update(run_after=datetime.datetime.now(datetime.UTC))
    assert await jobs.claim([jobs.UPKEEP]) == []
    room.door.set()
    assert (await running).mended == 2
    assert await leases.take(jobs.UPKEEP, DUST) is not None


async def test_who_was_killed_is_followed_by_somebody_else(room: Room) -> None:
    assert await leases.take(jobs.UPKEEP, DUST) is not None
    await Job.all().update(leased_until=datetime.datetime.now(datetime.UTC))
    assert (await room.upkeep().run_now(DUST, lambda _: None)).mended == 2


async def test_a_task_that_fails_by_hand_is_free_again_and_due_as_before(room: Room) -> None:
    room.fails = True
    with pytest.raises(OSError, match="broom"):
        await room.upkeep().run_now(DUST, lambda _: None)
    job = await Job.get()
    assert (job.leased_until, job.attempts) == (None, 0)
    assert until(job.run_after) <= 0
    run = await UpkeepRun.get()
    assert (run.checked, run.found, run.mended) == (1, 1, 0)
    assert run.error == "OSError: see the server's log."


async def test_only_the_last_run_and_the_last_dry_run_are_remembered(room: Room) -> None:
    upkeep, room.fails = room.upkeep(), True
    with pytest.raises(OSError, match="broom"):
        await upkeep.run_now(DUST, lambda _: None)
    room.fails = False
    await upkeep.look(DUST, lambda _: None)
    await upkeep.run_now(DUST, lambda _: None)
    await upkeep.run_now(DUST, lambda _: None)
    runs = {run.dry_run: run for run in await UpkeepRun.all()}
    assert len(runs) == await UpkeepRun.all().count() == 2
    assert (runs[False].found, runs[False].mended, runs[False].error) == (0, 0, "")
    assert (runs[True].found, runs[True].mended, runs[True].examples) == (2, 0, ["under the bed", "on the shelf"])


async def test_a_run_that_is_cut_off_leaves_what_the_one_before_it_told(room: Room) -> None:
    upkeep = room.upkeep()
    await upkeep.run_now(DUST, lambda _: None)
    before = (await UpkeepRun.get()).started_at
    room.door.clear()
    room.entered.clear()
    running = asyncio.create_task(upkeep.run_now(DUST, lambda _: None))
    await room.entered.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await UpkeepRun.get()).started_at == before


async def test_upkeep_is_never_given_up(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.fails, upkeep = True, room.upkeep()
    await upkeep.plan()
    await Job.all().update(attempts=jobs.MAX_ATTEMPTS - 1, run_after=datetime.datetime.now(datetime.UTC))
    await work(upkeep)
    job = await Job.get()
    assert (job.failed_at, job.leased_until, job.attempts) == (None, None, 0)
    assert until(job.run_after) > 400
    assert "broom" in caplog.text


async def test_a_task_of_another_version_is_forgotten(room: Room) -> None:
    await jobs.promise(jobs.UPKEEP, "count-the-spoons")
    await work(room.upkeep())
    assert await Job.all().count() == 0


async def test_a_task_that_does_not_exist_is_refused_with_those_that_do(room: Room) -> None:
    with pytest.raises(InvalidInput, match="There is no task dance; there are sweep-dust"):
        await room.upkeep().run_now("dance", lambda _: None)


async def test_what_was_mended_by_itself_is_told_in_the_log(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await room.upkeep().run_due(DUST)
    assert "upkeep: sweep-dust mended 2 of 2 found" in caplog.text


async def test_uploads_expire_and_are_forgotten(upkeep: Upkeep, owner: Viewer, long_ago: datetime.datetime) -> None:
    told = {"owner_id": owner.user_id, "kind": UploadKind.SINGLE, "filename": "duck.jpg"}
    overdue = await Upload.create(expires_at=long_ago, staging_key="s/x/y", **told)
    await Upload.create(state=UploadState.ABORTED, finished_at=long_ago, **told)
    assert (await upkeep.look("expire-uploads", lambda _: None)).found == 1
    assert (await upkeep.look("forget-uploads", lambda _: None)).found == 1
    assert (await upkeep.run_now("expire-uploads", lambda _: None)).mended == 1
    assert (await upkeep.run_now("forget-uploads", lambda _: None)).mended == 1
    left = await Upload.get()
    assert (left.id, left.state) == (overdue.id, UploadState.EXPIRED)
    assert (await upkeep.run_now("retire-versions", lambda _: None)).mended == 0

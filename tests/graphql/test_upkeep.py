"""Upkeep in GraphQL: for admins, who see how it stands and ask for it."""

import asyncio
import datetime

import pytest

from imaging.journal import jobs, leases
from imaging.journal.models import Job
from imaging.worker.crew import Crew, Handler
from tests.graphql.desk import Desk

STATE = """
{ upkeep {
    name schedule isRunning nextRunAt
    lastRun { startedAt tookMs checked found mended examples remark error }
    lastDryRun { found examples error }
} }
"""
RUN = """
mutation ($input: RunUpkeepInput!) {
  runUpkeep(input: $input) { tasks { name isRunning nextRunAt } userErrors { code message field } }
}
"""


async def work(desk: Desk) -> None:
    """Do what is due as the worker does, and wait for its end."""
    upkeep, stop = desk.services.upkeep, asyncio.Event()
    crew = Crew({jobs.UPKEEP: Handler(upkeep.run_due, upkeep.given_up)})
    await crew.take_due(stop)
    stop.set()
    await crew.leave(30)


async def test_before_anything_was_run_tasks_are_told_with_their_schedule(desk: Desk) -> None:
    [task] = (await desk.admin.data(STATE))["upkeep"]
    assert task == {
        "name": "sweep-dust",
        "schedule": "about every 10 minutes",
        "isRunning": False,
        "nextRunAt": None,
        "lastRun": None,
        "lastDryRun": None,
    }
    await desk.services.upkeep.plan()
    [task] = (await desk.admin.data(STATE))["upkeep"]
    assert datetime.datetime.fromisoformat(task["nextRunAt"]) > datetime.datetime.now(datetime.UTC)


@pytest.mark.parametrize(
    ("who", "code"), [("editor", "FORBIDDEN"), ("looker", "FORBIDDEN"), ("anonymous", "UNAUTHENTICATED")]
)
async def test_nobody_but_admins_sees_it(desk: Desk, who: str, code: str) -> None:
    assert await getattr(desk, who).codes(STATE) == [code]


async def test_nobody_but_admins_asks_for_it(desk: Desk) -> None:
    answer = await desk.editor.data(RUN, input={"tasks": ["sweep-dust"]})
    assert [error["code"] for error in answer["runUpkeep"]["userErrors"]] == ["FORBIDDEN"]
    assert await desk.anonymous.codes(RUN, input={"tasks": ["sweep-dust"]}) == ["UNAUTHENTICATED"]
    assert await Job.all().count() == 0


async def test_what_is_asked_for_is_done_soon_and_told_afterwards(desk: Desk) -> None:
    await desk.services.upkeep.plan()
    answer = (await desk.admin.data(RUN, input={"tasks": ["sweep-dust", "sweep-dust"]}))["runUpkeep"]
    assert answer["userErrors"] == []
    [asked] = answer["tasks"]
    assert datetime.datetime.fromisoformat(asked["nextRunAt"]) <= datetime.datetime.now(datetime.UTC)
    await work(desk)
    [task] = (await desk.admin.data(STATE))["upkeep"]
    run = task["lastRun"]
    assert (run["checked"], run["found"], run["mended"], run["examples"], run["error"]) == (0, 0, 0, [], "")
    assert run["remark"] == ""
    assert run["tookMs"] >= 0
    assert datetime.datetime.fromisoformat(task["nextRunAt"]) > datetime.datetime.now(datetime.UTC)


async def test_a_dry_run_is_told_apart_and_leaves_the_schedule_alone(desk: Desk) -> None:
    await desk.services.upkeep.plan()
    [before] = (await desk.admin.data(STATE))["upkeep"]
    answer = (await desk.admin.data(RUN, input={"tasks": ["sweep-dust"], "dryRun": True}))["runUpkeep"]
    assert answer["userErrors"] == []
    await work(desk)
    [after] = (await desk.admin.data(STATE))["upkeep"]
    assert after == before | {"lastDryRun": {"found": 0, "examples": [], "error": ""}}
    assert await Job.filter(kind=jobs.UPKEEP).count() == 1


@pytest.mark.parametrize("dry_run", [True, False])
async def test_what_is_being_run_is_not_asked_for(desk: Desk, dry_run: bool) -> None:
    assert await leases.take(jobs.UPKEEP, "sweep-dust") is not None
    [task] = (await desk.admin.data(STATE))["upkeep"]
    assert task["isRunning"]
    answer = (await desk.admin.data(RUN, input={"tasks": ["sweep-dust"], "dryRun": dry_run}))["runUpkeep"]
    assert answer["tasks"] == []
    assert answer["userErrors"] == [
        {"code": "CONFLICT", "message": "sweep-dust is being run right now.", "field": ["input", "tasks", "0"]}
    ]


async def test_a_task_that_does_not_exist_stops_all_that_were_asked_for(desk: Desk) -> None:
    answer = (await desk.admin.data(RUN, input={"tasks": ["sweep-dust", "dance"]}))["runUpkeep"]
    assert answer["userErrors"] == [
        {
            "code": "INVALID_INPUT",
            "message": "There is no task dance; there are sweep-dust.",
            "field": ["input", "tasks", "1"],
        }
    ]
    assert await Job.all().count() == 0

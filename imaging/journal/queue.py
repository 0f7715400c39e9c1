"""How much work there is, of each kind: to be done, being done, for later, and given up."""

import datetime
import enum
from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.connection import get_connection

from imaging import database
from imaging.journal import jobs

MOST_COUNTED = 10_000

# In portions, each read in the order of an index and no further than is counted: a queue may be very long.
# Those that were given up are few, and on PostgreSQL in no index of what is due.
_PENDING = """
SELECT * FROM (
    SELECT "kind", "failed_at", "leased_until", "run_after" FROM "job"
    WHERE "priority" = {priority} AND "failed_at" IS NULL ORDER BY "run_after" LIMIT {most}
) AS "priority_{priority}"
"""
_GIVEN_UP = """
SELECT * FROM (
    SELECT "kind", "failed_at", "leased_until", "run_after" FROM "job" WHERE "failed_at" IS NOT NULL LIMIT {most}
) AS "given_up"
"""
_PORTIONS = (
    *(_PENDING.format(priority=priority, most=MOST_COUNTED) for priority in (jobs.INTERACTIVE, jobs.BULK)),
    _GIVEN_UP.format(most=MOST_COUNTED),
)
_STATEMENT = """
SELECT "kind", "state", COUNT(*) AS "jobs", MIN("since") AS "since" FROM (
    SELECT "kind", COALESCE("failed_at", "run_after") AS "since", CASE
        WHEN "failed_at" IS NOT NULL THEN 'given_up'
        WHEN "leased_until" > {now} THEN 'running'
        WHEN "run_after" > {now} THEN 'scheduled'
        ELSE 'due' END AS "state"
    FROM ({portions}) AS "portions"
) AS "states" GROUP BY "kind", "state"
"""
_STATEMENTS = {
    "sqlite": _STATEMENT.format(now="?1", portions=" UNION ALL ".join(_PORTIONS)),
    "postgres": _STATEMENT.format(now="$1", portions=" UNION ALL ".join(_PORTIONS)),
}


class QueueState(enum.Enum):
    """What is to become of a job."""

    SCHEDULED = "scheduled"
    DUE = "due"
    RUNNING = "running"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Queue:
    """The jobs of one kind in one state, up to `MOST_COUNTED`: those that are or were due first.

    `oldest_age_s` is how long ago the first of them was due, or was given up; negative for those that are yet to be.
    """

    kind: str
    state: QueueState
    jobs: int
    oldest_age_s: float


async def queues() -> Sequence[Queue]:
    """Return how much work there is, counted in one statement."""
    connection, now = get_connection("default"), await database.now()
    dialect = connection.capabilities.dialect
    # SQLite keeps moments as texts, and knows no other parameters.
    moment = now if dialect == "postgres" else now.isoformat(" ")
    rows = await connection.execute_query_dict(_STATEMENTS[dialect], [moment])
    return [Queue(row["kind"], QueueState(row["state"]), row["jobs"], _age_s(row["since"], now)) for row in rows]


def _age_s(since: datetime.datetime | str, now: datetime.datetime) -> float:
    moment = since if isinstance(since, datetime.datetime) else datetime.datetime.fromisoformat(since)
    return (now - moment).total_seconds()

"""Upkeep, as admins see it."""

import datetime

from imaging.graphql.publishes import about, publishes
from imaging.graphql.scalars import Long
from imaging.upkeep import models as rows
from imaging.upkeep import overview as domain


@publishes(rows.UpkeepRun)
class UpkeepRun:
    """How a task of upkeep went."""

    started_at: datetime.datetime = about("When it began.")
    took_ms: Long = about("How long it took, in milliseconds.")
    checked: Long = about("How many things it looked at.")
    found: Long = about("How many of them were out of order.")
    mended: Long = about("How many it mended; 0 for a dry run.")
    examples: list[str] = about("Of a dry run, the first ten of what it found, as ids or storage keys.")
    remark: str = about(
        "What the numbers do not say, for people, such as how much room the pictures made from originals take; often"
        " empty."
    )
    error: str = about("Why it did not come to its end, for people; empty when it did.")


@publishes(domain.TaskOverview)
class UpkeepTask:
    """A task that the server does now and then, to keep the library in order."""

    name: str = about("Its name, as `runUpkeep` and the command `imaging upkeep` take it.")
    schedule: str = about("How often it comes round by itself, for people, such as `about every hour`.")
    is_running: bool = about("True while a process is at it.")
    last_run: UpkeepRun | None = about("How it went the last time; null when it never came to an end.")
    last_dry_run: UpkeepRun | None = about("What the last dry run told; null when there was none.")
    next_run_at: datetime.datetime | None = about(
        "When it comes round next; a time that is past means: soon. Null until a server has started."
    )

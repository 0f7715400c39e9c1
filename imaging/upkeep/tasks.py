"""What there is to tidy up, and how often."""

import datetime
from collections.abc import Awaitable, Callable

from imaging.batches import forgetting as batches
from imaging.images.trash import Trash
from imaging.images.versions import Retention
from imaging.journal.forgetting import forget, forgettable
from imaging.ports import ObjectStore, SearchIndex, Wakeups
from imaging.upkeep.drift import Drift
from imaging.upkeep.eviction import Eviction
from imaging.upkeep.originals import Originals
from imaging.upkeep.rules import Rules
from imaging.upkeep.strays import Strays
from imaging.upkeep.task import Chore, Sweep, Task
from imaging.upkeep.waiting import Waiting
from imaging.uploads.ending import Ending

MINUTE_S, HOUR_S, DAY_S = 60.0, 3_600.0, 86_400.0


def every_task(
    store: ObjectStore,
    index: SearchIndex,
    ending: Ending,
    retention: Retention,
    wakeups: Wakeups,
    rules: Rules,
    grace_s: float,
) -> tuple[Task, ...]:
    """Return the tasks in the order in which they had best be done.

    Objects that were last written within `grace_s` are nobody's business: their rows may be on their way.
    """
    strays, waiting, trash = Strays(store, grace_s), Waiting(wakeups), Trash(wakeups)
    originals = Originals(store, wakeups, rules.verified_per_day)
    return (
        Chore("expire-uploads", 10 * MINUTE_S, _now(ending.overdue), _now(ending.expire)),
        Chore("forget-uploads", HOUR_S, _now(ending.forgettable), _now(ending.forget)),
        Sweep("requeue-uploads", 10 * MINUTE_S, waiting.without_job, waiting.promise),
        Chore("retire-versions", HOUR_S, _now(retention.due), _now(retention.retire)),
        Chore("purge-trash", HOUR_S, _ago(rules.trash_days, trash.overdue), _ago(rules.trash_days, trash.purge)),
        Chore(
            "forget-batches",
            HOUR_S,
            _ago(batches.KEPT_DAYS, batches.forgettable),
            _ago(batches.KEPT_DAYS, batches.forget),
        ),
        Chore("compact-events", HOUR_S, _ago(rules.event_days, forgettable), _ago(rules.event_days, forget)),
        Sweep("remove-stray-uploads", HOUR_S, strays.staged, store.delete),
        Sweep("remove-unfinished", HOUR_S, strays.unfinished, strays.abandon),
        Eviction(store, rules.rendition_budget_bytes, grace_s),
        Sweep("remove-stray-originals", DAY_S, strays.originals, store.delete, strays.expected_originals),
        Sweep("check-originals", DAY_S, originals.lost, originals.tell_lost, originals.expected),
        Sweep("verify-originals", DAY_S, originals.damaged, originals.tell_damaged, originals.expected_sample),
        Drift(index, wakeups),
    )


def _now(deed: Callable[[datetime.datetime], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
    return lambda: deed(datetime.datetime.now(datetime.UTC))


def _ago(days: int, deed: Callable[[datetime.datetime], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
    return lambda: deed(datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days))

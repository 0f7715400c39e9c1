"""Every Prometheus series, declared once: what a process counts of its own work, and what is read from the rows.

Labels have few values: kinds, tasks, states, transports. Never an id, nor anything that people chose.
Each process counts what it did itself, in `WORK`: sum those over processes. What is read from the rows, in `ROWS`, is
the same wherever it is read: take the maximum.
"""

import itertools
from collections.abc import Iterable, Mapping

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

DONE, RETRIED, GIVEN_UP, GIVEN_BACK, LOST = "done", "retried", "given_up", "given_back", "lost"
JOB_OUTCOMES = (DONE, RETRIED, GIVEN_UP, GIVEN_BACK, LOST)
SUCCEEDED, FAILED = "succeeded", "failed"
BEHIND, STALLED = "behind", "stalled"
WEBSOCKET, SSE, MULTIPART = "websocket", "sse", "multipart"

# Each series of a counter would have another that tells when it began, for which nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library forgot to say that it returns None
WORK, ROWS = CollectorRegistry(auto_describe=True), CollectorRegistry(auto_describe=True)
ProcessCollector(registry=WORK)

JOBS = Counter(
    "imaging_jobs_total",
    "Attempts at jobs that this process ended: done, to be retried, given_up, given_back because it was stopped, "
    "or lost to another process because it could not prolong its lease.",
    ("kind", "outcome"),
    registry=WORK,
)
JOB_DURATION = Histogram(
    "imaging_job_duration_seconds",
    "How long this process worked at a job, each attempt by itself.",
    ("kind",),
    buckets=(0.01, 0.05, 0.25, 1, 5, 30, 120, 600, 3_600),
    registry=WORK,
)
JOB_LEASES_LOST = Counter(
    "imaging_job_leases_lost_total",
    "Jobs that this process took over because who worked at them was killed, or out of reach, until the lease ended.",
    ("kind",),
    registry=WORK,
)
JOB_QUEUE_DEPTH = Gauge(
    "imaging_job_queue_depth",
    "Jobs by state: scheduled for later, due, running, given_up; counted up to 10000.",
    ("kind", "state"),
    registry=ROWS,
)
JOB_QUEUE_OLDEST_AGE = Gauge(
    "imaging_job_queue_oldest_age_seconds",
    "How long ago the oldest job of a state was due, or was given up.",
    ("kind", "state"),
    registry=ROWS,
)

UPKEEP_RUNS = Counter(
    "imaging_upkeep_runs_total",
    "Runs of a task of upkeep that this process ended; dry runs are not counted.",
    ("task", "outcome"),
    registry=WORK,
)
UPKEEP_DURATION = Histogram(
    "imaging_upkeep_duration_seconds",
    "How long a run of a task of upkeep took in this process.",
    ("task",),
    buckets=(0.1, 1, 10, 60, 600, 3_600),
    registry=WORK,
)
UPKEEP_LOOKED_AT = Counter(
    "imaging_upkeep_looked_at_total", "Things that upkeep looked at in this process.", ("task",), registry=WORK
)
UPKEEP_FOUND = Counter(
    "imaging_upkeep_found_total",
    "Things that upkeep found out of order in this process.",
    ("task",),
    registry=WORK,
)
UPKEEP_MENDED = Counter(
    "imaging_upkeep_mended_total", "Things that upkeep mended in this process.", ("task",), registry=WORK
)
UPKEEP_LAST_RUN = Gauge(
    "imaging_upkeep_last_run_timestamp_seconds",
    "When the last run of a task ended, in whatever process.",
    ("task",),
    registry=ROWS,
)
UPKEEP_LAST_RUN_SUCCEEDED = Gauge(
    "imaging_upkeep_last_run_succeeded",
    "1 when the last run of a task, in whatever process, came to its end, 0 when it failed.",
    ("task",),
    registry=ROWS,
)
UPKEEP_LAST_SUCCESS = Gauge(
    "imaging_upkeep_last_success_timestamp_seconds",
    "When the last run of a task ended that succeeded, as far as this process has seen.",
    ("task",),
    registry=ROWS,
)

BATCHES = Gauge("imaging_batches", "Batches that are not at rest, by state.", ("state",), registry=ROWS)
BATCH_ITEMS = Counter(
    "imaging_batch_items_total",
    "Pictures of batches that this process settled: done, skipped, failed, undone, or kept when undoing.",
    ("operation", "outcome"),
    registry=WORK,
)

EVENTS_PUMPED = Counter(
    "imaging_events_pumped_total",
    "Events that this process read from the rows to hand them to its subscribers, by feed.",
    ("feed",),
    registry=WORK,
)
SUBSCRIBERS = Gauge(
    "imaging_subscribers", "Subscriptions that are open at this process.", ("transport",), registry=WORK
)
SLOW_READERS_DROPPED = Counter(
    "imaging_slow_readers_dropped_total",
    "Subscribers that this process dropped: behind by too many events, or stalled, having read nothing for too long.",
    ("reason",),
    registry=WORK,
)

ROWS_READABLE = Gauge(
    "imaging_rows_readable",
    "1 when the series that are read from the rows could be read, 0 when not; then they are missing.",
    registry=ROWS,
)
FROM_ROWS = (
    JOB_QUEUE_DEPTH,
    JOB_QUEUE_OLDEST_AGE,
    UPKEEP_LAST_RUN,
    UPKEEP_LAST_RUN_SUCCEEDED,
    UPKEEP_LAST_SUCCESS,
    BATCHES,
)


def expect(series: Counter | Gauge, *values: Iterable[str]) -> None:
    """Tell of every combination of labels from now on: a series that appears at 1 has not risen, to Prometheus."""
    for labels in itertools.product(*values):
        series.labels(*labels)


def show(series: Gauge, values: Mapping[tuple[str, ...], float]) -> None:
    """Let a gauge tell these values by its labels, and 0 for those that it told of before."""
    for metric in series.collect():
        for sample in metric.samples:
            series.labels(**sample.labels).set(0)
    for labels, value in values.items():
        series.labels(*labels).set(value)


def exposition(*registries: CollectorRegistry) -> bytes:
    """Return the series of registries in Prometheus' text format."""
    return b"".join(generate_latest(registry) for registry in registries)


expect(SUBSCRIBERS, (WEBSOCKET, SSE, MULTIPART))
expect(SLOW_READERS_DROPPED, (BEHIND, STALLED))

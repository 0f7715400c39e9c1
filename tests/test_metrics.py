"""The series follow Prometheus' conventions, and have few labels."""

import pytest

from imaging import metrics

LABELS = {"feed", "kind", "operation", "outcome", "reason", "state", "task", "transport"}
FAMILIES = [family for registry in (metrics.WORK, metrics.ROWS) for family in registry.collect()]
OURS = [family for family in FAMILIES if not family.name.startswith("process_")]


@pytest.mark.parametrize("family", OURS, ids=lambda family: family.name)
def test_a_series_is_named_by_the_rules_and_described(family: object) -> None:
    name, kind, told = family.name, family.type, family.documentation  # type: ignore[attr-defined]  # untyped there
    assert name.startswith("imaging_")
    assert told.endswith(".")
    assert kind in ("counter", "gauge", "histogram")
    assert name.endswith("_seconds") == (kind == "histogram" or "age" in name or "timestamp" in name)


def test_labels_are_kinds_of_things_and_never_things() -> None:
    assert {label for family in OURS for sample in family.samples for label in sample.labels} <= LABELS | {"le"}


def test_counters_end_in_total_when_they_are_told() -> None:
    told = metrics.exposition(metrics.WORK).decode()
    counters = [
        line.split()[2] for line in told.splitlines() if line.startswith("# TYPE") and line.endswith(" counter")
    ]
    assert counters
    assert all(name.endswith("_total") for name in counters)
    assert "_created" not in told


def test_what_a_gauge_told_before_is_nothing_now() -> None:
    gauge = metrics.BATCHES
    metrics.show(gauge, {("planning",): 3})
    metrics.show(gauge, {("running",): 2})
    told = {sample.labels["state"]: sample.value for family in gauge.collect() for sample in family.samples}
    gauge.clear()
    assert told == {"planning": 0, "running": 2}

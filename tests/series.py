"""Reads series as Prometheus does."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from imaging import metrics

Labels = frozenset[tuple[str, str]]


class Series:
    """What one scrape told."""

    def __init__(self, text: str) -> None:
        families = list(text_string_to_metric_families(text))
        self.names = {family.name for family in families}
        self._values: Mapping[tuple[str, Labels], float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        """Return the value of one sample; None when it was not told."""
        return self._values.get((name, frozenset(labels.items())))


def counted() -> Series:
    """Return what this very process counted so far, for tests that have no server."""
    return Series(metrics.exposition(metrics.WORK).decode())


def shown() -> Series:
    """Return what was read from the rows, for tests that have no server."""
    return Series(metrics.exposition(metrics.ROWS).decode())

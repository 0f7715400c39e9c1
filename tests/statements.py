"""Counts the SQL statements that run, by reading Tortoise's own log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.statements: list[str] = []
        self.records: list[tuple[str, list[object]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple) and len(record.args) == 2:
            query, values = record.args
            self.statements.append(str(query))
            self.records.append((str(query), list(values or [])))  # type: ignore[call-overload]  # logged as they were passed


@contextmanager
def counted() -> Iterator[_Collector]:
    """Collect the statements that run inside the block, and their parameters."""
    logger, collector = logging.getLogger("tortoise.db_client"), _Collector()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(collector)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield collector
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)
        logger.propagate = propagate

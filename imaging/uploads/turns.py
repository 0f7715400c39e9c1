"""Turns: no host takes all the places that imports have, however slow it is and however much is wanted from it."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imaging.journal.jobs import TryLater

SHORTEST_S = 1.0
LONGEST_S = 60.0


class Turns:
    """Gives each host `at_once` places; who finds none is told when to come back, which counts as no attempt."""

    def __init__(self, at_once: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._clock = clock
        self._began: dict[str, list[float]] = {}

    @contextmanager
    def taken(self, host: str) -> Iterator[None]:
        """Hold a place for as long as the context lasts.

        Raises:
            TryLater: there is none; in about as long as the slowest has taken by now there may be one.
        """
        began, now = self._began.setdefault(host, []), self._clock()
        if len(began) >= self._at_once:
            after_s = min(max(now - min(began), SHORTEST_S), LONGEST_S)
            spread = random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not a secret
            raise TryLater("Others are importing from there.", after_s=after_s * spread, counts=False)
        began.append(now)
        try:
            yield
        finally:
            began.remove(now)
            if not began:
                del self._began[host]

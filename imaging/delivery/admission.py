"""How much may be rendered at once: counted in pixels, because a picture costs what it is large."""

from collections.abc import Iterator
from contextlib import contextmanager

from imaging.errors import Overloaded

DEFAULT_BUDGET_PIXELS = 1_600_000_000

# What two cores render in a second, roughly: it only decides how long people are told to wait.
_PIXELS_PER_S = 200_000_000
_LONGEST_WAIT_S = 60


class PixelGate:
    """Lets renders in while the pixels in flight stay within the budget; one alone is always let in."""

    def __init__(self, budget_pixels: int = DEFAULT_BUDGET_PIXELS) -> None:
        self._budget = budget_pixels
        self._in_flight = 0

    @contextmanager
    def admit(self, pixels: int) -> Iterator[None]:
        """Count the pixels in for as long as the context lasts.

        Raises:
            Overloaded: they would exceed the budget.
        """
        if self._in_flight and self._in_flight + pixels > self._budget:
            wait_s = min(_LONGEST_WAIT_S, 1 + self._in_flight // _PIXELS_PER_S)
            raise Overloaded("Too many pictures are being made at once; try again shortly.", retry_after_s=wait_s)
        self._in_flight += pixels
        try:
            yield
        finally:
            self._in_flight -= pixels

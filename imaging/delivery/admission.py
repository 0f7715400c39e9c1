"""How much may be rendered at once: counted in pixels, because a picture costs what it is large."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from imaging.errors import Overloaded
from imaging.render.choices import OutputFormat
from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import Plan

DEFAULT_BUDGET_PIXELS = 1_600_000_000

# What two cores render in a second, roughly: it only decides how long people are told to wait.
_PIXELS_PER_S = 200_000_000
_LONGEST_WAIT_S = 60

# How many pixels of a baseline JPEG take as much time and memory as one of these.
_READING = {ImageFormat.WEBP: 2, ImageFormat.GIF: 2, ImageFormat.TIFF: 2, ImageFormat.AVIF: 4, ImageFormat.HEIC: 4}
_WRITING = {OutputFormat.WEBP: 2, OutputFormat.GIF: 4, OutputFormat.PNG: 2, OutputFormat.AVIF: 8}


def price(plan: Plan) -> int:
    """Return what a rendition costs, in pixels of a baseline JPEG."""
    laid_over = _price_of_reading(plan.overlay.source) if plan.overlay else 0
    writing = plan.width * plan.height * _WRITING.get(plan.format, 1)
    return plan.pages * (_price_of_reading(plan.source) + writing) + laid_over


def _price_of_reading(source: Source) -> int:
    return source.width * source.height * _READING.get(source.format, 1)


class PixelGate:
    """Lets renders in while the pixels in flight stay within the budget; one alone is always let in."""

    def __init__(self, budget_pixels: int = DEFAULT_BUDGET_PIXELS) -> None:
        self._budget = budget_pixels
        self._in_flight = 0
        self._let_in = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

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
        self._let_in += 1
        self._is_idle.clear()
        try:
            yield
        finally:
            self._in_flight -= pixels
            if not self._in_flight:
                self._is_idle.set()

    async def idle(self, for_s: float) -> None:
        """Wait until nothing has been rendered for so long."""
        while True:
            await self._is_idle.wait()
            let_in = self._let_in
            await asyncio.sleep(for_s)
            if let_in == self._let_in:
                return

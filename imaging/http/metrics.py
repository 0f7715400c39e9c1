"""The series, for a Prometheus on this machine or with an admin's token."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imaging import metrics
from imaging.errors import ImagingError
from imaging.http.guard import middleware
from imaging.http.operators import Admit, Operators
from imaging.http.problems import problem_of

Measure = Callable[[], Awaitable[object]]

MEASURE_TIMEOUT_S = 5.0
_HEADERS = {"Cache-Control": "no-store", "Content-Type": metrics.CONTENT_TYPE}

_log = logging.getLogger(__name__)


class Metrics:
    """Tells what this process counted and, given `measure`, what is read from the rows, which it brings up to date."""

    def __init__(self, admit: Admit, measure: Measure | None = None) -> None:
        self._operators = Operators(admit)
        self._measure = measure

    def routes(self) -> list[Route]:
        """Return /metrics."""
        return [Route("/metrics", self.tell)]

    async def tell(self, request: Request) -> Response:
        """Answer with the series; when the rows cannot be read, with those that need none."""
        try:
            await self._operators.must_include(request)
        except ImagingError as error:
            return problem_of(error)
        if self._measure is None:
            return Response(metrics.exposition(metrics.WORK), headers=_HEADERS)
        await _measured(self._measure)
        return Response(metrics.exposition(metrics.WORK, metrics.ROWS), headers=_HEADERS)


def application(admit: Admit) -> Starlette:
    """Return what a process serves that serves nothing else: what it counted itself."""
    return Starlette(routes=Metrics(admit).routes(), middleware=middleware(hosts=(), cors_origins=(), https=False))


async def _measured(measure: Measure) -> None:
    try:
        await asyncio.wait_for(measure(), MEASURE_TIMEOUT_S)
        metrics.ROWS_READABLE.set(1)
    except Exception as error:
        _log.warning("the rows could not be read for /metrics: %r", error)
        metrics.ROWS_READABLE.set(0)
        for series in metrics.FROM_ROWS:
            series.clear()

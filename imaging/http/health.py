"""Is the server alive, and can it work: for probes, in a word; for those who run it, with every dependency."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from imaging.http.operators import Admit, Operators

Check = Callable[[], Awaitable[object]]

CHECK_TIMEOUT_S = 2.0
_HEADERS = {"Cache-Control": "no-store"}


class Health:
    """The probes; `checks` are silent when well and raise when not, `admit` knows whose token it is."""

    def __init__(self, checks: Mapping[str, Check], admit: Admit) -> None:
        self._checks = checks
        self._operators = Operators(admit)

    def routes(self) -> list[Route]:
        """Return /livez and /readyz."""
        return [Route("/livez", self.live), Route("/readyz", self.ready)]

    async def live(self, _request: Request) -> Response:
        """Say that the event loop turns."""
        return PlainTextResponse("alive\n", headers=_HEADERS)

    async def ready(self, request: Request) -> Response:
        """Try every dependency at once: 200 when all are well, 503 when one is not."""
        found = await asyncio.gather(*(_examine(check) for check in self._checks.values()))
        is_ready = all(finding["ok"] for finding in found)
        body: dict[str, object] = {"status": "ready" if is_ready else "not ready"}
        if await self._operators.include(request):
            body["checks"] = dict(zip(self._checks, found, strict=True))
        return JSONResponse(body, 200 if is_ready else 503, _HEADERS)


async def _examine(check: Check) -> dict[str, object]:
    started = time.perf_counter()
    finding: dict[str, object] = {"ok": True}
    try:
        await asyncio.wait_for(check(), CHECK_TIMEOUT_S)
    except TimeoutError:
        finding = {"ok": False, "error": f"no answer within {CHECK_TIMEOUT_S:g} s"}
    except Exception as error:
        finding = {"ok": False, "error": type(error).__name__}
    finding["latencyMs"] = round((time.perf_counter() - started) * 1000, 1)
    return finding

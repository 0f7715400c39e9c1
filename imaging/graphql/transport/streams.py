"""A subscription as one HTTP response that goes on, in the form that the client takes."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from imaging import metrics
from imaging.accounts.viewer import Viewer
from imaging.graphql.transport import accept, answers
from imaging.graphql.transport.lines import Lines, Rights
from imaging.graphql.transport.multipart_stream import PartForm
from imaging.graphql.transport.refusal import Refusal
from imaging.graphql.transport.sse import EventForm

FAREWELL_S = 0.5

log = logging.getLogger(__name__)

Results = AsyncGenerator[Any, None]  # Any: also parts of @defer, which this schema does not have


class Form(Protocol):
    """How answers are written one after the other."""

    @property
    def name(self) -> str:
        """What it is counted as."""

    @property
    def content_type(self) -> str:
        """The media type of the whole."""

    @property
    def opening(self) -> bytes:
        """What comes first, at once: browsers and proxies wait for it."""

    @property
    def heartbeat(self) -> bytes:
        """A sign of life that says nothing."""

    @property
    def complete(self) -> bytes:
        """The end of all."""

    def next(self, payload: answers.Payload) -> bytes:
        """Write one answer."""

    def failure(self, payload: answers.Payload) -> bytes:
        """Write why no more answers come, and the end of all."""

    def interruption(self, payload: answers.Payload) -> bytes:
        """Write what makes a client come back soon."""


FORMS: dict[str, Form] = {accept.EVENTS: EventForm(), accept.PARTS: PartForm()}

HEADERS = {
    "Vary": "Accept, Authorization",
    "Cache-Control": "no-store, no-transform",  # a proxy that compresses also waits until it is worth it
    "X-Accel-Buffering": "no",
}


def once(payload: answers.Payload, form: Form) -> Response:
    """Answer with a single result in the form of a stream."""
    body = form.opening + form.next(payload) + form.complete
    return Response(body, 200, {**HEADERS, "Content-Type": form.content_type})


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who listens, with the token they came in with and the host they call from."""

    viewer: Viewer
    token: str | None
    host: str


class Stream:
    """Sends results as they come, until there are no more, the client leaves, its rights end or the server stops."""

    def __init__(self, results: Results, form: Form, subscriber: Subscriber, lines: Lines, suggestions: bool) -> None:
        self._results = results
        self._form = form
        self._subscriber = subscriber
        self._lines = lines
        self._suggestions = suggestions
        self._writing = asyncio.Lock()
        self._written_at = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream to one client; it is refused when its viewer has too many subscriptions."""
        async with contextlib.aclosing(self._results):
            try:
                seat = self._lines.seat(self._subscriber.viewer, self._subscriber.host, self._form.name)
            except Refusal as refusal:
                await answers.refuse(refusal, accept.JSON)(scope, receive, send)
                return
            try:
                await self._serve(receive, send)
            finally:
                seat.leave()

    async def _serve(self, receive: Receive, send: Send) -> None:
        headers = {**HEADERS, "Content-Type": self._form.content_type}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await self._write(send, self._form.opening)
        telling, leaving = asyncio.create_task(self._tell(send)), asyncio.create_task(_left(receive))
        try:
            with self._lines.until_closing() as closing:
                last = await self._attend(send, telling, leaving, closing)
        finally:
            telling.cancel()
            leaving.cancel()
            await asyncio.wait((telling, leaving))
        if last is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await send({"type": "http.response.body", "body": last, "more_body": False})

    async def _attend(
        self,
        send: Send,
        telling: "asyncio.Task[None]",
        leaving: "asyncio.Task[None]",
        closing: "asyncio.Future[None]",
    ) -> bytes | None:
        """Wait for the end; return what is to be written last, None when nobody reads it."""
        rights = Rights(self._lines.admit, self._subscriber.token, self._subscriber.viewer)
        limits = self._lines.limits
        beat: asyncio.Task[None] | None = None
        try:
            while True:
                ends = {telling, leaving, closing}
                wait_s = rights.wait_s(limits.beat_s)
                await asyncio.wait(ends, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
                if leaving.done():
                    return None
                if self._is_stalled(limits.stall_s):
                    metrics.SLOW_READERS_DROPPED.labels(metrics.STALLED).inc()
                    return None
                if telling.done():
                    return self._end_of(telling)
                if closing.done():
                    return self._form.interruption(_error("The server stops; subscribe again.", "UNAVAILABLE"))
                if (why := await rights.lost()) is not None:
                    return self._form.failure(_error(why, "UNAUTHENTICATED"))
                if not self._writing.locked():
                    beat = asyncio.create_task(self._write(send, self._form.heartbeat))
        finally:
            if beat is not None:
                beat.cancel()
                await asyncio.wait((beat,))

    async def _tell(self, send: Send) -> None:
        async for result in self._results:
            if isinstance(result, ExecutionResult):
                payload = answers.of_result(result, suggestions=self._suggestions)
                await self._write(send, self._form.next(payload))
                await asyncio.sleep(0)  # sending need not wait, and others want to run too

    async def _write(self, send: Send, body: bytes) -> None:
        async with self._writing:
            self._written_at = time.monotonic()
            await send({"type": "http.response.body", "body": body, "more_body": True})

    def _is_stalled(self, stall_s: float) -> bool:
        """Return True when what was to be written last still waits for the client to read."""
        return self._writing.locked() and time.monotonic() - self._written_at >= stall_s

    def _end_of(self, telling: "asyncio.Task[None]") -> bytes:
        failure = telling.exception()
        if failure is None:
            return self._form.complete
        log.error("a subscription over HTTP failed", exc_info=failure)
        return self._form.failure(_error("Internal error.", "INTERNAL"))


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _error(message: str, code: str) -> answers.Payload:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}

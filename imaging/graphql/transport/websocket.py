"""GraphQL over websockets: the protocol graphql-transport-ws and no other."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from graphql import GraphQLError, OperationType
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from strawberry.types import ExecutionResult

from imaging import metrics
from imaging.accounts.viewer import Viewer
from imaging.errors import ImagingError, TooSlow
from imaging.graphql.transport import answers, frames
from imaging.graphql.transport.deadlines import unless, within
from imaging.graphql.transport.documents import Prepared, RejectedDocument
from imaging.graphql.transport.frames import Closing, Complete, Init, Ping, Subscribe
from imaging.graphql.transport.http import Door, bearer
from imaging.graphql.transport.limits import SocketLimits
from imaging.graphql.transport.lines import Rights, Seat
from imaging.graphql.transport.refusal import Refusal
from imaging.graphql.transport.requests import GraphQLRequest

PROTOCOL = "graphql-transport-ws"
FAREWELL_S = 1.0
TRY_AGAIN = 1013  # the protocol's own codes for too much, 4429 and others, tell clients never to come back
log = logging.getLogger(__name__)


class SocketEndpoint:
    """Serves websockets: one conversation each, until either side ends it or the token does."""

    def __init__(self, door: Door, limits: SocketLimits) -> None:
        self._door = door
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket."""
        socket = WebSocket(scope, receive, send)
        if not self._door.origins.admits(socket.headers):
            await socket.close(1008)  # before it is accepted: the server answers 403
            return
        speaks = PROTOCOL in scope["subprotocols"]
        await socket.accept(PROTOCOL if speaks else None)
        try:
            if not speaks:
                raise Closing(4406, f"Subprotocol not acceptable: offer {PROTOCOL}.")
            await _Conversation(socket, self._door, self._limits).hold()
        except Closing as closing:
            with contextlib.suppress(WebSocketDisconnect, WebSocketDisconnected, TimeoutError):
                async with asyncio.timeout(FAREWELL_S):  # who reads nothing does not read this either
                    await socket.close(closing.code, closing.reason)
        except WebSocketDisconnect:
            return


@dataclass(frozen=True, slots=True)
class _Operation:
    kind: OperationType
    task: "asyncio.Task[None]"
    seat: Seat | None

    def leave(self) -> None:
        if self.seat:
            self.seat.leave()


class _Conversation:
    """One accepted socket and the operations that run over it."""

    def __init__(self, socket: WebSocket, door: Door, limits: SocketLimits) -> None:
        self._socket = socket
        self._door = door
        self._limits = limits
        self._running: dict[str, _Operation] = {}
        self._end: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self._sending_since: float | None = None

    async def hold(self) -> None:
        """Greet, then take frames until the end; every operation has stopped when it returns.

        Raises:
            Closing: the client broke the protocol, was too slow, or lost its rights.
            WebSocketDisconnect: the client left, or the server is stopping.
        """
        try:
            async with within(self._limits.init_timeout_s, Closing(4408, "Connection initialisation timeout")):
                viewer, rights = await self._greet()
            async with unless(self._end), self._watched(rights):
                await self._send({"type": "connection_ack"})
                while True:
                    await self._heed(await self._receive(), viewer)
        finally:
            await self._stop_all()

    @contextlib.asynccontextmanager
    async def _watched(self, rights: Rights) -> AsyncGenerator[None, None]:
        watching = asyncio.create_task(self._watch(rights))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait((watching,))

    async def _watch(self, rights: Rights) -> None:
        """End the conversation once the rights are lost or the client has stopped reading."""
        limits = self._door.lines.limits
        while not self._end.done():
            await asyncio.sleep(rights.wait_s(limits.beat_s))
            since = self._sending_since
            if since is not None and time.monotonic() - since >= limits.stall_s:
                metrics.SLOW_READERS_DROPPED.labels(metrics.STALLED).inc()
                self._close(Closing(TRY_AGAIN, "You read too slowly: connect again."))
            elif (why := await rights.lost()) is not None:
                self._close(Closing(4403, why))

    def _close(self, closing: Closing) -> None:
        if not self._end.done():
            self._end.set_result(closing)

    async def _greet(self) -> tuple[Viewer, Rights]:
        while True:
            frame = await self._receive()
            if isinstance(frame, Init):
                return await self._admit(frame)
            if isinstance(frame, Subscribe):
                raise Closing(4401, "Unauthorized: send connection_init first.")
            await self._heed_ping(frame)

    async def _admit(self, hello: Init) -> tuple[Viewer, Rights]:
        sent = hello.payload.get("Authorization", hello.payload.get("authorization"))
        if sent is not None and not isinstance(sent, str):
            raise Closing(4400, "`Authorization` must be a string.")
        try:
            token = bearer(self._socket.headers.get("authorization") if sent is None else sent)
            viewer = await self._door.admit(token)
            return viewer, Rights(self._door.admit, token, viewer)
        except Refusal as refusal:
            raise Closing(4401, refusal.message) from None
        except ImagingError as error:
            raise Closing(4401, error.message) from None

    async def _heed(self, frame: frames.Frame, viewer: Viewer) -> None:
        if isinstance(frame, Init):
            raise Closing(4429, "Too many initialisation requests")
        if isinstance(frame, Subscribe):
            await self._start(frame, viewer)
        elif isinstance(frame, Complete):
            if operation := self._running.pop(frame.id, None):
                operation.leave()
                operation.task.cancel()
        else:
            await self._heed_ping(frame)

    async def _heed_ping(self, frame: frames.Frame) -> None:
        if isinstance(frame, Ping):
            await self._send({"type": "pong"})

    async def _start(self, frame: Subscribe, viewer: Viewer) -> None:
        if frame.id in self._running:
            raise Closing(4409, f"Subscriber for {frame.id} already exists")
        try:
            prepared = self._door.documents.prepare(frame.request.query)
            kind = prepared.kind(frame.request.operation_name)
            self._must_have_room(kind)
            seat = self._seat(viewer) if kind is OperationType.SUBSCRIPTION else None
        except RejectedDocument as rejected:
            await self._send_errors(frame.id, rejected.errors)
            return
        task = asyncio.create_task(self._operate(frame.id, prepared, frame.request, viewer))
        self._running[frame.id] = _Operation(kind, task, seat)

    def _seat(self, viewer: Viewer) -> Seat:
        try:
            host = self._socket.client.host if self._socket.client else ""
            return self._door.lines.seat(viewer, host, metrics.WEBSOCKET)
        except Refusal as refusal:
            raise RejectedDocument([GraphQLError(refusal.message, extensions={"code": refusal.code})]) from None

    def _must_have_room(self, kind: OperationType) -> None:
        subscriptions = sum(running.kind is OperationType.SUBSCRIPTION for running in self._running.values())
        is_full = kind is OperationType.SUBSCRIPTION and subscriptions >= self._limits.subscriptions
        if is_full or len(self._running) >= self._limits.operations:
            what = "subscriptions" if is_full else "operations"
            message = f"This connection runs as many {what} as it may; complete one first."
            raise RejectedDocument([GraphQLError(message, extensions={"code": "TOO_MANY_OPERATIONS"})])

    async def _operate(self, id: str, prepared: Prepared, asked: GraphQLRequest, viewer: Viewer) -> None:
        try:
            async with contextlib.aclosing(await self._door.stream(prepared, asked, viewer)) as stream:
                async for result in stream:
                    if self._is_over(id):  # what ends badly when it is stopped gives one more result
                        return
                    if not isinstance(result, ExecutionResult):  # parts of @defer, which this schema does not have
                        continue
                    if answers.is_request_error(result):
                        if any((error.extensions or {}).get("code") == TooSlow.code for error in result.errors or []):
                            self._close(Closing(TRY_AGAIN, "You read too slowly: connect again."))
                            return
                        self._forget(id)
                        await self._send_errors(id, result.errors or [])
                        return
                    name, payload = json.dumps(id), self._door.written.text(result)
                    await self._send_text(f'{{"id":{name},"type":"next","payload":{payload}}}')
                    await asyncio.sleep(0)  # sending need not wait, and others want to run too
            if not self._is_over(id):
                self._forget(id)
                await self._send({"id": id, "type": "complete"})
        except TooSlow as late:
            self._close(Closing(TRY_AGAIN, late.message))
        except (WebSocketDisconnect, WebSocketDisconnected):
            log.debug("an operation ended with its socket")
        except Exception:
            log.exception("operation over a websocket failed")
            if not self._is_over(id):
                self._forget(id)
                await self._send_errors(id, [GraphQLError("Internal error.", extensions={"code": "INTERNAL"})])

    def _is_over(self, id: str) -> bool:
        """Return True for an operation that the client has completed; its id may be another one's by now."""
        operation = self._running.get(id)
        return operation is None or operation.task is not asyncio.current_task()

    def _forget(self, id: str) -> None:
        """Free the id before the last frame leaves, so that the client may use it again at once."""
        operation = self._running.get(id)
        if operation and operation.task is asyncio.current_task():
            operation.leave()
            del self._running[id]

    async def _stop_all(self) -> None:
        for operation in self._running.values():
            operation.leave()
            operation.task.cancel()
        await asyncio.gather(*(operation.task for operation in self._running.values()), return_exceptions=True)

    async def _receive(self) -> frames.Frame:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005), message.get("reason"))
        text = message.get("text")
        if text is None:
            raise Closing(4400, "Frames must be text.")
        if len(text) > self._limits.frame_characters:
            raise Closing(1009, f"A frame may have {self._limits.frame_characters} characters.")
        return frames.read(text)

    async def _send_errors(self, id: str, errors: list[GraphQLError]) -> None:
        payload = answers.of_errors(errors, suggestions=self._door.documents.suggestions)["errors"]
        await self._send({"id": id, "type": "error", "payload": payload})

    async def _send(self, message: answers.Payload) -> None:
        await self._send_text(answers.write_json(message))

    async def _send_text(self, text: str) -> None:
        alone = self._sending_since is None
        self._sending_since = self._sending_since or time.monotonic()
        try:
            await self._socket.send_text(text)
        finally:
            if alone:
                self._sending_since = None

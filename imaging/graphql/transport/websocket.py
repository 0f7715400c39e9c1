"""GraphQL over websockets: the protocol graphql-transport-ws and no other."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator

from graphql import GraphQLError, OperationType
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from strawberry.types import ExecutionResult

from imaging.accounts.viewer import Viewer
from imaging.errors import ImagingError
from imaging.graphql.transport import answers, frames
from imaging.graphql.transport.documents import Prepared, RejectedDocument
from imaging.graphql.transport.frames import Closing, Complete, Init, Ping, Subscribe
from imaging.graphql.transport.http import Door, bearer
from imaging.graphql.transport.limits import SocketLimits
from imaging.graphql.transport.refusal import Refusal
from imaging.graphql.transport.requests import GraphQLRequest

PROTOCOL = "graphql-transport-ws"
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
            with contextlib.suppress(WebSocketDisconnect, WebSocketDisconnected):
                await socket.close(closing.code, closing.reason)
        except WebSocketDisconnect:
            return


class _Conversation:
    """One accepted socket and the operations that run over it."""

    def __init__(self, socket: WebSocket, door: Door, limits: SocketLimits) -> None:
        self._socket = socket
        self._door = door
        self._limits = limits
        self._running: dict[str, tuple[OperationType, asyncio.Task[None]]] = {}

    async def hold(self) -> None:
        """Greet, then take frames until the end; every operation has stopped when it returns.

        Raises:
            Closing: the client broke the protocol, was too slow, or its token ended.
            WebSocketDisconnect: the client left, or the server is stopping.
        """
        try:
            async with _within(self._limits.init_timeout_s, Closing(4408, "Connection initialisation timeout")):
                viewer = await self._greet()
            left_s = None if viewer.expires_at_s is None else viewer.expires_at_s - time.time()
            async with _within(left_s, Closing(4403, "The token has expired.")):
                await self._send({"type": "connection_ack"})
                while True:
                    await self._heed(await self._receive(), viewer)
        finally:
            await self._stop_all()

    async def _greet(self) -> Viewer:
        while True:
            frame = await self._receive()
            if isinstance(frame, Init):
                return await self._admit(frame)
            if isinstance(frame, Subscribe):
                raise Closing(4401, "Unauthorized: send connection_init first.")
            await self._heed_ping(frame)

    async def _admit(self, hello: Init) -> Viewer:
        sent = hello.payload.get("Authorization", hello.payload.get("authorization"))
        if sent is not None and not isinstance(sent, str):
            raise Closing(4400, "`Authorization` must be a string.")
        try:
            header = self._socket.headers.get("authorization")
            return await self._door.admit(bearer(header if sent is None else sent))
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
            if frame.id in self._running:
                self._running.pop(frame.id)[1].cancel()
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
        except RejectedDocument as rejected:
            await self._send_errors(frame.id, rejected.errors)
            return
        task = asyncio.create_task(self._operate(frame.id, prepared, frame.request, viewer))
        self._running[frame.id] = (kind, task)

    def _must_have_room(self, kind: OperationType) -> None:
        subscriptions = sum(running is OperationType.SUBSCRIPTION for running, _ in self._running.values())
        is_full = kind is OperationType.SUBSCRIPTION and subscriptions >= self._limits.subscriptions
        if is_full or len(self._running) >= self._limits.operations:
            what = "subscriptions" if is_full else "operations"
            message = f"This connection runs as many {what} as it may; complete one first."
            raise RejectedDocument([GraphQLError(message, extensions={"code": "TOO_MANY_OPERATIONS"})])

    async def _operate(self, id: str, prepared: Prepared, asked: GraphQLRequest, viewer: Viewer) -> None:
        try:
            stream = await self._door.schema.stream(
                prepared,
                variable_values=asked.variables,
                operation_name=asked.operation_name,
                context_value=self._door.new_context(viewer),
            )
            async with contextlib.aclosing(stream):
                async for result in stream:
                    if not isinstance(result, ExecutionResult):  # parts of @defer, which this schema does not have
                        continue
                    if answers.is_request_error(result):
                        self._forget(id)
                        await self._send_errors(id, result.errors or [])
                        return
                    payload = answers.of_result(result, suggestions=self._door.documents.suggestions)
                    await self._send({"id": id, "type": "next", "payload": payload})
                    await asyncio.sleep(0)  # sending need not wait, and others want to run too
            self._forget(id)
            await self._send({"id": id, "type": "complete"})
        except (WebSocketDisconnect, WebSocketDisconnected):
            log.debug("an operation ended with its socket")
        except Exception:
            log.exception("operation over a websocket failed")
            self._forget(id)
            await self._send_errors(id, [GraphQLError("Internal error.", extensions={"code": "INTERNAL"})])

    def _forget(self, id: str) -> None:
        """Free the id before the last frame leaves, so that the client may use it again at once."""
        running = self._running.get(id)
        if running and running[1] is asyncio.current_task():
            del self._running[id]

    async def _stop_all(self) -> None:
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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
        await self._socket.send_text(answers.write_json(message))


@contextlib.asynccontextmanager
async def _within(seconds: float | None, closing: Closing) -> AsyncGenerator[None, None]:
    """Close when the time is over; a time-out of something inside stays what it is."""
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            yield
    except TimeoutError:
        if deadline.expired():
            raise closing from None
        raise

"""Subscriptions that tell the same viewer the same: run once, however many connections ask, and told to all of them."""

import asyncio
import contextlib
import contextvars
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Hashable, Mapping
from dataclasses import replace
from typing import Any

from graphql import FieldNode, NullValueNode, OperationDefinitionNode, VariableNode
from strawberry.types import ExecutionResult

from imaging import metrics
from imaging.accounts.viewer import Viewer
from imaging.errors import TooSlow
from imaging.graphql.transport import answers
from imaging.graphql.transport.documents import Prepared
from imaging.graphql.transport.requests import GraphQLRequest

WAITING = 1_000

Results = AsyncGenerator[Any, None]  # Any: also parts of @defer, which this schema does not have
Open = Callable[[], Coroutine[Any, Any, Results]]


class SharedStreams:
    """Everything that runs for several connections at once; `waiting` is how many results a slow one may lag behind."""

    def __init__(self, *, waiting: int = WAITING) -> None:
        self._waiting = waiting
        self._running: dict[Hashable, _Run] = {}

    async def follow(self, key: Hashable, open_: Open) -> Results:
        """Give what comes from now on of the stream with this key, which is opened if nobody follows it yet.

        Raises:
            TooSlow: this follower was too slow.
        """
        run = self._running.get(key)
        if run is None or run.is_over:
            run = self._running[key] = _Run(open_, self._waiting)
        place = run.join()
        try:
            while (result := await run.next(place)) is not None:
                yield result
        finally:
            if run.leave(place) and self._running.get(key) is run:
                del self._running[key]
            await run.end_if_deserted()


class LastWritten:
    """Writes a result as JSON, and only once when it goes to many, one after the other."""

    def __init__(self, suggestions: bool) -> None:
        self._suggestions = suggestions
        self._result: ExecutionResult | None = None
        self._text = ""

    def text(self, result: ExecutionResult) -> str:
        """Return the payload of a `next` frame."""
        if result is not self._result:
            self._text = answers.write_json(answers.of_result(result, suggestions=self._suggestions))
            self._result = result
        return self._text


class _Run:
    """One stream, and the queues of all who follow it; None in a queue is the end."""

    def __init__(self, open_: Open, waiting: int) -> None:
        self._waiting = waiting
        self._places: set[asyncio.Queue[Any]] = set()
        self.is_over = False
        # A task shares its creator's context, and with it an open transaction: give it a clean one.
        self._task = asyncio.create_task(self._tell(open_), context=contextvars.Context())

    def join(self) -> "asyncio.Queue[Any]":
        place: asyncio.Queue[Any] = asyncio.Queue(self._waiting + 1)
        self._places.add(place)
        return place

    def leave(self, place: "asyncio.Queue[Any]") -> bool:
        """Forget a follower; True when nobody is left."""
        self._places.discard(place)
        return not self._places

    async def next(self, place: "asyncio.Queue[Any]") -> Any:
        """Return the next result, None at the end; what went wrong for all is raised for each."""
        result = await place.get()
        if isinstance(result, BaseException):
            raise result
        return result

    async def end_if_deserted(self) -> None:
        if not self._places:
            self.is_over = True
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _tell(self, open_: Open) -> None:
        try:
            async with contextlib.aclosing(await open_()) as results:
                async for result in results:
                    self._hand_out(result)
        except Exception as error:  # the transport is a door, and all who wait behind it are to hear
            self._end(error)
        else:
            self._end(None)

    def _hand_out(self, result: object) -> None:
        for place in tuple(self._places):
            if place.qsize() < self._waiting:
                place.put_nowait(result)
            else:
                metrics.SLOW_READERS_DROPPED.labels(metrics.BEHIND).inc()
                self._places.discard(place)
                place.put_nowait(TooSlow("You read too slowly: connect again.", retry_after_s=1))

    def _end(self, last: object) -> None:
        self.is_over = True
        for place in self._places:
            place.put_nowait(last)


def key_of(
    prepared: Prepared, asked: GraphQLRequest, viewer: Viewer, live: Mapping[str, str]
) -> tuple[Hashable, ...] | None:
    """Return what is equal for subscriptions that are told the same from now on; None for one that is alone.

    `live` names the fields that tell every viewer the same as long as the argument beside them, which asks for what
    was missed, is not given.
    """
    operation = _operation(prepared, asked.operation_name)
    [selected, *more] = operation.selection_set.selections
    if more or not isinstance(selected, FieldNode) or selected.name.value not in live:
        return None
    if not _is_absent(selected, live[selected.name.value], asked):
        return None
    return str(prepared), asked.operation_name, json.dumps(asked.variables), replace(viewer, expires_at_s=None)


def _operation(prepared: Prepared, name: str | None) -> OperationDefinitionNode:
    found = [node for node in prepared.document.definitions if isinstance(node, OperationDefinitionNode)]
    [operation] = [node for node in found if name is None or (node.name and node.name.value == name)]
    return operation


def _is_absent(field: FieldNode, argument: str, asked: GraphQLRequest) -> bool:
    """Return True when the argument is not given, or null, or a variable that says so itself."""
    for given in field.arguments or ():
        if given.name.value == argument:
            variable = given.value.name.value if isinstance(given.value, VariableNode) else ""
            said = asked.variables or {}
            return isinstance(given.value, NullValueNode) or (variable in said and said[variable] is None)
    return True

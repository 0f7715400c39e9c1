"""The GraphQL multipart request specification: files stream into the spool and take their places in the variables.

Source: https://github.com/jaydenseric/graphql-multipart-request-spec
"""

import contextlib
from collections.abc import AsyncIterator, MutableMapping, MutableSequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from imaging.graphql.transport import body, requests
from imaging.graphql.transport.limits import HttpLimits
from imaging.graphql.transport.parts import PartBegins, PartData, PartParser
from imaging.graphql.transport.refusal import malformed, too_large
from imaging.graphql.transport.requests import GraphQLRequest

if TYPE_CHECKING:
    from imaging.images.spool import Spool, SpoolFile


@contextlib.asynccontextmanager
async def received(request: Request, spool: "Spool", limits: HttpLimits) -> AsyncIterator[GraphQLRequest]:
    """Read the request with its files; whatever nobody took over by the end is removed from the disk.

    Raises:
        Refusal: 400 or 413, and what was found.
        ClientDisconnect: the client went away.
    """
    reader = _Reader(spool, limits)
    try:
        yield await reader.read(request)
    finally:
        async with contextlib.AsyncExitStack() as leftovers:  # all of them, even when one fails or is cancelled
            for file in reader.files:
                leftovers.push_async_callback(file.discard)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the variables a file belongs."""

    container: MutableMapping[str, Any] | MutableSequence[Any]  # Any: JSON
    key: str | int

    def put(self, file: "SpoolFile") -> None:
        self.container[self.key] = file  # type: ignore[index]  # made to match in _place


class _Reader:
    """Reads one body: operations, then the map, then the files, in this order as the specification demands."""

    def __init__(self, spool: "Spool", limits: HttpLimits) -> None:
        self.files: list[SpoolFile] = []
        self._spool = spool
        self._limits = limits
        self._operations: GraphQLRequest | None = None
        self._places: dict[str, _Place] | None = None
        self._awaited: dict[str, _Place] = {}
        self._text = bytearray()

    async def read(self, request: Request) -> GraphQLRequest:
        parser = PartParser(request.headers.get("content-type", ""))
        async for chunk in body.chunks(request, self._limits.multipart_bytes):
            for event in parser.feed(chunk):
                if isinstance(event, PartBegins):
                    self._begin(event)
                elif isinstance(event, PartData):
                    await self._take(event.chunk)
                else:
                    await self._end()
        if not parser.is_whole:
            raise malformed("The multipart body ends in the middle: its closing boundary is missing.")
        if self._operations is None or self._places is None:
            raise malformed("A multipart request needs the parts `operations` and `map`, before the files.")
        if self._awaited:
            raise malformed(f"`map` names the part {_quoted(next(iter(self._awaited)))}, which the body does not have.")
        return self._operations

    def _begin(self, part: PartBegins) -> None:
        expected = "operations" if self._operations is None else "map" if self._places is None else None
        if expected:
            if part.name != expected:
                raise malformed(f"The part `{expected}` must come before {_quoted(part.name)}.")
            return
        place = self._awaited.pop(part.name, None)
        if place is None:
            raise malformed(f"The part {_quoted(part.name)} is not in `map`, or comes twice.")
        file = self._spool.open(part.filename or part.name)
        self.files.append(file)
        place.put(file)

    async def _take(self, chunk: bytes) -> None:
        if self.files:
            await self.files[-1].write(chunk)
            return
        if len(self._text) + len(chunk) > self._limits.body_bytes:
            raise too_large(self._limits.body_bytes)
        self._text += chunk

    async def _end(self) -> None:
        if self.files:
            await self.files[-1].finish()
            return
        value = requests.read_json(bytes(self._text))
        self._text.clear()
        if self._operations is None:
            self._operations = requests.from_json(value)
        else:
            self._places = _read_map(value, self._operations, self._limits.files)
            self._awaited = dict(self._places)


def _read_map(value: object, operations: GraphQLRequest, most: int) -> dict[str, _Place]:
    if not isinstance(value, dict):
        raise malformed("`map` must be a JSON object from part names to lists with one path each.")
    if len(value) > most:
        raise malformed(f"The request has {len(value)} files; {most} are allowed.")
    places: dict[str, _Place] = {}
    taken: set[str] = set()
    for name, paths in value.items():
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise malformed(f'`map` must give {_quoted(name)} a list of paths, such as ["variables.file"].')
        if len(paths) != 1:
            raise malformed(f"`map` must give {_quoted(name)} exactly one path: a file is read once.")
        if paths[0] in taken:
            raise malformed(f"`map` puts two files at {_quoted(paths[0])}.")
        taken.add(paths[0])
        places[name] = _place(paths[0], operations)
    return places


def _place(path: str, operations: GraphQLRequest) -> _Place:
    first, *steps = path.split(".")
    if first != "variables" or not steps or operations.variables is None:
        raise malformed(f"The path {_quoted(path)} in `map` must lead into `variables`.")
    found: Any = operations.variables  # Any: JSON
    place = None
    for step in steps:
        place = _step(found, step)
        if place is None:
            raise malformed(f"The path {_quoted(path)} in `map` leads nowhere.")
        found = place.container[place.key]  # type: ignore[index]  # made to match in _step
    if place is None or found is not None:
        raise malformed(f"There must be null at {_quoted(path)}, where the file goes.")
    return place


def _step(container: object, step: str) -> _Place | None:
    if isinstance(container, dict):
        return _Place(container, step) if step in container else None
    if isinstance(container, list) and step.isascii() and step.isdigit() and len(step) < 6 and str(int(step)) == step:
        return _Place(container, int(step)) if int(step) < len(container) else None
    return None


def _quoted(name: str) -> str:
    return repr(name[:80])

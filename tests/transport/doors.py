"""A door with a schema of its own, so that the transport is tested whatever the product's schema looks like."""

import asyncio
import contextlib
import dataclasses
import enum
import secrets
import socket
import time
import uuid
from collections.abc import AsyncIterator
from typing import NewType

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route, WebSocketRoute
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from imaging.accounts.viewer import ANONYMOUS, Role, Viewer
from imaging.errors import Overloaded, TooSlow, Unauthenticated
from imaging.graphql.masking import Masking
from imaging.graphql.transport.documents import Documents, UsePrepared
from imaging.graphql.transport.graphiql import GraphiQLPage
from imaging.graphql.transport.http import Door, GraphQLEndpoint
from imaging.graphql.transport.limits import DocumentLimits, HttpLimits, LineLimits, SocketLimits
from imaging.graphql.transport.origins import Origins
from imaging.graphql.transport.websocket import SocketEndpoint

Upload = NewType("Upload", object)
HOST = "imaging.test"


@dataclasses.dataclass
class World:
    """What the test schema's resolvers leave behind."""

    steps: list[str] = dataclasses.field(default_factory=list)
    files: list[object] = dataclasses.field(default_factory=list)
    roles: dict[str, Role | None] = dataclasses.field(default_factory=dict)
    """What tokens are worth by now, None for nothing at all; others are worth what they say."""
    ticks: list[str] = dataclasses.field(default_factory=list)
    is_full: bool = False
    is_broken: bool = False


@dataclasses.dataclass
class Context:
    """What the test schema's resolvers are given."""

    world: World
    viewer: Viewer


class Colour(enum.Enum):
    """Something to misspell."""

    RED = "red"


strawberry.enum(Colour)


@strawberry.input
class FileInput:
    file: Upload


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def role(self, info: Info) -> str:
        return "nobody" if info.context.viewer.is_anonymous else info.context.viewer.role.value

    @strawberry.field
    def paint(self, colour: Colour) -> str:
        return colour.value

    @strawberry.field
    def inner(self) -> "Query":
        return Query()

    @strawberry.field
    def broken(self) -> str:
        raise ValueError("broken")

    @strawberry.field
    def half(self) -> str:
        return "\ud800"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self, info: Info) -> str:
        info.context.world.steps.append("changed")
        return "changed"

    @strawberry.mutation
    async def upload(
        self, info: Info, file: Upload | None = None, files: list[Upload] | None = None, more: FileInput | None = None
    ) -> list[str]:
        taken = [*([file] if file else []), *(files or []), *([more.file] if more else [])]
        info.context.world.files.extend(taken)
        return [f"{found.filename}:{found.size_bytes}:{found.rejected and found.rejected.code}" for found in taken]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int = 3) -> AsyncIterator[int]:
        for number in range(to):
            yield number
            await asyncio.sleep(0)

    @strawberry.subscription
    async def forever(self, info: Info) -> AsyncIterator[int]:
        try:
            yield 0
            await asyncio.Event().wait()
        finally:
            info.context.world.steps.append("stopped")

    @strawberry.subscription
    async def ticks(self, info: Info, after: str | None = None) -> AsyncIterator[str]:
        world, viewer = info.context.world, info.context.viewer
        told = 0 if after else len(world.ticks)
        world.steps.append(f"begun by {viewer.role.value}")
        try:
            while True:
                for tick in world.ticks[told:]:
                    told += 1
                    yield tick
                await asyncio.sleep(0.01)
        finally:
            world.steps.append("stopped")

    @strawberry.subscription
    async def ends_badly(self) -> AsyncIterator[int]:
        try:
            yield 0
            await asyncio.Event().wait()
        finally:
            raise ValueError("ends badly")

    @strawberry.subscription
    async def overtaken(self) -> AsyncIterator[int]:
        yield 0
        raise TooSlow("You read too slowly.", retry_after_s=1)

    @strawberry.subscription
    async def flood(self, info: Info) -> AsyncIterator[str]:
        noise = secrets.token_hex(50_000)  # cannot be compressed away
        try:
            for _ in range(100_000):
                info.context.world.steps.append("sent")
                yield noise
        finally:
            info.context.world.steps.append("dropped")

    @strawberry.subscription
    async def fails(self) -> AsyncIterator[int]:
        yield 1
        raise ValueError("fails")


scalars = {Upload: strawberry.scalar(name="Upload", serialize=str, parse_value=lambda value: value)}
schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=scalars),
    extensions=[Masking, UsePrepared],
)


async def admit(token: str | None, world: World) -> Viewer:
    """Accept the names of roles as tokens; `short` lives for half a second, `busy` finds the house full."""
    if world.is_broken:
        raise RuntimeError("nobody is at the door")
    if token in world.roles:
        if (role := world.roles[token]) is None:
            raise Unauthenticated("The token was withdrawn.")
        return Viewer(uuid.UUID(int=1), role)
    if token is None:
        return ANONYMOUS
    if token == "busy" or world.is_full:
        raise Overloaded("Too many at once.", retry_after_s=7)
    if token == "short":
        return Viewer(uuid.UUID(int=1), Role.EDITOR, expires_at_s=time.time() + 0.5)
    if token not in [role.value for role in Role]:
        raise Unauthenticated("The token is not accepted.")
    return Viewer(uuid.UUID(int=1), Role(token))


def make_app(
    spool: object,
    world: World,
    *,
    documents: DocumentLimits | None = None,
    http: HttpLimits | None = None,
    sockets: SocketLimits | None = None,
    lines: LineLimits | None = None,
    page: GraphiQLPage | None = None,
    origins: tuple[str, ...] = (),
) -> Starlette:
    """Return an application whose only door is /graphql."""
    door = Door(
        schema,
        Documents(schema, documents or DocumentLimits()),
        lambda token: admit(token, world),
        lambda viewer: Context(world, viewer),
        Origins(origins),
        lines,
        {"ticks": "after"},
    )
    app = Starlette(
        routes=[
            Route("/graphql", GraphQLEndpoint(door, spool, http or HttpLimits(), page)),
            WebSocketRoute("/graphql", SocketEndpoint(door, sockets or SocketLimits())),
        ]
    )
    app.state.hang_up = door.lines.close
    return app


def no_token(_request: Request) -> None:
    """Put nothing into the page."""


class QuietServer(uvicorn.Server):
    """A server inside a test: it leaves the signals alone, and tells when it is ready."""

    capture_signals = staticmethod(contextlib.nullcontext)

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.hang_up()
        await super().shutdown(sockets)


@contextlib.asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """Serve on a free port of this loop; gives host and port."""
    config = uvicorn.Config(app, port=0, log_level="critical", ws="websockets-sansio", timeout_graceful_shutdown=2)
    server = QuietServer(config)
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    try:
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task

"""A client of graphql-transport-ws that says exactly what it is told to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from imaging.graphql.transport.limits import SocketLimits
from imaging.graphql.transport.websocket import PROTOCOL

LIMITS = SocketLimits(init_timeout_s=0.3, frame_characters=10_000, subscriptions=2, operations=3)
OPENED = {"type": "connection_init"}


def dial(address: str, **options: Any) -> connect:
    return connect(f"ws://{address}/graphql", subprotocols=options.pop("subprotocols", [PROTOCOL]), **options)


@contextlib.asynccontextmanager
async def opened(address: str, payload: object = None, **options: Any) -> AsyncIterator[ClientConnection]:
    async with dial(address, **options) as socket:
        await send(socket, {**OPENED, "payload": payload})
        assert await take(socket) == {"type": "connection_ack"}
        yield socket


async def send(socket: ClientConnection, *messages: object) -> None:
    for message in messages:
        await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))


async def take(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(await asyncio.wait_for(socket.recv(), 5))


async def ending(socket: ClientConnection) -> tuple[int, str]:
    """Read until the server closes; return its code and reason."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(5):
            async for _ in socket:
                pass
    return socket.close_code, socket.close_reason


def subscribe(query: str, id: str = "1", **more: object) -> dict[str, object]:
    return {"id": id, "type": "subscribe", "payload": {"query": query, **more}}

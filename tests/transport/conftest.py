from collections.abc import AsyncIterator

import httpx
import pytest

from tests.transport.doors import HOST, World, make_app, serving
from tests.transport.sockets import LIMITS


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to a door that has no spool: nothing here sends files."""
    transport = httpx.ASGITransport(make_app(None, world))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        yield client


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    app = make_app(None, world, sockets=LIMITS, origins=("https://friend.test",))
    async with serving(app) as address:
        yield address

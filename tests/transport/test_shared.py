"""What many connections ask for on behalf of the same viewer is run once, and told to all of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection

from imaging.errors import TooSlow
from imaging.graphql.transport.shared import SharedStreams
from tests.transport.doors import World
from tests.transport.sockets import opened, send, subscribe, take

TICKS = "subscription { ticks }"
SINCE = "subscription($after: String) { ticks(after: $after) }"


@contextlib.asynccontextmanager
async def following(
    address: str, query: str = TICKS, role: str = "viewer", **more: object
) -> AsyncIterator[ClientConnection]:
    async with opened(address, {"Authorization": f"Bearer {role}"}) as socket:
        await send(socket, subscribe(query, **more), {"type": "ping"})
        assert await take(socket) == {"type": "pong"}
        yield socket


async def tick_of(socket: ClientConnection) -> str:
    message = await take(socket)
    assert (message["id"], message["type"]) == ("1", "next")
    tick: str = message["payload"]["data"]["ticks"]
    return tick


async def test_the_same_for_the_same_viewer_is_run_once_and_told_to_all(address: str, world: World) -> None:
    async with following(address) as first, following(address) as second:
        world.ticks.append("one")
        assert [await tick_of(first), await tick_of(second)] == ["one", "one"]
        async with following(address) as late:
            world.ticks.append("two")
            assert [await tick_of(socket) for socket in (first, second, late)] == ["two"] * 3
    await stopped(world)
    assert world.steps == ["begun by viewer", "stopped"]


async def test_who_leaves_takes_nothing_from_the_others(address: str, world: World) -> None:
    async with following(address) as stays:
        async with following(address):
            pass
        world.ticks.append("one")
        assert await tick_of(stays) == "one"
    await stopped(world)
    async with following(address) as anew:
        world.ticks.append("two")
        assert await tick_of(anew) == "two"
    assert world.steps.count("begun by viewer") == 2


async def test_another_viewer_has_a_run_of_their_own(address: str, world: World) -> None:
    async with following(address) as viewer, following(address, role="editor") as editor:
        world.ticks.append("one")
        assert [await tick_of(viewer), await tick_of(editor)] == ["one", "one"]
        assert sorted(world.steps) == ["begun by editor", "begun by viewer"]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('subscription { ticks(after: "0") }', None),
        (SINCE, {"after": "0"}),
        ('subscription($after: String = "0") { ticks(after: $after) }', {}),
    ],
)
async def test_who_asks_for_what_was_missed_is_told_it(
    address: str, world: World, query: str, variables: dict[str, str] | None
) -> None:
    world.ticks.append("missed")
    async with (
        following(address, query, variables=variables) as first,
        following(address, query, variables=variables) as second,
    ):
        assert [await tick_of(first), await tick_of(second)] == ["missed", "missed"]


@pytest.mark.parametrize("query", ["subscription { ticks(after: null) }", SINCE])
async def test_who_missed_nothing_follows_with_the_others(address: str, world: World, query: str) -> None:
    variables = {"after": None}
    async with (
        following(address, query, variables=variables) as first,
        following(address, query, variables=variables) as second,
    ):
        world.ticks.append("one")
        assert [await tick_of(first), await tick_of(second)] == ["one", "one"]
        assert world.steps == ["begun by viewer"]


async def test_who_is_too_slow_is_dropped_and_nobody_else() -> None:
    streams = SharedStreams(waiting=2)
    go_on = asyncio.Event()

    async def numbers() -> AsyncIterator[int]:
        yield 0
        await go_on.wait()
        for number in (1, 2, 3, 4):
            yield number
            await asyncio.sleep(0)

    async def open_() -> AsyncIterator[int]:
        return numbers()

    slow, quick = streams.follow("key", open_), streams.follow("key", open_)
    first = asyncio.gather(anext(slow), anext(quick))
    assert await first == [0, 0]
    go_on.set()
    assert [number async for number in quick] == [1, 2, 3, 4]
    assert [await anext(slow), await anext(slow)] == [1, 2]
    with pytest.raises(TooSlow):
        await anext(slow)


async def test_what_fails_is_told_to_all_who_wait() -> None:
    streams = SharedStreams()

    async def broken() -> AsyncIterator[int]:
        raise ValueError("broken")

    followers = [streams.follow("key", broken), streams.follow("key", broken)]
    found = await asyncio.gather(*(anext(follower) for follower in followers), return_exceptions=True)
    assert [str(error) for error in found] == ["broken", "broken"]


async def stopped(world: World) -> None:
    async with asyncio.timeout(30):
        while "stopped" not in world.steps:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)

"""Subscriptions as a response that goes on: as server-sent events, and in parts."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from imaging.accounts.viewer import Role
from imaging.graphql.transport.limits import LineLimits
from tests.series import counted
from tests.transport.doors import World, make_app, serving
from tests.transport.listening import BEAT, COMPLETE, CUT, EVENTS, PARTS, Told, listening
from tests.transport.sockets import ending, opened, send, subscribe, take

QUICK = LineLimits(per_viewer=3, beat_s=0.05, stall_s=0.3)
FOREVER = "subscription { forever }"
both = pytest.mark.parametrize("accept", [EVENTS, PARTS])


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    async with serving(make_app(None, world, lines=QUICK)) as address:
        yield address


def numbers(*found: int) -> list[Told]:
    return [("next", {"data": {"count": number}}) for number in found]


def failure(accept: str, told: list[Told]) -> str:
    """Return the code of the error that a stream ended with, told as its form demands."""
    (kind, content), last = told
    assert last == COMPLETE
    assert kind == ("next" if accept == EVENTS else "failed")
    [error] = content["errors"] if accept == EVENTS else content
    assert error["message"]
    code: str = error["extensions"]["code"]
    return code


def stalled() -> float:
    return counted().value("imaging_slow_readers_dropped_total", reason="stalled") or 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # the server notices in its own time
            await asyncio.sleep(0.01)


@both
@pytest.mark.parametrize("by_get", [False, True])
async def test_a_subscription_gives_its_results_and_completes(address: str, accept: str, by_get: bool) -> None:
    async with listening(address, "subscription { count(to: 2) }", accept, by_get=by_get) as listener:
        assert await listener.rest() == [*numbers(0, 1), COMPLETE]


@both
async def test_nothing_on_the_way_may_keep_or_change_it(address: str, accept: str) -> None:
    async with listening(address, "subscription { count }", accept) as listener:
        headers = listener.response.headers
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert "content-length" not in headers
    expected = "text/event-stream; charset=utf-8", 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    assert headers["content-type"] == expected[accept == PARTS]


@both
async def test_a_silent_line_gives_signs_of_life(address: str, accept: str) -> None:
    async with listening(address, FOREVER, accept) as listener:
        assert await listener.answer() == ("next", {"data": {"forever": 0}})
        assert [await listener.next() for _ in range(3)] == [BEAT] * 3


async def test_something_comes_at_once_so_that_browsers_believe_in_it(world: World) -> None:
    async with serving(make_app(None, world)) as address, listening(address, FOREVER) as listener:
        assert await listener.next() == BEAT


@both
async def test_leaving_stops_the_subscription(address: str, accept: str, world: World) -> None:
    async with listening(address, FOREVER, accept) as listener:
        await listener.answer()
        assert world.steps == []
    await until(lambda: world.steps == ["stopped"])


@both
async def test_the_end_of_the_token_ends_the_subscription_with_an_error(
    address: str, accept: str, world: World
) -> None:
    async with listening(address, FOREVER, accept, "short") as listener:
        await listener.answer()
        assert failure(accept, await listener.rest()) == "UNAUTHENTICATED"
    assert world.steps == ["stopped"]


@both
@pytest.mark.parametrize("now", [Role.VIEWER, None])
async def test_lost_rights_end_the_subscription_with_an_error(
    address: str, accept: str, now: Role | None, world: World
) -> None:
    async with listening(address, FOREVER, accept, "editor") as listener:
        await listener.answer()
        world.roles["editor"] = now
        assert failure(accept, await listener.rest()) == "UNAUTHENTICATED"
    assert world.steps == ["stopped"]


async def test_lost_rights_close_a_socket_with_4403(address: str, world: World) -> None:
    for now, reason in ((Role.VIEWER, "Your role is viewer now: connect again."), (None, "not accepted any more")):
        world.roles.clear()
        async with opened(address, {"Authorization": "Bearer editor"}) as socket:
            await send(socket, subscribe(FOREVER))
            await take(socket)
            world.roles["editor"] = now
            code, told = await ending(socket)
            assert code == 4403
            assert reason in told
    assert world.steps == ["stopped"] * 2


async def test_while_nobody_can_be_asked_about_tokens_no_rights_are_lost(address: str, world: World) -> None:
    async with listening(address, FOREVER, EVENTS, "editor") as listener:
        await listener.answer()
        world.is_full = True
        assert [await listener.next() for _ in range(5)] == [BEAT] * 5


async def test_subscriptions_are_counted_per_viewer_over_all_transports(address: str) -> None:
    async with (
        opened(address, {"Authorization": "Bearer editor"}) as socket,
        listening(address, FOREVER, EVENTS, "editor") as events,
        listening(address, FOREVER, PARTS, "editor") as parts,
    ):
        await events.answer(), await parts.answer()
        await send(socket, subscribe(FOREVER, "1"))
        assert (await take(socket))["type"] == "next"
        await send(socket, subscribe(FOREVER, "2"))
        refused = await take(socket)
        assert (refused["id"], refused["type"]) == ("2", "error")
        assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        async with httpx.AsyncClient(base_url=f"http://{address}") as client:
            for accept in (EVENTS, PARTS):
                headers = {"Accept": accept, "Authorization": "Bearer editor"}
                answer = await client.post("/graphql", json={"query": FOREVER}, headers=headers)
                assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
                assert answer.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        async with listening(address, FOREVER) as nobody:
            assert await nobody.answer() == ("next", {"data": {"forever": 0}})
        await send(socket, {"id": "1", "type": "complete"}, subscribe(FOREVER, "3"))
        assert (await take(socket))["id"] == "3"


async def test_places_are_free_again_once_subscriptions_end(address: str, world: World) -> None:
    for _ in range(3):
        async with listening(address, FOREVER) as first, listening(address, FOREVER, PARTS) as second:
            await first.answer(), await second.answer()
        for _ in range(4):
            async with listening(address, "subscription { count(to: 1) }") as listener:
                assert await listener.rest() == [*numbers(0), COMPLETE]
            async with opened(address) as socket:
                await send(socket, subscribe("subscription { count(to: 1) }"))
                assert [(await take(socket))["type"] for _ in range(2)] == ["next", "complete"]
        count = len(world.steps)
        await until(lambda count=count: len(world.steps) >= count and world.steps.count("stopped") % 2 == 0)


async def test_who_reads_nothing_is_dropped_not_waited_for(address: str, world: World) -> None:
    query, before = b'{"query": "subscription { flood }"}', stalled()
    reader, writer = await asyncio.open_connection(*address.split(":"), limit=1_000)
    head = f"POST /graphql HTTP/1.1\r\nHost: {address}\r\nAccept: {EVENTS}\r\nContent-Type: application/json\r\n"
    writer.write(head.encode() + f"Content-Length: {len(query)}\r\n\r\n".encode() + query)
    await reader.readline()
    await until(lambda: "dropped" in world.steps)
    assert world.steps.count("sent") < 1_000
    assert stalled() == before + 1
    writer.transport.abort()


async def test_who_reads_nothing_from_a_socket_is_dropped_too(address: str, world: World) -> None:
    before = stalled()
    async with opened(address, max_queue=1, compression=None) as socket:
        await send(socket, subscribe("subscription { flood }"))
        await until(lambda: "dropped" in world.steps)
        assert world.steps.count("sent") < 1_000
        assert stalled() == before + 1
        socket.transport.abort()


async def test_a_socket_whose_events_come_too_fast_is_told_to_come_back(address: str) -> None:
    async with opened(address) as socket:
        await send(socket, subscribe("subscription { overtaken }"))
        assert (await take(socket))["type"] == "next"
        assert await ending(socket) == (1013, "You read too slowly: connect again.")


@both
async def test_a_stream_whose_events_come_too_fast_ends_with_an_error(address: str, accept: str) -> None:
    async with listening(address, "subscription { overtaken }", accept) as listener:
        _, (kind, payload), end = await listener.rest()
    assert (kind, payload["errors"][0]["extensions"]["code"], end) == ("next", "TOO_SLOW", COMPLETE)


@both
async def test_stopping_the_server_ends_its_streams_at_once(world: World, accept: str) -> None:
    async with serving(make_app(None, world)) as address:
        # Whoever is listening is left only after the server has stopped.
        stack = await AsyncExitStack().__aenter__()
        heard = [await stack.enter_async_context(listening(address, FOREVER, accept)) for _ in range(3)]
        for listener in heard:
            await listener.answer()
        started = time.monotonic()
    async with stack:
        assert time.monotonic() - started < 1.5
        for listener in heard:
            told = await listener.rest()
            if accept == EVENTS:
                assert told == [CUT], "without `complete`, clients come back by themselves"
            else:
                assert failure(accept, told) == "UNAVAILABLE"
    assert world.steps == ["stopped"] * 3


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription($n: Int!) { count(to: $n) }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
@both
async def test_what_cannot_run_is_told_in_the_form_that_was_asked_for(
    address: str, accept: str, query: str, code: str
) -> None:
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        answer = await client.post("/graphql", json={"query": query}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert code in answer.text


async def test_a_failure_on_the_way_is_masked_and_ends_the_stream(address: str) -> None:
    async with listening(address, "subscription { fails }") as listener:
        first, (_, second), end = await listener.rest()
    assert (first, end) == (("next", {"data": {"fails": 1}}), COMPLETE)
    assert second["errors"][0]["extensions"]["code"] == "INTERNAL"


@pytest.mark.parametrize(
    ("query", "data"), [("{ hello }", {"hello": "hello world"}), ("mutation { change }", {"change": "changed"})]
)
async def test_one_answer_to_who_takes_only_events_is_one_event_and_the_end(
    address: str, query: str, data: object
) -> None:
    async with listening(address, query) as listener:
        assert await listener.rest() == [("next", {"data": data}), COMPLETE]


async def test_a_query_that_lists_events_last_gets_json(address: str) -> None:
    accept = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream"
    for form in (f"{accept}, multipart/mixed", PARTS):
        async with httpx.AsyncClient(base_url=f"http://{address}") as client:
            answer = await client.post("/graphql", json={"query": "{ hello }"}, headers={"Accept": form})
        assert answer.json() == {"data": {"hello": "hello world"}}


async def test_foreign_pages_cannot_make_a_browser_subscribe(address: str) -> None:
    headers = {"Accept": EVENTS, "Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        answer = await client.get("/graphql", params={"query": FOREVER}, headers=headers)
        assert answer.status_code == 403
        head = await client.head("/graphql", params={"query": FOREVER}, headers={"Accept": EVENTS})
        assert head.status_code == 406
        files = {"operations": (None, f'{{"query": "{FOREVER}"}}'), "map": (None, "{}")}
        headers = {"Accept": EVENTS, "X-Requested-With": "tests"}
        assert (await client.post("/graphql", files=files, headers=headers)).status_code in (400, 413)
        plain = await client.post("/graphql", json={"query": FOREVER}, headers={"Accept": "*/*"})
    assert plain.status_code == 400
    assert "text/event-stream" in plain.json()["errors"][0]["message"]


async def test_a_mutation_by_get_stays_refused(address: str, world: World) -> None:
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        answer = await client.get("/graphql", params={"query": "mutation { change }"}, headers={"Accept": EVENTS})
    assert (answer.status_code, world.steps) == (405, [])

import asyncio
import contextlib
import time

import pytest
from websockets.exceptions import InvalidStatus

from imaging.graphql.transport.websocket import PROTOCOL
from tests.transport.doors import World, make_app, serving
from tests.transport.sockets import OPENED, dial, ending, opened, send, subscribe, take


async def test_a_subscription_gives_its_results_and_completes(address: str) -> None:
    async with opened(address) as socket:
        await send(socket, subscribe("subscription($n: Int!) { count(to: $n) }", variables={"n": 2}))
        assert [await take(socket) for _ in range(3)] == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 0}}},
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "1", "type": "complete"},
        ]


@pytest.mark.parametrize(
    ("query", "data"), [("{ hello }", {"hello": "hello world"}), ("mutation { change }", {"change": "changed"})]
)
async def test_queries_and_mutations_run_over_a_socket_too(address: str, query: str, data: dict[str, str]) -> None:
    async with opened(address) as socket:
        await send(socket, subscribe(query))
        assert await take(socket) == {"id": "1", "type": "next", "payload": {"data": data}}
        assert await take(socket) == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($c: Colour!) { paint(colour: $c) }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", "UNKNOWN_OPERATION"),
        ("{ " + "inner { " * 20 + "hello" + " }" * 21, "OPERATION_TOO_COMPLEX"),
    ],
)
async def test_an_operation_that_cannot_run_gets_an_error_and_the_socket_stays(
    address: str, query: str, code: str
) -> None:
    async with opened(address) as socket:
        await send(socket, subscribe(query))
        message = await take(socket)
        assert (message["id"], message["type"]) == ("1", "error")
        assert message["payload"][0]["extensions"]["code"] == code
        await send(socket, subscribe("{ hello }"))
        assert (await take(socket))["type"] == "next"


async def test_a_subscription_that_fails_on_its_way_tells_and_completes(address: str) -> None:
    async with opened(address) as socket:
        await send(socket, subscribe("subscription { fails }"))
        assert (await take(socket))["payload"] == {"data": {"fails": 1}}
        assert (await take(socket))["type"] in ("error", "next")
        await send(socket, subscribe("{ hello }", "2"))
        ids = [(await take(socket)).get("id") for _ in range(2)]
        assert "2" in ids


async def test_completing_stops_the_subscription_and_frees_its_id(address: str, world: World) -> None:
    async with opened(address) as socket:
        await send(socket, subscribe("subscription { forever }"))
        await take(socket)
        await send(socket, {"id": "1", "type": "complete"}, {"id": "unknown", "type": "complete"})
        await send(socket, subscribe("{ hello }"))
        assert (await take(socket))["payload"] == {"data": {"hello": "hello world"}}
    assert world.steps == ["stopped"]


async def test_who_completed_hears_nothing_more_however_badly_it_ends(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(address) as socket:
        await send(socket, subscribe("subscription { endsBadly }"))
        assert (await take(socket))["type"] == "next"
        await send(socket, {"id": "1", "type": "complete"}, subscribe("subscription { forever }"), {"type": "ping"})
        told = [await take(socket) for _ in range(2)]
        await send(socket, {"type": "ping"})
        told.append(await take(socket))
    assert [message["type"] for message in told if message["type"] != "pong"] == ["next"]
    assert "ends badly" in caplog.text


async def test_leaving_stops_every_subscription(address: str, world: World) -> None:
    async with opened(address) as socket:
        await send(socket, subscribe("subscription { forever }", "1"), subscribe("subscription { forever }", "2"))
        await take(socket)
        await take(socket)
    async with asyncio.timeout(5):
        while world.steps != ["stopped"] * 2:  # noqa: ASYNC110  # the server notices in its own time
            await asyncio.sleep(0.01)
    assert world.steps == ["stopped", "stopped"]


async def test_an_id_in_use_closes_with_4409(address: str) -> None:
    async with opened(address) as socket:
        id = "ä" * 200
        await send(socket, subscribe("subscription { forever }", id), subscribe("{ hello }", id))
        code, reason = await ending(socket)
        assert code == 4409
        assert reason.startswith("Subscriber for ä")


async def test_greeting_twice_closes_with_4429(address: str) -> None:
    async with opened(address) as socket:
        await send(socket, OPENED)
        assert (await ending(socket))[0] == 4429


async def test_asking_before_greeting_closes_with_4401(address: str) -> None:
    async with dial(address) as socket:
        await send(socket, subscribe("{ hello }"))
        assert (await ending(socket))[0] == 4401


async def test_who_does_not_greet_in_time_is_closed_with_4408(address: str) -> None:
    async with dial(address) as socket:
        await send(socket, {"type": "ping"})
        assert await take(socket) == {"type": "pong"}
        assert (await ending(socket))[0] == 4408


async def test_pings_are_answered_and_pongs_are_not(address: str) -> None:
    async with opened(address) as socket:
        await send(socket, {"type": "pong"}, {"type": "pong", "payload": {}}, {"type": "ping", "payload": {"a": 1}})
        assert await take(socket) == {"type": "pong"}


async def test_the_token_may_come_in_the_greeting_or_in_the_header(address: str) -> None:
    header = {"additional_headers": {"Authorization": "Bearer viewer"}}
    for payload, options, role in (
        ({"Authorization": "Bearer editor"}, {}, "editor"),
        ({"authorization": "bearer admin"}, {}, "admin"),
        (None, header, "viewer"),
        ({"Authorization": "Bearer editor"}, header, "editor"),
        (None, {}, "nobody"),
    ):
        async with opened(address, payload, **options) as socket:
            await send(socket, subscribe("{ role }"))
            assert (await take(socket))["payload"] == {"data": {"role": role}}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"Authorization": "Bearer wrong"}, 4401),
        ({"Authorization": "wrong"}, 4401),
        ({"Authorization": ""}, 4401),
        ({"Authorization": 7}, 4400),
    ],
)
async def test_a_token_that_is_not_accepted_closes_the_socket(address: str, payload: object, code: int) -> None:
    async with dial(address) as socket:
        await send(socket, {**OPENED, "payload": payload})
        assert (await ending(socket))[0] == code


async def test_the_end_of_the_token_ends_the_subscriptions(address: str, world: World) -> None:
    async with opened(address, {"Authorization": "Bearer short"}) as socket:
        await send(socket, subscribe("subscription { forever }"))
        assert (await ending(socket))[0] == 4403
    assert world.steps == ["stopped"]


async def test_subscriptions_are_limited_and_queries_do_not_count_as_such(address: str) -> None:
    async with opened(address) as socket:
        for id in "12":
            await send(socket, subscribe("subscription { forever }", id))
            await take(socket)
        await send(socket, subscribe("subscription { forever }", "3"))
        message = await take(socket)
        assert (message["id"], message["type"]) == ("3", "error")
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        await send(socket, subscribe("{ hello }", "4"))
        assert (await take(socket))["payload"] == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize("subprotocols", [None, ["graphql-ws"]])
async def test_other_protocols_are_closed_with_4406(address: str, subprotocols: list[str] | None) -> None:
    async with dial(address, subprotocols=subprotocols) as socket:
        assert (await ending(socket))[0] == 4406


@pytest.mark.parametrize("origin", ["https://evil.test", "null"])
async def test_pages_of_others_are_refused(address: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with dial(address, origin=origin):
            pass
    assert caught.value.response.status_code == 403


async def test_our_own_pages_and_those_on_the_list_are_welcome(address: str) -> None:
    for origin in (f"http://{address}", "https://friend.test"):
        async with opened(address, origin=origin) as socket:
            assert socket.subprotocol == PROTOCOL


async def test_a_slow_reader_slows_its_own_subscription_down(address: str, world: World) -> None:
    async with opened(address, max_queue=1, compression=None) as socket:
        await send(socket, subscribe("subscription { flood }"))
        await asyncio.sleep(1)
        sent = len(world.steps)
        await asyncio.sleep(0.5)
        assert len(world.steps) == sent < 1_000
        async with opened(address) as other:
            await send(other, subscribe("{ hello }"))
            assert (await take(other))["type"] == "next"
        socket.transport.abort()


async def test_stopping_the_server_closes_its_sockets_at_once(world: World) -> None:
    async with contextlib.AsyncExitStack() as sockets:
        async with serving(make_app(None, world)) as address:
            for _ in range(5):
                socket = await sockets.enter_async_context(opened(address))
                await send(socket, subscribe("subscription { forever }"))
                await take(socket)
            started = time.monotonic()
        assert time.monotonic() - started < 1.5
        assert (await ending(socket))[0] == 1012
    assert world.steps == ["stopped"] * 5

import pytest

from tests.transport.sockets import dial, ending, opened, send, subscribe

MALFORMED = {
    "not JSON": "nonsense",
    "null": "null",
    "array": "[]",
    "number": "7",
    "abyss": "[" * 5_000,
    "bytes": b"{}",
    "no type": {},
    "type of a wrong type": {"type": ["subscribe"]},
    "unknown type": {"type": "start"},
    "legacy": {"type": "connection_terminate"},
    "payload is a list": {"type": "ping", "payload": []},
    "no id": {"type": "subscribe", "payload": {"query": "{ hello }"}},
    "id is a number": {"id": 1, "type": "subscribe", "payload": {"query": "{ hello }"}},
    "id is empty": {"id": "", "type": "subscribe", "payload": {"query": "{ hello }"}},
    "id is endless": {"id": "x" * 300, "type": "subscribe", "payload": {"query": "{ hello }"}},
    "no payload": {"id": "1", "type": "subscribe"},
    "payload is null": {"id": "1", "type": "subscribe", "payload": None},
    "payload is text": {"id": "1", "type": "subscribe", "payload": "{ hello }"},
    "no query": {"id": "1", "type": "subscribe", "payload": {}},
    "query is a number": {"id": "1", "type": "subscribe", "payload": {"query": 7}},
    "variables are a list": {"id": "1", "type": "subscribe", "payload": {"query": "{ hello }", "variables": []}},
    "operationName is a number": {
        "id": "1",
        "type": "subscribe",
        "payload": {"query": "{ hello }", "operationName": 7},
    },
    "extensions are text": {"id": "1", "type": "subscribe", "payload": {"query": "{ hello }", "extensions": "x"}},
    "complete without id": {"type": "complete"},
}


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_frame_closes_with_4400(address: str, message: object) -> None:
    async with opened(address) as socket:
        await send(socket, message)
        code, reason = await ending(socket)
        assert code == 4400
        assert reason


@pytest.mark.parametrize("message", ["nonsense", "[]", {"type": "connection_init", "payload": "x"}, b"{}"])
async def test_a_malformed_first_frame_closes_with_4400(address: str, message: object) -> None:
    async with dial(address) as socket:
        await send(socket, message)
        assert (await ending(socket))[0] == 4400


async def test_a_frame_that_is_too_large_closes_the_socket(address: str) -> None:
    async with opened(address) as socket:
        await send(socket, subscribe("{ hello }" + "#" * 10_000))
        assert (await ending(socket))[0] == 1009

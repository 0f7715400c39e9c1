"""Events of the real program over HTTP: who hears them, how many may listen, and until when."""

from collections.abc import Iterator

import httpx
import pytest

from tests.server import RunningServer, running_server
from tests.transport.listening import COMPLETE, EVENTS, PARTS, listening

WATCH = 'subscription { imageEvents(after: "unknown") { kind cursor } }'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("streams"), max_subscriptions_per_viewer="1") as server:
        yield server


def host(server: RunningServer) -> str:
    return server.url.removeprefix("http://")


@pytest.mark.full
@pytest.mark.parametrize("accept", [EVENTS, PARTS])
async def test_events_are_told_until_the_token_ends(server: RunningServer, accept: str) -> None:
    token = server.token("editor", "--subject", accept[:9], "--ttl", "12")
    async with listening(host(server), WATCH, accept, token) as listener:
        (kind, payload), *_, last = await listener.rest()
    assert (kind, payload["data"]["imageEvents"]["kind"], last) == ("next", "RESYNC", COMPLETE)


async def test_a_viewer_has_as_many_subscriptions_as_are_set(server: RunningServer) -> None:
    token = server.token()
    async with listening(host(server), WATCH, EVENTS, token) as listener:
        assert (await listener.answer())[0] == "next"
        headers = {"Authorization": f"Bearer {token}", "Accept": PARTS}
        async with httpx.AsyncClient(timeout=30) as client:
            refused = await client.post(f"{server.url}/graphql", json={"query": WATCH}, headers=headers)
        assert refused.status_code == 429
        async with listening(host(server), WATCH, EVENTS, server.token("editor", "--subject", "another")) as other:
            assert (await other.answer())[0] == "next"


async def test_nobody_listens_without_a_token(server: RunningServer) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        refused = await client.post(f"{server.url}/graphql", json={"query": WATCH}, headers={"Accept": EVENTS})
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

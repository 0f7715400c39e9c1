import httpx
import pytest

from tests.transport.doors import HOST, World, make_app

FOREIGN = {
    "other site": {"Sec-Fetch-Site": "cross-site"},
    "other name of our site": {"Sec-Fetch-Site": "same-site"},
    "old browser": {"Origin": "https://evil.test"},
    "sandboxed page": {"Origin": "null"},
}
OWN = {
    "no browser": {},
    "own page": {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{HOST}"},
    "typed address": {"Sec-Fetch-Site": "none"},
    "preflighted": {"Sec-Fetch-Site": "cross-site", "X-Requested-With": "x"},
    "preflighted for GraphQL": {"Sec-Fetch-Site": "cross-site", "GraphQL-Require-Preflight": "1"},
    "preflighted for Apollo": {"Sec-Fetch-Site": "cross-site", "Apollo-Require-Preflight": "1"},
    "token": {"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer viewer"},
    "listed page": {"Sec-Fetch-Site": "cross-site", "Origin": "https://friend.test"},
}


@pytest.mark.parametrize(
    ("headers", "status"), [*((h, 403) for h in FOREIGN.values()), *((h, 200) for h in OWN.values())],
    ids=[*FOREIGN, *OWN],
)  # fmt: skip
async def test_a_foreign_page_cannot_make_a_browser_ask(world: World, headers: dict[str, str], status: int) -> None:
    app = make_app(None, world, origins=("https://friend.test",))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        response = await client.get("/graphql", params={"query": "{ hello }"}, headers=headers)
    assert response.status_code == status
    assert status == 200 or response.json()["errors"][0]["extensions"]["code"] == "PREFLIGHT_REQUIRED"

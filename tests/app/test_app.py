"""The product put together: its routes and guards, and who finds a developer's token in the page."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from imaging.render.codecs import writable
from tests.server import RunningServer, running_server

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
KEYS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("page"), allowed_hosts="127.0.0.1,localhost,pictures.test") as server:
        yield server


def open_page(server: RunningServer, **headers: str) -> httpx.Response:
    response = httpx.get(f"http://127.0.0.1:{server.port}/graphql", headers={**BROWSER, **headers})
    assert response.status_code == 200, "the page is not built: make web"
    return response


def token_in(response: httpx.Response) -> str | None:
    found = re.search(r'data-settings="([^"]*)"', response.text)
    assert found is not None
    return json.loads(html.unescape(found[1]))["token"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_developer_finds_an_editors_token_that_is_not_kept(server: RunningServer, host: str) -> None:
    response = open_page(server, Host=f"{host}:{server.port}")
    assert response.headers["cache-control"] == "no-store"
    asked = {"query": "{ viewer { role mayUpload } }"}
    headers = {"Authorization": f"Bearer {token_in(response)}"}
    answer = httpx.post(f"{server.url}/graphql", json=asked, headers=headers)
    assert answer.json() == {"data": {"viewer": {"role": "EDITOR", "mayUpload": True}}}


@pytest.mark.parametrize(
    "headers",
    [{"Host": "pictures.test"}, {"X-Forwarded-For": "203.0.113.7"}, {"Forwarded": "for=203.0.113.7"}, {"Via": "1.1 x"}],
)
def test_who_comes_by_another_name_or_past_a_proxy_finds_none(server: RunningServer, headers: dict[str, str]) -> None:
    assert token_in(open_page(server, **headers)) is None


def test_a_server_that_listens_to_the_network_gives_none(tmp_path: Path) -> None:
    with running_server(tmp_path, host="0.0.0.0") as server:
        assert token_in(open_page(server)) is None


def test_a_server_with_another_issuer_gives_none(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KEYS))
    settings = {"auth_jwks_file": str(keys), "auth_issuer": "https://issuer.test", "auth_audience": "imaging"}
    with running_server(tmp_path, **settings) as server:
        assert token_in(open_page(server)) is None


def test_the_root_leads_to_the_page_and_unknown_addresses_to_a_problem(server: RunningServer) -> None:
    root = httpx.get(f"{server.url}/")
    assert (root.status_code, root.headers["location"]) == (307, "/graphql")
    unknown = httpx.get(f"{server.url}/nowhere")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    assert unknown.json()["code"] == "NOT_FOUND"


def test_the_guards_stand_before_the_product(server: RunningServer) -> None:
    refused = httpx.get(f"{server.url}/graphql", headers={"Host": "evil.test"})
    assert (refused.status_code, refused.json()["code"]) == (400, "HOST_NOT_ALLOWED")
    answered = httpx.get(f"{server.url}/livez")
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answered.headers


def test_the_server_is_ready_with_everything_it_needs(server: RunningServer) -> None:
    response = httpx.get(f"{server.url}/readyz")
    assert response.status_code == 200
    assert all(check["ok"] for check in response.json()["checks"].values())


@pytest.mark.parametrize("payload", [None, {"Authorization": "Bearer nonsense"}])
def test_strangers_cannot_subscribe(server: RunningServer, payload: dict[str, str] | None) -> None:
    address = f"{server.url.replace('http', 'ws')}/graphql"
    with connect(address, subprotocols=["graphql-transport-ws"]) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
        assert socket.close_code == 4401


def test_a_server_tells_the_formats_that_its_decoders_write(server: RunningServer) -> None:
    token = token_in(open_page(server, Host=f"127.0.0.1:{server.port}"))
    asked = {"query": "{ server { formatsOut } }"}
    answer = httpx.post(f"{server.url}/graphql", json=asked, headers={"Authorization": f"Bearer {token}"})
    assert set(answer.json()["data"]["server"]["formatsOut"]) == {format.name for format in writable()}

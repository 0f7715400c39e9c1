from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from imaging.http.guard import host_of, is_local, middleware

HOSTS = ("pictures.test", "*.cdn.test", "127.0.0.1", "[::1]")


async def say(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def picture(_request: Request) -> Response:
    headers = {"Content-Security-Policy": "sandbox", "Cross-Origin-Resource-Policy": "cross-origin"}
    return PlainTextResponse("ok", headers=headers)


def app(*, https: bool = False, origins: tuple[str, ...] = ()) -> Starlette:
    routes = [Route("/", say, methods=["GET", "POST"]), Route("/livez", say), Route("/r/1", picture)]
    return Starlette(routes=routes, middleware=middleware(hosts=HOSTS, cors_origins=origins, https=https))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app(origins=("https://friend.test",)))
    async with httpx.AsyncClient(transport=transport, base_url="http://pictures.test") as client:
        yield client


@pytest.mark.parametrize("host", ["pictures.test", "PICTURES.test:8000", "a.cdn.test", "127.0.0.1:80", "[::1]:8000"])
async def test_our_hosts_are_answered(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.test", "pictures.test.evil.test", "cdn.test", "evilcdn.test", "", "127.0.0.2"])
async def test_other_hosts_are_refused(client: httpx.AsyncClient, host: str) -> None:
    response = await client.get("/", headers={"Host": host})
    assert (response.status_code, response.json()["code"]) == (400, "HOST_NOT_ALLOWED")
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_two_host_headers_are_none(client: httpx.AsyncClient) -> None:
    twice = [("Host", "pictures.test"), ("Host", "evil.test")]
    assert (await client.get("/", headers=twice)).status_code == 400


async def test_probes_come_by_any_name(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez", headers={"Host": "10.0.0.7:8000"})).status_code == 200


async def test_a_websocket_for_another_host_is_refused() -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/graphql", "headers": [(b"host", b"evil.test")], "query_string": b""}
    await app()({**scope, "subprotocols": []}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_every_answer_keeps_browsers_careful(client: httpx.AsyncClient) -> None:
    for path in ("/", "/nowhere"):
        headers = (await client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "strict-transport-security" not in headers


async def test_an_answers_own_headers_win(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/r/1")).headers
    assert headers["content-security-policy"] == "sandbox"
    assert headers["cross-origin-resource-policy"] == "cross-origin"


async def test_browsers_stay_with_tls_once_they_came_by_it() -> None:
    transport = httpx.ASGITransport(app(https=True))
    async with httpx.AsyncClient(transport=transport, base_url="https://pictures.test") as client:
        assert "max-age" in (await client.get("/")).headers["strict-transport-security"]


@pytest.mark.parametrize(("origin", "allowed"), [("https://friend.test", True), ("https://evil.test", False)])
async def test_only_listed_pages_may_read_us(client: httpx.AsyncClient, origin: str, allowed: bool) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, graphql-require-preflight",
    }
    preflight = await client.options("/", headers=asked)
    assert (preflight.status_code == 200) is allowed
    response = await client.get("/", headers={"Origin": origin})
    assert (response.headers.get("access-control-allow-origin") == origin) is allowed
    assert "access-control-allow-credentials" not in response.headers


def scope(client: str | None, **headers: str) -> dict[str, object]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": client and (client, 1234), "headers": raw}


@pytest.mark.parametrize(
    ("asked", "local"),
    [
        (scope("127.0.0.1", host="localhost:8000"), True),
        (scope("127.0.0.1", host="127.0.0.1"), True),
        (scope("::1", host="[::1]:8000"), True),
        (scope("127.0.0.1", host="pictures.test"), False),
        (scope("127.0.0.1", host="localhost.evil.test"), False),
        (scope("192.168.1.7", host="localhost"), False),
        (scope(None, host="localhost"), False),
        (scope("127.0.0.1"), False),
        (scope("127.0.0.1", host="localhost", x_forwarded_for="1.2.3.4"), False),
        (scope("127.0.0.1", host="localhost", forwarded="for=1.2.3.4"), False),
        (scope("127.0.0.1", host="localhost", via="1.1 proxy"), False),
    ],
)
def test_only_this_machine_past_no_proxy_is_local(asked: dict[str, object], local: bool) -> None:
    assert is_local(asked) is local


@pytest.mark.parametrize(
    ("header", "host"), [("A.test:80", "a.test"), ("a.test", "a.test"), ("[::1]", "[::1]"), ("[::1]:80", "[::1]")]
)
def test_the_host_is_read_without_its_port(header: str, host: str) -> None:
    assert host_of(scope(None, host=header)) == host

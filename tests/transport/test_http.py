import json
from collections.abc import AsyncIterator

import httpx
import pytest

from imaging.graphql.transport.accept import GRAPHQL, JSON
from imaging.graphql.transport.limits import DocumentLimits, HttpLimits
from tests.transport.doors import HOST, World, make_app

WANTS_GRAPHQL = {"Accept": GRAPHQL}
WANTS_JSON = {"Accept": JSON}


def code(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    return error["extensions"]["code"]


async def post_raw(client: httpx.AsyncClient, body: bytes | str, **headers: str) -> httpx.Response:
    return await client.post("/graphql", content=body, headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_a_query_is_answered_in_the_form_that_was_asked_for(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.json() == {"data": {"hello": "hello world"}}


async def test_answers_are_nobody_elses_to_keep(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"})
    assert response.headers["cache-control"] == "no-store"
    assert "Accept" in response.headers["vary"]


async def test_a_client_that_takes_neither_form_is_told_so(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"Accept": "text/html"})
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


async def test_variables_and_operation_names_are_used(client: httpx.AsyncClient) -> None:
    asked = {
        "query": "query A { hello } query B($name: String!) { hello(name: $name) }",
        "operationName": "B",
        "variables": {"name": "Ünïcode 🏃"},
    }
    assert (await client.post("/graphql", json=asked)).json() == {"data": {"hello": "hello Ünïcode 🏃"}}


FAULTY = {
    "syntax": ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    "validation": ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    "variables": ({"query": "query($c: Colour!) { paint(colour: $c) }"}, "GRAPHQL_VALIDATION_FAILED"),
    "name": ({"query": "query A { hello }", "operationName": "B"}, "UNKNOWN_OPERATION"),
    "no name": ({"query": "query A { hello } query B { hello }"}, "UNKNOWN_OPERATION"),
    "no operation": ({"query": "fragment A on Query { hello }"}, "GRAPHQL_VALIDATION_FAILED"),
}


@pytest.mark.parametrize(("asked", "expected"), FAULTY.values(), ids=FAULTY.keys())
async def test_an_operation_that_cannot_run_is_400_without_data_for_clients_of_graphqls_own_form(
    client: httpx.AsyncClient, asked: dict[str, str], expected: str
) -> None:
    response = await client.post("/graphql", json=asked, headers=WANTS_GRAPHQL)
    assert (response.status_code, code(response)) == (400, expected)
    assert "data" not in response.json()


@pytest.mark.parametrize(("asked", "expected"), FAULTY.values(), ids=FAULTY.keys())
async def test_an_operation_that_cannot_run_is_200_for_clients_of_plain_json(
    client: httpx.AsyncClient, asked: dict[str, str], expected: str
) -> None:
    response = await client.post("/graphql", json=asked, headers=WANTS_JSON)
    assert (response.status_code, code(response)) == (200, expected)


async def test_a_failing_field_is_an_answer_not_a_faulty_request(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ broken }"}, headers=WANTS_GRAPHQL)
    assert response.status_code == 200
    assert response.json()["data"] is None
    assert response.json()["errors"][0]["path"] == ["broken"]


async def test_half_a_character_from_a_resolver_does_not_break_the_answer(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ half }"})
    assert response.json() == {"data": {"half": "?"}}


MALFORMED = {
    "empty": b"",
    "null": b"null",
    "number": b"7",
    "string": b'"{ hello }"',
    "batch": b'[{"query": "{ hello }"}]',
    "empty batch": b"[]",
    "not JSON": b'{ "query',
    "bad UTF-8": b'{"query": "\xff"}',
    "UTF-16": '{"query": "{ hello }"}'.encode("utf-16"),
    "abyss of arrays": b"[" * 100_000,
    "abyss of objects": b'{"a":' * 100_000,
    "deep variables": b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}",
    "not a number": b'{"query": "{ hello }", "variables": {"a": NaN}}',
    "infinity": b'{"query": "{ hello }", "variables": {"a": 1e999}}',
    "endless digits": b'{"query": "{ hello }", "variables": {"a": ' + b"9" * 10_000 + b"}}",
    "half a character": b'{"query": "{ hello }", "variables": {"a": "\\ud800"}}',
    "no query": b'{"notquery": "{ hello }"}',
    **{f"query is {value}": b'{"query": %s}' % value.encode() for value in ('{"a": 1}', "0", "false", '["a"]', "null")},
    **{
        f"{name} is {value}": b'{"query": "{ hello }", "%s": %s}' % (name.encode(), value.encode())
        for name in ("variables", "extensions", "operationName")
        for value in ("0", "false", '["a"]', '"a"' if name != "operationName" else "{}")
    },
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_a_malformed_body_is_400_in_the_protocols_own_words(
    client: httpx.AsyncClient, body: bytes, accept: str
) -> None:
    response = await post_raw(client, body, Accept=accept)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert response.headers["content-type"].startswith(accept)


async def test_null_parameters_are_absent_ones(client: httpx.AsyncClient) -> None:
    asked = {"query": "{ hello }", "variables": None, "operationName": None, "extensions": None}
    assert (await client.post("/graphql", json=asked)).json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/graphql", "application/json; charset=utf-16", ""],
)
async def test_other_content_types_are_415(client: httpx.AsyncClient, content_type: str) -> None:
    response = await post_raw(client, '{"query": "{ hello }"}', **{"Content-Type": content_type})
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_compressed_bodies_are_415(client: httpx.AsyncClient) -> None:
    response = await post_raw(client, b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_that_is_announced_too_large_is_not_read(client: httpx.AsyncClient) -> None:
    response = await post_raw(client, b" " * (1024 * 1024 + 1))
    assert (response.status_code, code(response)) == (413, "PAYLOAD_TOO_LARGE")
    assert response.headers["connection"] == "close"


async def test_a_body_that_grows_too_large_is_read_no_further(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    response = await client.post("/graphql", content=endless(), headers={"Content-Type": "application/json"})
    assert (response.status_code, code(response)) == (413, "PAYLOAD_TOO_LARGE")
    assert sent <= 2 * 1024 * 1024


async def test_a_document_with_too_many_tokens_is_refused(world: World) -> None:
    transport = httpx.ASGITransport(make_app(None, world, documents=DocumentLimits(tokens=5)))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        response = await client.post("/graphql", json={"query": "{ hello hello hello hello }"}, headers=WANTS_GRAPHQL)
    assert (response.status_code, code(response)) == (400, "GRAPHQL_PARSE_FAILED")


async def test_suggestions_are_kept_from_strangers_in_variables_too(world: World) -> None:
    asked = {"query": "query($c: Colour!) { paint(colour: $c) }", "variables": {"c": "REDD"}}
    messages = {}
    for suggestions in (True, False):
        app = make_app(None, world, documents=DocumentLimits(suggestions=suggestions))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
            messages[suggestions] = (await client.post("/graphql", json=asked)).json()["errors"][0]["message"]
    assert "Did you mean" in messages[True]
    assert "RED'" not in messages[False]


async def get(client: httpx.AsyncClient, headers: dict[str, str] | None = None, **parameters: str) -> httpx.Response:
    return await client.get("/graphql", params=parameters, headers=headers or {})


async def test_a_query_may_come_by_get(client: httpx.AsyncClient) -> None:
    query = "query A($name: String!) { hello(name: $name) }"
    response = await get(
        client, query=query, variables='{"name": "there"}', operationName="A", extensions="{}", other=""
    )
    assert response.json() == {"data": {"hello": "hello there"}}


async def test_a_mutation_by_get_is_not_run(client: httpx.AsyncClient, world: World) -> None:
    response = await get(client, WANTS_GRAPHQL, query="mutation { change }")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert world.steps == []


@pytest.mark.parametrize("how", ["GET", "POST"])
async def test_a_subscription_by_plain_http_is_refused(client: httpx.AsyncClient, how: str) -> None:
    asked = {"query": "subscription { count }"}
    response = await (get(client, **asked) if how == "GET" else client.post("/graphql", json=asked))
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query=%FF",
        "query=%7Bhello%7D&query=%7Bhello%7D",
        "query=%7Bhello%7D&variables=7",
        "query=%7Bhello%7D&variables=nonsense",
        "query=%7Bhello%7D&extensions=[]",
        "&".join(f"p{i}=1" for i in range(30)),
    ],
)
async def test_a_malformed_query_string_is_400(client: httpx.AsyncClient, query_string: str) -> None:
    response = await client.get(f"/graphql?{query_string}", headers=WANTS_GRAPHQL)
    assert response.status_code == 400


async def test_other_methods_are_told_which_are_allowed(client: httpx.AsyncClient) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        response = await client.request(method, "/graphql")
        assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize(("token", "role"), [(None, "nobody"), ("editor", "editor")])
async def test_the_viewer_is_whom_the_token_names(client: httpx.AsyncClient, token: str | None, role: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = await client.post("/graphql", json={"query": "{ role }"}, headers=headers)
    assert response.json() == {"data": {"role": role}}


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Bearer", "Bearer  ", "Basic abc", ""])
async def test_a_token_that_is_not_accepted_is_401(client: httpx.AsyncClient, authorization: str) -> None:
    for accept in (GRAPHQL, JSON):
        headers = {"Authorization": authorization, "Accept": accept}
        response = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
        assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
        assert response.headers["www-authenticate"].startswith("Bearer")


async def test_the_token_is_checked_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    response = await post_raw(client, b"nonsense", Authorization="Bearer wrong")
    assert response.status_code == 401


async def test_a_full_house_says_when_to_come_again(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"Authorization": "Bearer busy"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "7")


async def test_a_client_that_hangs_up_in_its_body_gets_nothing(world: World) -> None:
    sent: list[dict[str, object]] = []
    messages = iter([{"type": "http.request", "body": b'{"query"', "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"host", HOST.encode())]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await make_app(None, world)({**scope, "http_version": "1.1", "scheme": "http"}, receive, send)
    assert sent == []


async def test_a_query_string_has_a_limit(world: World) -> None:
    transport = httpx.ASGITransport(make_app(None, world, http=HttpLimits(body_bytes=1_000)))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        response = await get(client, query="{ hello }" + "#" * 1_000)
    assert (response.status_code, code(response)) == (414, "URI_TOO_LONG")


async def test_answers_are_strict_json(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ a: hello b: inner { hello } }"})
    assert json.loads(response.content) == {"data": {"a": "hello world", "b": {"hello": "hello world"}}}

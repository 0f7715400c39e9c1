import httpx
import pytest


@pytest.mark.parametrize(
    ("query", "variables", "end"),
    [
        ("query($n: String!) { hello(name: $n) }", {"n": True}, "a non string value: true"),
        ("query($n: String!) { hello(name: $n) }", {"n": None}, "not to be null."),
        ("query($n: [String!]) { __typename @skip(if: false) hello(name: $n) }", {}, "expecting type 'String!'."),
        ("{ hello(name: null) }", {}, "not to be null."),
        ("subscription { count(to: " + "9" * 5_000 + ") }", {}, "'Int'; found: " + "9" * 5_000 + "."),
    ],
)
async def test_errors_speak_json_and_not_python(
    client: httpx.AsyncClient, query: str, variables: dict[str, object], end: str
) -> None:
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert answer["errors"][0]["message"].endswith(end), answer
    assert not any(word in str(answer) for word in ("None", "sys.", "conversion"))


async def test_a_file_in_the_wrong_place_is_called_a_file(client: httpx.AsyncClient) -> None:
    operations = '{"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": null}}'
    parts = {"operations": (None, operations), "map": (None, '{"0": ["variables.n"]}'), "0": ("a.png", b"bytes")}
    answer = await client.post("/graphql", files=parts, headers={"GraphQL-Require-Preflight": "1"})
    assert answer.json()["errors"][0]["message"].endswith("String cannot represent a non string value: a file")

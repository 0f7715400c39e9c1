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

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from imaging.graphql.transport.limits import MIB, HttpLimits
from imaging.images.spool import Spool
from tests.transport.doors import HOST, World, make_app

ONE = "mutation($file: Upload) { upload(file: $file) }"
MANY = "mutation($files: [Upload!]) { upload(files: $files) }"
INNER = "mutation($more: FileInput) { upload(more: $more) }"
ASKED = {"GraphQL-Require-Preflight": "1"}
BOUNDARY = "limit"
LIMIT_BYTES = 50_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "tmp"
    path.mkdir()
    return path


@pytest.fixture
async def client(world: World, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    limits = HttpLimits(body_bytes=10_000, files=3, file_bytes=LIMIT_BYTES)
    app = make_app(Spool(folder, LIMIT_BYTES), world, http=limits)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        yield client


def part(name: str, content: bytes | str, filename: str | None = None) -> bytes:
    tail = "" if filename is None else f'; filename="{filename}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{tail}\r\n\r\n'
    return head.encode() + (content.encode() if isinstance(content, str) else content) + b"\r\n"


def operations(query: str = ONE, **variables: object) -> bytes:
    return part("operations", json.dumps({"query": query, "variables": variables or {"file": None}}))


def mapped(**paths: object) -> bytes:
    return part("map", json.dumps(paths))


def left(folder: Path) -> list[Path]:
    """Return what still lies in the spool."""
    return list(folder.rglob("*"))


END = f"--{BOUNDARY}--\r\n".encode()
HEAD = operations() + mapped(a=["variables.file"])


async def send(client: httpx.AsyncClient, body: object, **headers: str) -> httpx.Response:
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    return await client.post("/graphql", content=body, headers={**ASKED, "Content-Type": content_type, **headers})


def uploaded(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return response.json()["data"]["upload"]


async def test_a_single_file_takes_its_place(client: httpx.AsyncClient) -> None:
    response = await send(client, HEAD + part("a", b"abc", "a.jpg") + END)
    assert uploaded(response) == ["a.jpg:3:None"]


async def test_files_take_their_places_in_a_list(client: httpx.AsyncClient) -> None:
    head = operations(MANY, files=[None, None]) + mapped(x=["variables.files.1"], y=["variables.files.0"])
    response = await send(client, head + part("x", b"abc", "second.jpg") + part("y", b"abcd", "first.jpg") + END)
    assert uploaded(response) == ["first.jpg:4:None", "second.jpg:3:None"]


async def test_a_file_takes_its_place_inside_an_input(client: httpx.AsyncClient) -> None:
    head = operations(INNER, more={"file": None}) + mapped(x=["variables.more.file"])
    assert uploaded(await send(client, head + part("x", b"abc", "in.jpg") + END)) == ["in.jpg:3:None"]


async def test_httpx_and_curl_say_the_same(client: httpx.AsyncClient) -> None:
    fields = {"operations": json.dumps({"query": ONE, "variables": {"file": None}}), "map": '{"0": ["variables.file"]}'}
    response = await client.post("/graphql", data=fields, files={"0": ("a.png", b"abc", "image/png")}, headers=ASKED)
    assert uploaded(response) == ["a.png:3:None"]


async def test_a_body_in_crumbs_is_read_like_one_in_a_piece(client: httpx.AsyncClient, world: World) -> None:
    content = b"\r\n--limi" * 500 + bytes(range(256))
    body = HEAD + part("a", content, "a.jpg") + END

    async def crumbs() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 7):
            yield body[start : start + 7]

    assert uploaded(await send(client, crumbs())) == [f"a.jpg:{len(content)}:None"]


async def test_a_file_that_is_too_large_is_rejected_and_its_neighbours_are_not(client: httpx.AsyncClient) -> None:
    head = operations(MANY, files=[None] * 3)
    head += mapped(x=["variables.files.0"], y=["variables.files.1"], z=["variables.files.2"])
    body = head + part("x", b"abc", "x") + part("y", b"y" * (LIMIT_BYTES + 1), "y") + part("z", b"abcd", "z") + END
    small, large, last = uploaded(await send(client, body))
    assert (small, last) == ("x:3:None", "z:4:None")
    assert large.endswith(":TOO_MANY_BYTES")


async def test_nothing_remains_of_files_that_nobody_took(client: httpx.AsyncClient, folder: Path, world: World) -> None:
    assert uploaded(await send(client, HEAD + part("a", b"abc", "a.jpg") + END))
    assert len(world.files) == 1
    assert left(folder) == []


async def test_hostile_filenames_are_cleaned(client: httpx.AsyncClient) -> None:
    (found,) = uploaded(await send(client, HEAD + part("a", b"abc", "../../etc/passwd") + END))
    assert "/" not in found


async def test_what_browsers_escape_in_filenames_is_unescaped(client: httpx.AsyncClient) -> None:
    (found,) = uploaded(await send(client, HEAD + part("a", b"abc", "a %22good%22 day.jpg") + END))
    assert found.startswith('a "good" day.jpg:')


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "only the end": END,
    "nonsense": b"nonsense",
    "no map": operations() + END,
    "no files": HEAD + END,
    "map before operations": mapped(a=["variables.file"]) + operations() + part("a", b"abc", "a") + END,
    "file before map": operations() + part("a", b"abc", "a") + mapped(a=["variables.file"]) + END,
    "file before all": part("a", b"abc", "a") + HEAD + END,
    "no end": HEAD + part("a", b"abc", "a"),
    "ends in a file": (HEAD + part("a", b"abc", "a"))[:-4],
    "ends in a header": HEAD + b"--limit\r\nContent-Dispo",
    "unknown part": HEAD + part("a", b"abc", "a") + part("b", b"abc", "b") + END,
    "part twice": HEAD + part("a", b"abc", "a") + part("a", b"abc", "a") + END,
    "operations twice": HEAD + operations() + END,
    "part without name": HEAD + b"--limit\r\nContent-Disposition: form-data\r\n\r\nabc\r\n" + END,
    "part without headers": HEAD + b"--limit\r\n\r\nabc\r\n" + END,
    "too many headers": HEAD + b"--limit\r\n" + b"A: b\r\n" * 100 + b"\r\nabc\r\n" + END,
    "header too long": HEAD + b"--limit\r\nA: " + b"b" * 20_000 + b"\r\n\r\nabc\r\n" + END,
    "operations are a batch": part("operations", '[{"query": "{ hello }"}]') + mapped() + END,
    "operations are null": part("operations", "null") + mapped() + END,
    "operations are no JSON": part("operations", "{") + mapped() + END,
    "operations are bad UTF-8": part("operations", b'{"query": "\xff"}') + mapped() + END,
    "operations are an abyss": part("operations", "[" * 5_000) + mapped() + END,
    "operations have no variables": part("operations", '{"query": "{ hello }"}') + mapped(a=["variables.file"]) + END,
    **{
        f"map is {value}": operations() + part("map", value) + part("a", b"abc", "a") + END
        for value in ("", "null", "[]", "7", '"a"', '{"a": "variables.file"}', '{"a": [7]}', '{"a": null}', '{"a": []}')
    },
    "one file at two places": operations(MANY, files=[None, None])
    + mapped(a=["variables.files.0", "variables.files.1"])
    + part("a", b"abc", "a")
    + END,
    "two files at one place": operations()
    + mapped(a=["variables.file"], b=["variables.file"])
    + part("a", b"abc", "a")
    + part("b", b"abc", "b")
    + END,
    "too many files": operations(MANY, files=[None] * 4)
    + mapped(**{f"f{i}": [f"variables.files.{i}"] for i in range(4)})
    + END,
    **{
        f"path {path!r}": operations(MANY, files=[None], name="x", deep={"a": {}})
        + mapped(a=[path])
        + part("a", b"abc", "a")
        + END
        for path in (
            "", "variables", "variables.", "file", "query", "operations.variables.files.0", "variables.nothing",
            "variables.files", "variables.files.1", "variables.files.-1", "variables.files.00", "variables.files.²",
            "variables.files.0.more", "variables.name", "variables.name.0", "variables.deep.a", "variables.deep.a.b",
            "variables.__class__", "variables.files.999999999999999999999",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_body_is_400_and_leaves_nothing(
    client: httpx.AsyncClient, folder: Path, world: World, body: bytes
) -> None:
    response = await send(client, body)
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert world.files == []
    assert left(folder) == []


@pytest.mark.parametrize("content_type", ["multipart/form-data", f"multipart/form-data; boundary={'x' * 500}"])
async def test_a_boundary_is_needed(client: httpx.AsyncClient, content_type: str) -> None:
    response = await send(client, HEAD + END, **{"Content-Type": content_type})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_the_order_of_parts_is_explained(client: httpx.AsyncClient) -> None:
    response = await send(client, part("0", b"abc", "a.jpg") + HEAD + END)
    assert response.json()["errors"][0]["message"] == "The part `operations` must come before '0'."


async def test_operations_that_are_too_large_are_413(client: httpx.AsyncClient) -> None:
    response = await send(client, part("operations", b" " * 20_000) + END)
    assert response.status_code == 413


@pytest.mark.parametrize("name", ["GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Requested-With"])
async def test_a_header_that_browsers_ask_about_first_is_needed(client: httpx.AsyncClient, name: str) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    body = HEAD + part("a", b"abc", "a.jpg") + END
    assert (await client.post("/graphql", content=body, headers={**headers, name: "1"})).status_code == 200
    refused = await client.post("/graphql", content=body, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "PREFLIGHT_REQUIRED")
    assert name in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize(("headers", "status"), [({"Authorization": "Bearer wrong"}, 401), (None, 403)])
async def test_who_may_not_come_in_is_told_before_the_first_byte_is_read(
    client: httpx.AsyncClient, headers: dict[str, str] | None, status: int
) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield HEAD

    content_type = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    sent = {**content_type, **ASKED, **headers} if headers else content_type
    assert (await client.post("/graphql", content=body(), headers=sent)).status_code == status
    assert read == 0


async def test_a_request_has_a_limit_over_all_its_files(client: httpx.AsyncClient, folder: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield HEAD + part("a", b"", "a")[:-2]
        while True:
            yield b"x" * 50_000

    response = await send(client, endless())
    assert response.status_code == 413
    assert left(folder) == []


async def test_nothing_remains_when_the_client_hangs_up(folder: Path, world: World) -> None:
    seen: list[int] = []

    async def receive() -> dict[str, Any]:
        if not seen:
            seen.append(0)
            started = HEAD + part("a", b"x" * 2 * MIB, "a.jpg")[:-2]
            return {"type": "http.request", "body": started, "more_body": True}
        seen.append(len(left(folder)))
        return {"type": "http.disconnect"}

    async def send_nothing(message: dict[str, Any]) -> None:
        raise AssertionError(message)

    headers = [
        (b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode()),
        (b"x-requested-with", b"test"),
        (b"host", HOST.encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    app = make_app(Spool(folder, 5 * MIB), world)
    await app({**scope, "http_version": "1.1", "scheme": "http"}, receive, send_nothing)
    assert seen == [0, 1]
    assert left(folder) == []
    assert world.files == []


async def test_a_subscription_with_files_is_refused_and_leaves_nothing(client: httpx.AsyncClient, folder: Path) -> None:
    body = operations("subscription { count }", file=None) + mapped(a=["variables.file"]) + part("a", b"abc", "a") + END
    assert (await send(client, body)).status_code == 400
    assert left(folder) == []


async def test_a_file_where_none_belongs_is_called_a_file(client: httpx.AsyncClient) -> None:
    head = operations("query($name: String!) { hello(name: $name) }", name=None) + mapped(x=["variables.name"])
    (error,) = (await send(client, head + part("x", b"abc", "x.jpg") + END)).json()["errors"]
    assert error["message"].endswith("String cannot represent a non string value: a file")

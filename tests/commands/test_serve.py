import json
import signal
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from graphql import get_introspection_query
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests import pictures
from tests.server import RunningServer, environment, imaging, running_server, start

UPLOAD = (
    "mutation($files: [UploadFile!]!) { uploadImages(input: {files: $files}) { results { outcome image { id url } } } }"
)


@contextmanager
def subscriber(server: RunningServer, token: str) -> Iterator[ClientConnection]:
    address = f"{server.url.replace('http', 'ws', 1)}/graphql"
    with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:
        connection.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        assert json.loads(connection.recv(5))["type"] == "connection_ack"
        query = "subscription { imageEvents { cursor } }"
        connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        yield connection


def upload(server: RunningServer, content: bytes, name: str) -> dict[str, str]:
    operations = {"query": UPLOAD, "variables": {"files": [{"file": None, "visibility": "PUBLIC"}]}}
    answer = httpx.post(
        f"{server.url}/graphql",
        data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.files.0.file"]})},
        files={"0": (name, content)},
        headers=server.headers() | {"GraphQL-Require-Preflight": "1"},
        timeout=30,
    ).json()
    result = answer["data"]["uploadImages"]["results"][0]
    assert result["outcome"] == "CREATED"
    image: dict[str, str] = result["image"]
    return image


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_it_says_where_it_is_and_how_to_get_a_token(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        text = server.log.read_text()
        assert f"GraphiQL   {server.url}/graphql" in text
        assert "token --role admin" in text
        assert httpx.get(f"{server.url}/livez").status_code == 200
        assert httpx.get(f"{server.url}/readyz").json()["status"] == "ready"


def test_it_is_ready_within_three_seconds(tmp_path: Path) -> None:
    with running_server(tmp_path):
        """The first start makes the database and the keys."""
    needed_s = []
    for _ in range(3):
        started = time.monotonic()
        with running_server(tmp_path):
            needed_s.append(time.monotonic() - started)
    assert min(needed_s) < 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_success(number: int, tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        started = time.monotonic()
        assert server.stop(number) == 0
        assert time.monotonic() - started < 5
        assert "Traceback" not in server.log.read_text()


def test_it_ends_in_time_with_subscribers_connected(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, ExitStack() as stack:
        token = server.token()
        subscribers = [stack.enter_context(subscriber(server, token)) for _ in range(20)]
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        for connection in subscribers:
            with pytest.raises(ConnectionClosed):
                connection.recv(5)
        assert server.process.wait(5) == 0
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("accept", ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"])
def test_it_ends_streams_at_once(tmp_path: Path, accept: str) -> None:
    asked = {"query": "subscription { imageEvents { cursor } }"}
    with running_server(tmp_path) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        headers = server.headers() | {"Accept": accept}
        with client.stream("POST", "/graphql", json=asked, headers=headers) as stream:
            chunks = stream.iter_raw()
            next(chunks)
            server.process.send_signal(signal.SIGTERM)
            started = time.monotonic()
            list(chunks)
            assert time.monotonic() - started < 2.5, "waited to be cut off after three seconds"
        assert server.process.wait(10) == 0
        assert "Traceback" not in server.log.read_text()


def still_connected(server: RunningServer, client: socket.socket) -> bool:
    found = psutil.Process(server.process.pid).net_connections(kind="tcp")
    return any(connection.raddr and connection.raddr.port == client.getsockname()[1] for connection in found)


@pytest.mark.full
def test_it_hangs_up_on_somebody_who_reads_nothing_for_a_minute(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, closing(socket.create_connection(("127.0.0.1", server.port))) as client:
        body = json.dumps({"query": get_introspection_query()}).encode()
        head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token()}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall((head.encode() + body) * 40)
        time.sleep(10)
        assert still_connected(server, client)
        deadline = time.monotonic() + 150
        while still_connected(server, client) and time.monotonic() < deadline:
            time.sleep(1)
        assert not still_connected(server, client)
        assert httpx.get(f"{server.url}/livez").status_code == 200


def test_it_ends_in_time_with_a_client_that_never_finishes_its_request(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, closing(socket.create_connection(("127.0.0.1", server.port))) as client:
        head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token()}\r\n"
        client.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode())
        time.sleep(0.3)
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 5


def test_what_was_uploaded_is_there_after_a_restart(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        image = upload(server, pictures.jpeg(64, 48), "a.jpg")
        first = httpx.get(image["url"])
        assert server.stop() == 0
    with running_server(tmp_path, public_url=server.url) as again:
        second = httpx.get(image["url"].replace(server.url, again.url))
        assert first.status_code == second.status_code == 200
        assert first.content == second.content


def test_it_starts_again_after_being_killed(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    with running_server(tmp_path) as again:
        assert httpx.get(f"{again.url}/readyz").status_code == 200


def test_nothing_is_written_outside_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
        (tmp_path / variable).mkdir()
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with running_server(tmp_path) as server:
        for name, content in (("a.jpg", pictures.jpeg(64, 48)), ("a.svg", pictures.svg(64, 48))):
            image = upload(server, content, name)
            assert httpx.get(image["url"], timeout=30).status_code == 200
        server.stop()
    assert {name for name in files_below(tmp_path) if not name.startswith("data/")} == {server.log.name}


def test_its_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        keys = server.data_dir / "keys"
        assert stat.S_IMODE(keys.stat().st_mode) == 0o700
        assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in keys.iterdir()} == {
            "issuer.pem": 0o600,
            "signing.key": 0o600,
        }


def test_neither_signatures_nor_tokens_reach_the_log(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        token = server.token()
        httpx.get(f"{server.url}/r/nothing?s=hidden&X-Amz-Signature=hidden&access_token={token}")
        answer = httpx.get(f"{server.url}/graphql", params={"query": "{ __typename }", "token": token})
        assert "server" not in answer.headers
        server.stop()
        text = server.log.read_text()
        assert "/r/nothing?s=[redacted]" in text
        assert "hidden" not in text
        assert token not in text


def test_a_taken_port_is_one_message(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        env = environment(tmp_path / "data", port=str(taken.getsockname()[1]))
        done = imaging("serve", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Cannot listen on 127.0.0.1 port")
    assert "Traceback" not in done.stderr


def test_production_refuses_to_start_on_development_s_habits(tmp_path: Path) -> None:
    done = imaging("serve", env=environment(tmp_path / "data", mode="production"), cwd=tmp_path)
    assert done.returncode == 1
    for name in ("PUBLIC_URL", "ALLOWED_HOSTS", "SIGNING_KEYS", "AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_JWKS_URL"):
        assert f"IMAGING_{name}" in done.stderr
    assert not (tmp_path / "data").exists()


def test_production_starts_with_everything_it_needs_and_keeps_no_key_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    server = start(
        tmp_path,
        mode="production",
        public_url="https://pictures.example.com",
        allowed_hosts="pictures.example.com,127.0.0.1",
        signing_keys=f"a:{'x' * 32}",
        auth_issuer="https://login.example.com/",
        auth_audience="pictures",
        auth_jwks_file=str(tmp_path / "jwks.json"),
    )
    assert httpx.get(f"{server.url}/livez").status_code == 200
    assert server.stop() == 0
    assert not (server.data_dir / "keys").exists()

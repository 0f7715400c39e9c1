import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server import running_server
from tests.vitals import watched_memory

MIB = 1024 * 1024
SIZE = 190 * MIB
BOUNDARY = "large"
UPLOAD = (
    "mutation ($file: Upload!) { uploadImages(input: {files: [{file: $file}]}) { results { userErrors { code } } } }"
)


def body() -> Iterator[bytes]:
    fields = {
        "operations": json.dumps({"query": UPLOAD, "variables": {"file": None}}),
        "map": '{"0": ["variables.file"]}',
    }
    for name, text in fields.items():
        yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
    yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="0"; filename="large.jpg"\r\n\r\n'.encode()
    for _ in range(SIZE // MIB):
        yield b"x" * MIB
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


@pytest.mark.full
def test_a_large_file_is_never_held_in_memory(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        headers = server.headers()
        headers |= {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "X-Requested-With": "test"}
        with watched_memory(server) as memory:
            answer = httpx.post(f"{server.url}/graphql", content=body(), headers=headers, timeout=60)
        (result,) = answer.json()["data"]["uploadImages"]["results"]
        assert [error["code"] for error in result["userErrors"]] == ["UNSUPPORTED_FORMAT"]
        assert memory.growth_bytes < 64 * MIB
        assert [path.name for path in (server.data_dir / "tmp").iterdir() if path.is_file()] == []

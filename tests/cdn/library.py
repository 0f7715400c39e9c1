"""A running server's pictures, as their owner sees them over GraphQL."""

import base64
import itertools
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.pictures import jpeg
from tests.server import RunningServer

UPLOAD = """mutation Upload($file: Upload!, $visibility: Visibility!) {
  uploadImages(input: { files: [{ file: $file, visibility: $visibility }] }) {
    results { outcome image { id } userErrors { code } }
  }
}"""


@dataclass
class Library:
    """What its owner does; every picture is another."""

    client: httpx.Client
    _ids: dict[uuid.UUID, str] = field(default_factory=dict)
    _seeds: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @contextmanager
    def of(cls, server: RunningServer) -> "Iterator[Library]":
        headers = server.headers("editor") | {"GraphQL-Require-Preflight": "1"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
            yield cls(client)

    def upload(self, *, visibility: str = "PUBLIC") -> uuid.UUID:
        operations = json.dumps({"query": UPLOAD, "variables": {"file": None, "visibility": visibility}})
        picture = jpeg(320, 240, seed=next(self._seeds))
        form = {"operations": (None, operations), "map": (None, '{"0": ["variables.file"]}')}
        answer = self.client.post("/graphql", files={**form, "0": ("duck.jpg", picture, "image/jpeg")}).json()
        [result] = answer["data"]["uploadImages"]["results"]
        assert result["outcome"] == "CREATED", result
        identity = _uuid(result["image"]["id"])
        self._ids[identity] = result["image"]["id"]
        return identity

    def url(self, identity: uuid.UUID, transform: str = "width: 64, format: JPEG") -> str:
        query = f"query Url($id: ID!) {{ image(id: $id) {{ url(transform: {{ {transform} }}) }} }}"
        told: str = self._ask(query, identity)["image"]["url"]
        return told

    def hide(self, identity: uuid.UUID) -> None:
        change = "updateImages(input: { updates: [{ id: $id, visibility: PRIVATE }] })"
        self._change("updateImages", change, identity)

    def trash(self, identity: uuid.UUID) -> None:
        self._change("trashImages", "trashImages(input: { ids: [$id] })", identity)

    def delete(self, identity: uuid.UUID) -> None:
        self._change("deleteImages", "deleteImages(input: { ids: [$id] })", identity)

    def _change(self, name: str, field: str, identity: uuid.UUID) -> None:
        query = f"mutation Change($id: ID!) {{ {field} {{ userErrors {{ message }} }} }}"
        assert self._ask(query, identity)[name]["userErrors"] == []

    def _ask(self, query: str, identity: uuid.UUID) -> dict[str, Any]:
        body = {"query": query, "variables": {"id": self._ids[identity]}}
        answer = self.client.post("/graphql", json=body).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data


def _uuid(identity: str) -> uuid.UUID:
    return uuid.UUID(base64.b64decode(identity).decode().rpartition(":")[2])

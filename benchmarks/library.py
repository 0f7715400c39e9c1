"""A running server with pictures in it, and the questions the benchmarks ask."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.server import RunningServer

UPLOAD = """mutation Upload($file: Upload!) {
  uploadImages(input: { files: [{ file: $file, visibility: PUBLIC, altText: "A photograph", tags: ["one", "two"] }] }) {
    results { outcome image { id } userErrors { message } }
  }
}"""

LIST = """query List {
  images(first: 20) { edges { cursor node {
    id version state filename title altText tags visibility format width height sizeBytes createdAt
    placeholder { dataUri dominantColor }
    srcset(transform: { width: 1200, height: 800 }) { srcset src width height }
  } } }
}"""


@dataclass(frozen=True)
class Library:
    """A server, a client of it with an editor's token."""

    server: RunningServer
    client: httpx.Client

    def upload(self, path: Path) -> str:
        """Upload a picture for everybody to see and return its id."""
        operations = json.dumps({"query": UPLOAD, "variables": {"file": None}})
        parts = {"operations": (None, operations), "map": (None, '{"0": ["variables.file"]}')}
        with path.open("rb") as file:
            answer = self.client.post("/graphql", files={**parts, "0": (path.name, file)}).json()
        result = answer["data"]["uploadImages"]["results"][0]
        if not result["image"]:
            raise RuntimeError(answer)
        identity: str = result["image"]["id"]
        return identity

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the data of a query; Any: it is JSON."""
        answer = self.client.post("/graphql", json={"query": query, "variables": variables}).json()
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    def url(self, identity: str, wish: dict[str, Any]) -> str:
        """Return the address of a rendition."""
        query = "query Url($id: ID!, $wish: TransformInput) { image(id: $id) { url(transform: $wish) } }"
        address: str = self.ask(query, {"id": identity, "wish": wish})["image"]["url"]
        return address


def visit(server: RunningServer) -> Library:
    """Return a library as an editor sees it."""
    headers = server.headers("editor") | {"GraphQL-Require-Preflight": "1"}
    return Library(server, httpx.Client(base_url=server.url, headers=headers, timeout=60))

"""Somebody who uploads odd files and asks for odd renditions, and notices whatever is no proper answer."""

import json
import random
import time
from typing import Any

import httpx

from tests.random_wishes import random_wish

SLOWEST_S = 45
ACCEPTS = ("image/avif,image/webp,*/*", "image/webp,*/*", "*/*")
UPLOAD = """mutation ($f: Upload!) { uploadImages(input: { files: [{ file: $f, visibility: PUBLIC }] }) {
  results { outcome image { id width height } userErrors { code message } } } }"""
ADDRESS = "query ($id: ID!, $t: TransformInput) { image(id: $id) { url(transform: $t) } }"


class Failed(Exception):
    """The server did not answer as it should, whatever it was sent."""


class Visitor:
    """One that asks over an open client, and judges the answers."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def upload(self, body: bytes, name: str) -> tuple[str, dict[str, Any]]:
        """Return what became of the file, and the image if there is one."""
        operations = json.dumps({"query": UPLOAD, "variables": {"f": None}})
        parts: dict[str, Any] = {"operations": (None, operations), "map": (None, '{"0": ["variables.f"]}')}
        answer = await self._send("POST", "/graphql", files=parts | {"0": (name, body)})
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return "503", {}
        [result] = _data(answer, "upload")["uploadImages"]["results"]
        if result["image"]:
            return result["outcome"], result["image"]
        codes = [error["code"] for error in result["userErrors"]]
        if not codes or "INTERNAL" in codes:
            raise Failed(f"upload: refused without a reason: {result}")
        return codes[0], {}

    async def draw(self, image: dict[str, Any], chance: random.Random) -> str:
        """Ask for a random rendition and return what became of it."""
        wish = random_wish(chance)
        body = {"query": ADDRESS, "variables": {"id": image["id"], "t": wish}}
        answer = await self._send("POST", "/graphql", json=body)
        told = answer.json()
        if told.get("errors"):
            code = told["errors"][0].get("extensions", {}).get("code", "")
            if answer.status_code >= 500 or code in ("", "INTERNAL", "INTERNAL_SERVER_ERROR"):
                raise Failed(f"address of {wish}: {told['errors']}")
            return code
        url = told["data"]["image"]["url"]
        served = await self._send("GET", url, headers={"Accept": chance.choice(ACCEPTS)})
        if served.status_code == httpx.codes.OK:
            if not (served.content and served.headers["content-type"].startswith("image/")):
                raise Failed(f"rendition {url}: no picture")
            return "200"
        is_told = served.headers.get("content-type", "").endswith("json")
        return f"{served.status_code} {served.json().get('code', '')}" if is_told else str(served.status_code)

    async def _send(self, method: str, url: str, **what: Any) -> httpx.Response:
        begun = time.monotonic()
        try:
            answer = await self._client.request(method, url, **what)
        except httpx.TransportError as error:
            raise Failed(f"{method} {url}: {error!r} after {time.monotonic() - begun:.0f} s") from error
        took_s = time.monotonic() - begun
        if took_s > SLOWEST_S:
            raise Failed(f"{method} {url}: answered after {took_s:.0f} s")
        is_busy = answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" in answer.headers
        if answer.status_code >= 500 and not is_busy:
            raise Failed(f"{method} {url}: {answer.status_code} {answer.text[:300]}")
        return answer


def _data(answer: httpx.Response, deed: str) -> dict[str, Any]:
    told = answer.json()
    if told.get("errors") or not told.get("data"):
        raise Failed(f"{deed}: {answer.status_code} {answer.text[:300]}")
    data: dict[str, Any] = told["data"]
    return data

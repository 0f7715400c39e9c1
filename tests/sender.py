"""Somebody who sends files whatever comes in between: asks, sends what is missing, completes, and begins again."""

import asyncio
import hashlib
import itertools
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

PATIENCE_S = 300.0
PIECE_BYTES = 256 * 1024

PREPARE = """mutation Prepare($file: StagedFile!) {
  prepareUploads(input: { files: [$file] }) {
    plans {
      ... on ExistingImage { image { id } }
      ... on SinglePut { upload { id } url headers { name value } }
      ... on MultipartPut { upload { id } parts { offsetBytes sizeBytes url headers { name value } } }
    }
    userErrors { code message }
  }
}"""
COMPLETE = """mutation Complete($id: ID!) {
  completeUploads(input: { ids: [$id] }) { uploads { state } userErrors { code message } }
}"""
LOOK = "query Look($id: ID!) { node(id: $id) { ... on ImageUpload { state failure { code message } } } }"

_Told = dict[str, Any]


class NotNow(Exception):
    """It did not work this time."""


@dataclass(frozen=True)
class File:
    """A file to be sent."""

    name: str
    content: bytes
    content_type: str

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Sender:
    """Sends files to the server at `url`; `setbacks` says what went wrong, `taken_in` what is being looked at now.

    The first time that it sends some bytes of a file, the connection is cut in the middle.
    """

    url: str
    http: httpx.AsyncClient
    headers: dict[str, str]
    done: set[str] = field(default_factory=set)
    taken_in: set[str] = field(default_factory=set)
    setbacks: list[str] = field(default_factory=list)
    _cut: set[str] = field(default_factory=set)

    async def send(self, file: File) -> None:
        """Send a file until it is an image."""
        deadline, id = time.monotonic() + PATIENCE_S, None
        while file.sha256 not in self.done:
            assert time.monotonic() < deadline, f"{file.name} did not arrive: {self.setbacks[-20:]}"
            try:
                id = await self.try_once(file, id)
            except (NotNow, httpx.TransportError) as setback:
                self.setbacks.append(f"{file.name}: {setback!r}")
                await asyncio.sleep(random.uniform(0.1, 0.5))

    async def try_once(self, file: File, id: str | None = None) -> str | None:
        """Go on with a file where it stands, to its end if all is well; returns the id of its upload, if it has one."""
        if id is None or (await self._look(id))["state"] == "PREPARED":
            plan = await self._prepare(file)
            if "image" in plan:
                self.done.add(file.sha256)
                return None
            id = plan["upload"]["id"]
            await self._put_all(file, plan)
            answer = (await self._ask(COMPLETE, id=id))["completeUploads"]
            _must_be_well(answer)
        await self._wait(file, id)
        return id

    async def begin(self, file: File) -> None:
        """Begin to send a file, and never come back."""
        try:
            await self._put_all(file, await self._prepare(file))
        except NotNow:
            return
        raise AssertionError("it was to be cut off")

    async def _prepare(self, file: File) -> _Told:
        told = {"filename": file.name, "sizeBytes": len(file.content), "sha256": file.sha256}
        asked = told | {"contentType": file.content_type}
        answer = (await self._ask(PREPARE, file=asked))["prepareUploads"]
        _must_be_well(answer)
        plan: _Told = answer["plans"][0]
        return plan

    async def _put_all(self, file: File, plan: _Told) -> None:
        whole = {"offsetBytes": 0, "sizeBytes": len(file.content)}
        for number, part in enumerate(plan.get("parts", [plan | whole])):
            headers = {header["name"]: header["value"] for header in part["headers"]}
            headers["Content-Length"] = str(part["sizeBytes"])
            body = file.content[part["offsetBytes"] : part["offsetBytes"] + part["sizeBytes"]]
            cut = file.sha256 not in self._cut and number == len(plan.get("parts", [plan])) - 1
            # No token goes to the store: the address is all that is needed.
            answer = await self.http.put(part["url"], content=self._pieces(file, body, cut=cut), headers=headers)
            if not answer.is_success:
                raise NotNow(f"PUT {answer.status_code} {answer.text[:200]}")

    async def _pieces(self, file: File, body: bytes, *, cut: bool) -> AsyncIterator[bytes]:
        ends = len(body) // 2 if cut else len(body)
        for start in itertools.count(0, PIECE_BYTES):
            if start >= ends:
                break
            yield body[start : min(start + PIECE_BYTES, ends)]
        if cut:
            self._cut.add(file.sha256)
            raise NotNow("the connection was cut")

    async def _wait(self, file: File, id: str) -> None:
        upload = await self._look(id)
        while upload["state"] in ("QUEUED", "PROCESSING"):
            if upload["state"] == "PROCESSING":
                self.taken_in.add(file.sha256)
            await asyncio.sleep(0.05)
            upload = await self._look(id)
        self.taken_in.discard(file.sha256)
        assert upload["state"] == "COMPLETED", upload
        self.done.add(file.sha256)

    async def _look(self, id: str) -> _Told:
        node: _Told = (await self._ask(LOOK, id=id))["node"]
        return node

    async def _ask(self, query: str, **variables: object) -> _Told:
        asked = {"query": query, "variables": variables}
        answer = await self.http.post(f"{self.url}/graphql", json=asked, headers=self.headers)
        if answer.status_code != 200 or "errors" in (told := answer.json()):
            raise NotNow(f"{answer.status_code} {answer.text[:200]}")
        data: _Told = told["data"]
        return data


def _must_be_well(payload: _Told) -> None:
    if payload["userErrors"]:
        raise NotNow(str(payload["userErrors"]))

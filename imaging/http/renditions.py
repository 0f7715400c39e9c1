"""`GET|HEAD` of renditions and originals: `/r/…`, `/p/…` and `/o/…`, see `delivery.address`."""

import asyncio
import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from imaging.delivery.deliver import Delivery
from imaging.delivery.found import Found, Wanted
from imaging.errors import ImagingError, NotFound, SignatureRejected
from imaging.http.conditional import Part, UnsatisfiableRange, is_unchanged, wanted_part
from imaging.http.problems import method_not_allowed, problem, problem_of
from imaging.ports import ObjectInfo, ObjectStore

CHUNK_BYTES = 512 * 1024
FOR_EVER = "max-age=31536000, immutable"

# A picture shown by itself, above all an SVG, runs nothing and loads nothing.
SAFETY = (
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"timing-allow-origin", b"*"),
    (b"accept-ranges", b"bytes"),
)

_EXPIRY = re.compile(r"[1-9][0-9]{0,11}")
RawHeaders = list[tuple[bytes, bytes]]


def routes(delivery: Delivery) -> list[BaseRoute]:
    """Return the routes of everything that has an address."""
    door = Renditions(delivery)
    return [Route(f"/{kind}/{{rest:path}}", door, name=f"delivery-{kind}") for kind in "rpo"]


class Renditions:
    """The ASGI application that serves addresses."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            return await method_not_allowed("GET", "HEAD")(scope, receive, send)
        headers = Headers(scope=scope)
        try:
            await self._answer(scope, headers, receive, send)
        except ImagingError as error:
            await problem_of(error)(scope, receive, send)
        except UnsatisfiableRange as range_error:
            await _unsatisfiable(range_error)(scope, receive, send)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        wanted, store, body = _wanted(scope, headers), self._delivery.store, scope["method"] == "GET"
        found = await self._delivery.find(wanted)
        try:
            await _serve(found, headers, store, receive, send, body=body)
        except NotFound:
            # What lay there unused may have been evicted since we looked: then it is made again.
            await _serve(await self._delivery.find(wanted), headers, store, receive, send, body=body)


def _wanted(scope: Scope, headers: Headers) -> Wanted:
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    expiry = _single(query, "e")
    if expiry and not _EXPIRY.fullmatch(expiry):
        raise SignatureRejected("The expiry of this address is not a time.")
    return Wanted(
        path=raw_path.decode("latin-1"),
        signature=_single(query, "s"),
        expires_s=int(expiry) if expiry else None,
        accept=",".join(headers.getlist("accept")),
    )


def _single(query: dict[str, list[str]], name: str) -> str:
    values = query.get(name, [""])
    if len(values) > 1:
        raise SignatureRejected(f"The query names `{name}` more than once.")
    return values[0]


async def _serve(found: Found, asked: Headers, store: ObjectStore, receive: Receive, send: Send, *, body: bool) -> None:
    """Send the bytes that are still needed, or only what would be said about them.

    Raises:
        UnsatisfiableRange: the range asked for begins behind the end.
        NotFound: the bytes were removed meanwhile.
    """
    etag = f'"{found.info.etag}"'
    headers = _headers(found, etag)
    if is_unchanged(asked, etag):
        await _start(send, HTTPStatus.NOT_MODIFIED, headers)
        return await _end(send)
    part = wanted_part(asked, etag, found.info.size_bytes)
    status = HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT
    if part is not None:
        headers.append((b"content-range", f"bytes {part.start}-{part.end - 1}/{found.info.size_bytes}".encode()))
    part = part or Part(0, found.info.size_bytes)
    headers.append((b"content-length", str(part.length).encode()))
    headers.append((b"content-type", found.content_type.encode()))
    if not body:
        await _start(send, status, headers)
        return await _end(send)
    chunks = await _send_first(store, found.info, part, send, status, headers)
    if chunks is not None:
        await _send_rest(chunks, receive, send)


async def _send_first(
    store: ObjectStore, info: ObjectInfo, part: Part, send: Send, status: HTTPStatus, headers: RawHeaders
) -> AsyncIterator[bytes] | None:
    """Send the headers and the first bytes, for whose failure there is an answer; return the rest, if there is any."""
    chunks = store.read(info.key, part.start, part.end) if info.path is None else _chunks(info.path, part)
    first = await anext(chunks, b"")
    await _start(send, status, headers)
    is_all = len(first) >= part.length
    await send({"type": "http.response.body", "body": first, "more_body": not is_all})
    return None if is_all else chunks


async def _send_rest(chunks: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send the rest for as long as somebody listens; when it fails it is too late for another answer."""
    leaving = asyncio.ensure_future(_disconnected(receive))
    try:
        async for chunk in chunks:
            if leaving.done():
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except ImagingError as error:
        # The line is cut, so that nobody takes a part for the whole.
        raise ConnectionResetError("the storage failed in the middle of an answer") from error
    finally:
        leaving.cancel()
    await _end(send)


async def _disconnected(receive: Receive) -> None:
    """Wait until whoever asked is gone; the server would not tell otherwise, and take what is sent to nobody."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _chunks(path: Path, part: Part) -> AsyncIterator[bytes]:
    """Read a file part by part; a small one in a single visit to a thread, which is most of what serving it costs."""
    loop = asyncio.get_running_loop()
    if part.length <= CHUNK_BYTES:
        yield await loop.run_in_executor(None, _read_whole, path, part)
        return
    file = await loop.run_in_executor(None, _open, path, part.start)
    try:
        left = part.length
        while left and (chunk := await loop.run_in_executor(None, file.read, min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
    finally:
        file.close()


def _read_whole(path: Path, part: Part) -> bytes:
    with _open(path, part.start) as file:
        return file.read(part.length)


def _open(path: Path, start: int) -> BinaryIO:
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise NotFound("There is no picture at this address.") from None
    file.seek(start)
    return file


def _headers(found: Found, etag: str) -> RawHeaders:
    headers = [
        *SAFETY,
        (b"cache-control", _cache_control(found).encode()),
        (b"etag", etag.encode()),
        (b"content-disposition", _disposition(found).encode()),
    ]
    if found.negotiated:
        headers.append((b"vary", b"Accept"))
    if timing := _server_timing(found):
        headers.append((b"server-timing", timing.encode()))
    return headers


def _server_timing(found: Found) -> str:
    """Tell how long rendering took, and which format was chosen. Source: W3C, Server Timing."""
    told = [] if found.render_ms is None else [f"render;dur={found.render_ms:.1f}"]
    if found.decision is not None:
        told.append(f'auto;desc="{found.decision}"')
    return ", ".join(told)


def _cache_control(found: Found) -> str:
    whose = "public" if found.public else "private"
    return f"{whose}, {FOR_EVER}" if found.keep_s is None else f"{whose}, max-age={found.keep_s}"


def _disposition(found: Found) -> str:
    if found.attachment is None:
        return f'inline; filename="{found.filename}"'
    return f"attachment; filename=\"{found.filename}\"; filename*=UTF-8''{quote(found.attachment, safe='')}"


async def _start(send: Send, status: HTTPStatus, headers: RawHeaders) -> None:
    await send({"type": "http.response.start", "status": int(status), "headers": headers})


async def _end(send: Send) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _unsatisfiable(error: UnsatisfiableRange) -> Response:
    headers = {"Content-Range": f"bytes */{error.size_bytes}"}
    detail = f"The range begins behind the end; there are {error.size_bytes} bytes."
    return problem(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "RANGE_NOT_SATISFIABLE", detail, headers=headers)

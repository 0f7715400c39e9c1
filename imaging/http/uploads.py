"""`PUT /u/…`: bytes from whoever has a signed address, see `uploads.address`.

The signature alone lets in, and it is checked first, with all that the headers tell; then the body is read as it
comes. Who is silent for too long, or slower than a bad line, is sent away.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from imaging.errors import ImagingError, SignatureRejected
from imaging.http.problems import method_not_allowed, problem, problem_of
from imaging.uploads.address import UploadAddress
from imaging.uploads.reception import Reception

SILENCE_S = 30.0
GRACE_S = 60.0
LEAST_BYTES_PER_S = 16 * 1024


class _Gone(Exception):
    """The line broke before the body was whole."""


class _TooSlow(Exception):
    """The body did not come in time."""


def routes(reception: Reception, *, silence_s: float = SILENCE_S, grace_s: float = GRACE_S) -> list[BaseRoute]:
    """Return the route of everything that may be put; see `Uploads`."""
    door = Uploads(reception, silence_s=silence_s, grace_s=grace_s)
    return [Route("/u/{rest:path}", door, name="uploads")]


class Uploads:
    """The ASGI application that takes bytes in; `silence_s` is the longest pause, `grace_s` what any body may take."""

    def __init__(self, reception: Reception, *, silence_s: float, grace_s: float) -> None:
        self._reception = reception
        self._silence_s = silence_s
        self._grace_s = grace_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one whose line broke has no answer."""
        if scope["method"] != "PUT":
            return await method_not_allowed("PUT")(scope, receive, send)
        try:
            response = await self._take(scope, receive)
        except ImagingError as error:
            response = problem_of(error)
        except _TooSlow:
            detail = "The bytes come too slowly; send them again, in smaller parts if that is possible."
            response = problem(HTTPStatus.REQUEST_TIMEOUT, "TOO_SLOW", detail, headers={"Connection": "close"})
        except _Gone:
            return None
        await response(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive) -> Response:
        address = self._reception.admit(scope["path"], _query(scope))
        refusal = _refusal(Headers(scope=scope), address)
        if refusal is not None:
            return refusal
        async with aclosing(self._body(receive, address.size_bytes)) as body:
            etag = await self._reception.receive(address, body)
        return Response(status_code=HTTPStatus.OK, headers={"ETag": f'"{etag}"', "Cache-Control": "no-store"})

    async def _body(self, receive: Receive, size_bytes: int) -> AsyncGenerator[bytes, None]:
        """Give the body as it comes; only the time for which the sender is waited for counts."""
        patience_s = self._grace_s + size_bytes / LEAST_BYTES_PER_S
        clock = asyncio.get_running_loop().time
        more = True
        while more:
            asked = clock()
            try:
                async with asyncio.timeout(min(self._silence_s, patience_s)):
                    message = await receive()
            except TimeoutError:
                raise _TooSlow from None
            patience_s -= clock() - asked
            if message["type"] == "http.disconnect":
                raise _Gone
            more = message.get("more_body", False)
            if message["body"]:
                yield message["body"]


def _query(scope: Scope) -> dict[str, str]:
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    twice = next((name for name, values in query.items() if len(values) > 1), None)
    if twice is not None:
        raise SignatureRejected("The query names a parameter more than once.")
    return {name: values[0] for name, values in query.items()}


def _refusal(headers: Headers, address: UploadAddress) -> Response | None:
    """Return what is wrong with the headers, if anything is."""
    length = headers.get("content-length", "")
    if not length.isdecimal():
        detail = f"A Content-Length is needed; the address admits {address.size_bytes} bytes."
        return problem(HTTPStatus.LENGTH_REQUIRED, "LENGTH_REQUIRED", detail)
    if int(length) != address.size_bytes:
        detail = f"The address admits {address.size_bytes} bytes, not {int(length)}."
        return problem(HTTPStatus.BAD_REQUEST, "LENGTH_MISMATCH", detail)
    told = headers.get("content-type", "").strip()
    if not address.upload_id and told.lower() != address.content_type.lower():
        detail = f"The address admits bytes of the type {address.content_type}; Content-Type must say so."
        return problem(HTTPStatus.BAD_REQUEST, "TYPE_MISMATCH", detail)
    return None

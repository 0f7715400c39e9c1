"""GraphQL over HTTP. Source: https://graphql.github.io/graphql-over-http/draft/"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import strawberry
from graphql import OperationType
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from imaging.accounts.viewer import Viewer
from imaging.errors import ImagingError
from imaging.graphql.transport import accept, answers, body, multipart, requests
from imaging.graphql.transport.documents import Documents, RejectedDocument
from imaging.graphql.transport.limits import HttpLimits
from imaging.graphql.transport.origins import Origins, must_be_preflighted
from imaging.graphql.transport.refusal import Refusal, from_error, malformed
from imaging.graphql.transport.requests import GraphQLRequest

if TYPE_CHECKING:
    from imaging.images.spool import Spool

Admit = Callable[[str | None], Awaitable[Viewer]]
NewContext = Callable[[Viewer], object]


class Page(Protocol):
    """What a browser gets that opens the endpoint."""

    def respond(self, request: Request) -> Response:
        """Return the page."""


class Door:
    """What HTTP and websockets share: the schema, its documents, who comes in, and what resolvers are given."""

    def __init__(
        self, schema: strawberry.Schema, documents: Documents, admit: Admit, new_context: NewContext, origins: Origins
    ) -> None:
        self.schema = schema
        self.documents = documents
        self.admit = admit
        self.new_context = new_context
        self.origins = origins


class GraphQLEndpoint:
    """Answers GET and POST; every malformed request gets its protocol's own error, never a 500."""

    def __init__(self, door: Door, spool: "Spool", limits: HttpLimits, page: Page | None = None) -> None:
        self._door = door
        self._spool = spool
        self._limits = limits
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive, send)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        accepted = ", ".join(request.headers.getlist("accept")) or None
        if self._page and request.method in ("GET", "HEAD") and accept.prefers_html(accepted):
            return self._page.respond(request)
        media_type = accept.negotiate(accepted)
        try:
            if media_type is None:
                offered = f"{accept.GRAPHQL} or {accept.JSON}"
                raise Refusal(406, "NOT_ACCEPTABLE", f"The answer can be {offered}; Accept allows neither.")
            if request.method in ("GET", "HEAD"):
                payload = await self._get(request)
            elif request.method == "POST":
                payload = await self._post(request)
            else:
                raise _not_allowed("GraphQL is asked by GET or POST.", "GET, HEAD, POST")
        except ImagingError as error:
            return answers.refuse(from_error(error), media_type or accept.JSON)
        except Refusal as refusal:
            return answers.refuse(refusal, media_type or accept.JSON)
        return answers.respond(payload, media_type)

    async def _get(self, request: Request) -> answers.Payload:
        raw: bytes = request.scope["query_string"]
        if len(raw) > self._limits.body_bytes:
            raise Refusal(414, "URI_TOO_LONG", f"The query string is longer than {self._limits.body_bytes} bytes.")
        self._door.origins.must_not_be_foreign(request.headers)
        viewer = await self._door.admit(bearer(request.headers.get("authorization")))
        return await self._run(requests.from_query_string(raw), viewer, {OperationType.QUERY})

    async def _post(self, request: Request) -> answers.Payload:
        kind, options = parse_options_header(request.headers.get("content-type"))
        if options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
            raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "The request body must be UTF-8.")
        allowed = {OperationType.QUERY, OperationType.MUTATION}
        if kind == b"application/json":
            viewer = await self._door.admit(bearer(request.headers.get("authorization")))
            raw = await body.read(request, self._limits.body_bytes)
            return await self._run(requests.from_json(requests.read_json(raw)), viewer, allowed)
        if kind == b"multipart/form-data":
            must_be_preflighted(request.headers)
            viewer = await self._door.admit(bearer(request.headers.get("authorization")))
            async with multipart.received(request, self._spool, self._limits) as asked:
                return await self._run(asked, viewer, allowed)
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json or multipart/form-data.")

    async def _run(self, asked: GraphQLRequest, viewer: Viewer, allowed: set[OperationType]) -> answers.Payload:
        suggestions = self._door.documents.suggestions
        try:
            prepared = self._door.documents.prepare(asked.query)
            kind = prepared.kind(asked.operation_name)
        except RejectedDocument as rejected:
            return answers.of_errors(rejected.errors, suggestions=suggestions)
        if kind is OperationType.SUBSCRIPTION:
            raise malformed("Subscriptions are run over a websocket with the protocol graphql-transport-ws.")
        if kind not in allowed:
            raise _not_allowed("GET runs queries only: send mutations by POST.", "POST")
        result: ExecutionResult = await self._door.schema.execute(
            prepared,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            context_value=self._door.new_context(viewer),
        )
        return answers.of_result(result, suggestions=suggestions)


def bearer(authorization: str | None) -> str | None:
    """Return the token of an Authorization header, None when there is no header.

    Raises:
        Refusal: 401, the header is something else.
    """
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        challenge = {"WWW-Authenticate": 'Bearer realm="imaging"'}
        raise Refusal(401, "UNAUTHENTICATED", "The Authorization header must be `Bearer` and a token.", challenge)
    return token.strip()


def _not_allowed(message: str, allow: str) -> Refusal:
    return Refusal(405, "METHOD_NOT_ALLOWED", message, {"Allow": allow})

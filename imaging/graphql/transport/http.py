"""GraphQL over HTTP. Source: https://graphql.github.io/graphql-over-http/draft/"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import strawberry
from graphql import OperationType
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from imaging.accounts.viewer import Viewer
from imaging.errors import ImagingError
from imaging.graphql.transport import accept, answers, body, multipart, requests, streams
from imaging.graphql.transport.documents import Documents, Prepared, RejectedDocument
from imaging.graphql.transport.limits import HttpLimits, LineLimits
from imaging.graphql.transport.lines import Admit, Lines
from imaging.graphql.transport.origins import Origins, must_be_preflighted
from imaging.graphql.transport.refusal import Refusal, from_error, malformed
from imaging.graphql.transport.requests import GraphQLRequest
from imaging.graphql.transport.shared import LastWritten, Results, SharedStreams, key_of
from imaging.graphql.transport.streams import FORMS, Stream, Subscriber

if TYPE_CHECKING:
    from imaging.images.spool import Spool

NewContext = Callable[[Viewer], object]

_SAFE = frozenset({OperationType.QUERY, OperationType.SUBSCRIPTION})
_WITH_FILES = frozenset({OperationType.QUERY, OperationType.MUTATION})
_ALL = _SAFE | _WITH_FILES
_HOW_TO_SUBSCRIBE = (
    "Subscriptions run over a websocket with the protocol graphql-transport-ws, or as JSON by GET or POST with "
    "`Accept: text/event-stream` or `Accept: multipart/mixed;subscriptionSpec=1.0`."
)


class Page(Protocol):
    """What a browser gets that opens the endpoint."""

    def respond(self, request: Request) -> Response:
        """Return the page."""


class Door:
    """What HTTP and websockets share: the schema, its documents, who comes in, what resolvers are given, the lines."""

    def __init__(
        self,
        schema: strawberry.Schema,
        documents: Documents,
        admit: Admit,
        new_context: NewContext,
        origins: Origins,
        lines: LineLimits | None = None,
        live: Mapping[str, str] | None = None,
    ) -> None:
        self.schema = schema
        self.documents = documents
        self.admit = admit
        self.new_context = new_context
        self.origins = origins
        self.lines = Lines(admit, lines)
        self.written = LastWritten(documents.suggestions)
        self._shared = SharedStreams()
        self._live = live or {}

    async def stream(self, prepared: Prepared, asked: GraphQLRequest, viewer: Viewer) -> Results:
        """Run an operation and give its results; a subscription that tells its viewer what others ask for, too, once.

        Raises, in the middle of it:
            TooSlow: the results were not taken quickly enough.
        """

        async def run() -> Results:
            return await self.schema.stream(
                prepared,
                variable_values=asked.variables,
                operation_name=asked.operation_name,
                context_value=self.new_context(viewer),
            )

        key = key_of(prepared, asked, viewer, self._live)
        return await run() if key is None else self._shared.follow(key, run)


@dataclass(frozen=True, slots=True)
class _Asker:
    """Who asks, what they may ask for here, and the forms they take: of one answer, and of a subscription's."""

    subscriber: Subscriber
    allowed: frozenset[OperationType]
    single: str
    streamed: str | None


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

    async def _answer(self, request: Request) -> Response | Stream:
        accepted = ", ".join(request.headers.getlist("accept")) or None
        if self._page and request.method in ("GET", "HEAD") and accept.prefers_html(accepted):
            return self._page.respond(request)
        single = accept.negotiate(accepted) if request.method == "HEAD" else accept.single(accepted)
        try:
            if single is None:
                offered = f"{accept.GRAPHQL}, {accept.JSON} or {accept.EVENTS}"
                raise Refusal(406, "NOT_ACCEPTABLE", f"The answer can be {offered}; Accept allows none of them.")
            streamed = None if request.method == "HEAD" else accept.streamed(accepted)
            if request.method in ("GET", "HEAD"):
                return await self._get(request, single, streamed)
            if request.method == "POST":
                return await self._post(request, single, streamed)
            raise _not_allowed("GraphQL is asked by GET or POST.", "GET, HEAD, POST")
        except ImagingError as error:
            return answers.refuse(from_error(error), accept.negotiate(accepted) or accept.JSON)
        except Refusal as refusal:
            return answers.refuse(refusal, accept.negotiate(accepted) or accept.JSON)

    async def _get(self, request: Request, single: str, streamed: str | None) -> Response | Stream:
        raw: bytes = request.scope["query_string"]
        if len(raw) > self._limits.body_bytes:
            raise Refusal(414, "URI_TOO_LONG", f"The query string is longer than {self._limits.body_bytes} bytes.")
        self._door.origins.must_not_be_foreign(request.headers)
        asker = _Asker(await self._admit(request), _SAFE, single, streamed)
        return await self._run(requests.from_query_string(raw), asker)

    async def _post(self, request: Request, single: str, streamed: str | None) -> Response | Stream:
        kind, options = parse_options_header(request.headers.get("content-type"))
        if options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
            raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "The request body must be UTF-8.")
        if kind == b"application/json":
            asker = _Asker(await self._admit(request), _ALL, single, streamed)
            raw = await body.read(request, self._limits.body_bytes)
            return await self._run(requests.from_json(requests.read_json(raw)), asker)
        if kind == b"multipart/form-data":
            must_be_preflighted(request.headers)
            asker = _Asker(await self._admit(request), _WITH_FILES, single, None)
            async with multipart.received(request, self._spool, self._limits) as asked:
                return await self._run(asked, asker)
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json or multipart/form-data.")

    async def _admit(self, request: Request) -> Subscriber:
        token = bearer(request.headers.get("authorization"))
        return Subscriber(await self._door.admit(token), token, request.client.host if request.client else "")

    async def _run(self, asked: GraphQLRequest, asker: _Asker) -> Response | Stream:
        try:
            prepared = self._door.documents.prepare(asked.query)
            kind = prepared.kind(asked.operation_name)
        except RejectedDocument as rejected:
            return _respond(answers.of_errors(rejected.errors, suggestions=self._door.documents.suggestions), asker)
        if kind is OperationType.SUBSCRIPTION:
            return await self._subscribe(prepared, asked, asker)
        if kind not in asker.allowed:
            raise _not_allowed("GET runs queries and subscriptions only: send mutations by POST.", "POST")
        result: ExecutionResult = await self._door.schema.execute(prepared, **self._options(asked, asker))
        return _respond(answers.of_result(result, suggestions=self._door.documents.suggestions), asker)

    async def _subscribe(self, prepared: Prepared, asked: GraphQLRequest, asker: _Asker) -> Stream:
        if asker.streamed is None or OperationType.SUBSCRIPTION not in asker.allowed:
            raise malformed(_HOW_TO_SUBSCRIBE)
        results = await self._door.schema.stream(prepared, **self._options(asked, asker))
        form, suggestions = FORMS[asker.streamed], self._door.documents.suggestions
        return Stream(results, form, asker.subscriber, self._door.lines, suggestions)

    def _options(self, asked: GraphQLRequest, asker: _Asker) -> dict[str, Any]:
        return {
            "variable_values": asked.variables,
            "operation_name": asked.operation_name,
            "context_value": self._door.new_context(asker.subscriber.viewer),
        }


def _respond(payload: answers.Payload, asker: _Asker) -> Response:
    if asker.single in FORMS:
        return streams.once(payload, FORMS[asker.single])
    return answers.respond(payload, asker.single)


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

"""The application: every route, what stands before them, and what is open while it runs."""

import contextlib
from collections.abc import AsyncIterator, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from imaging.adapters.dev_issuer import DevIssuer
from imaging.errors import ImagingError
from imaging.graphql.context import Context
from imaging.graphql.schema import schema
from imaging.graphql.subscriptions import LIVE
from imaging.graphql.transport.documents import Documents
from imaging.graphql.transport.graphiql import Assets, GraphiQLPage
from imaging.graphql.transport.http import Door, GraphQLEndpoint
from imaging.graphql.transport.limits import DocumentLimits, HttpLimits, LineLimits, SocketLimits
from imaging.graphql.transport.origins import Origins
from imaging.graphql.transport.websocket import SocketEndpoint
from imaging.http import guard, renditions, uploads
from imaging.http.health import Health
from imaging.http.metrics import Metrics
from imaging.http.problems import internal_problem, problem
from imaging.services import Services
from imaging.settings import Settings
from imaging.upkeep.standing import Standing
from imaging.wiring import open_services

PAGE_TOKEN_TTL_S = 3_600


def create_app(settings: Settings) -> Starlette:
    """Return the application; its services open with its lifespan and close with it.

    `state.failure` tells why they could not, where that was foreseen.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            try:
                services = await stack.enter_async_context(open_services(settings))
            except ImagingError as error:
                app.state.failure = error
                raise
            door = _door(settings, services)
            app.router.routes[:] = _routes(settings, services, door)
            app.state.hang_up = door.lines.close
            yield

    app = Starlette(
        lifespan=lifespan,
        middleware=guard.middleware(
            hosts=settings.allowed_hosts,
            cors_origins=settings.server.cors_origins,
            https=settings.public_url.startswith("https://"),
        ),
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    app.state.failure = None
    return app


def _door(settings: Settings, services: Services) -> Door:
    return Door(
        schema,
        Documents(schema, _document_limits(settings)),
        services.admission.admit,
        lambda viewer: Context(services, viewer),
        Origins(settings.server.cors_origins),
        LineLimits(per_viewer=settings.graphql.max_subscriptions_per_viewer),
        LIVE,
    )


def _routes(settings: Settings, services: Services, door: Door) -> list[BaseRoute]:
    page = GraphiQLPage(_page_token(settings))
    sockets = SocketLimits(frame_characters=settings.graphql.max_json_body_bytes)
    return [
        Route("/", _home, methods=["GET"]),
        Route("/graphql", GraphQLEndpoint(door, services.spool, _http_limits(settings), page)),
        WebSocketRoute("/graphql", SocketEndpoint(door, sockets)),
        Mount(page.assets, Assets(page.dist)),
        *renditions.routes(services.delivery),
        *(uploads.routes(services.reception) if services.reception else ()),
        *Health(services.checks, services.admission.admit).routes(),
        *Metrics(services.admission.admit, Standing(services.upkeep.tasks).measure).routes(),
    ]


def _document_limits(settings: Settings) -> DocumentLimits:
    return DocumentLimits(
        tokens=settings.graphql.max_query_tokens,
        depth=settings.graphql.max_query_depth,
        aliases=settings.graphql.max_query_aliases,
        introspection=settings.introspection,
        suggestions=settings.introspection,
    )


def _http_limits(settings: Settings) -> HttpLimits:
    return HttpLimits(
        body_bytes=settings.graphql.max_json_body_bytes,
        files=settings.upload.max_files_per_request,
        file_bytes=settings.upload.max_file_bytes,
    )


def _page_token(settings: Settings) -> Callable[[Request], str | None]:
    """Return what puts an editor's token into the page: on a developer's own machine, for that developer only."""
    if settings.is_production or not settings.uses_own_issuer or not guard.is_loopback(settings.server.host):
        return lambda _request: None
    issuer = DevIssuer(settings.data_dir / "keys")
    return lambda request: (
        issuer.token(role="editor", ttl_s=PAGE_TOKEN_TTL_S) if guard.is_local(request.scope) else None
    )


async def _home(_request: Request) -> Response:
    return RedirectResponse("/graphql")


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = "There is nothing at this address." if error.status_code == 404 else error.detail
    code = error.detail.upper().replace(" ", "_")
    return problem(error.status_code, code, detail, headers=error.headers)


async def _failed(_request: Request, _error: Exception) -> Response:
    return internal_problem()

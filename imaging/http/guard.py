"""What stands before every route: hosts that are ours, headers that keep browsers careful, pages that may call us."""

import ipaddress
from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imaging.http.problems import problem

PROBES = frozenset({"/livez", "/readyz", "/metrics"})
_FORWARDED = ("forwarded", "via", "x-forwarded-", "x-real-ip")
_ASKED = ("Authorization", "Content-Type", "GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Requested-With")
_TOLD = ("Content-Length", "Content-Range", "ETag", "Retry-After")
_DEFAULTS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def middleware(*, hosts: Sequence[str], cors_origins: Sequence[str], https: bool) -> list[Middleware]:
    """Return the guards in their order; `https` says that browsers reach us by TLS only."""
    guards = [Middleware(SecurityHeaders, https=https), Middleware(AllowedHosts, hosts=hosts)]
    if cors_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=list(cors_origins),
            allow_methods=["GET", "HEAD", "POST", "PUT"],
            allow_headers=list(_ASKED),
            expose_headers=list(_TOLD),
            max_age=600,
        )
        guards.append(cors)  # innermost, so that its answers to preflights are guarded too
    return guards


class AllowedHosts:
    """Refuses requests for other hosts, which rebinding and poisoned links bring; probes come by address."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = tuple(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 400; a websocket is refused with 403."""
        if scope["type"] == "lifespan" or scope["path"] in PROBES or self._admits(host_of(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            detail = "This host is not served here; IMAGING_ALLOWED_HOSTS lists those that are."
            await problem(400, "HOST_NOT_ALLOWED", detail)(scope, receive, send)

    def _admits(self, host: str) -> bool:
        return any(
            pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:]))
            for pattern in self._hosts
        )


class SecurityHeaders:
    """Adds what keeps browsers careful; an answer's own headers win."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._defaults = dict(_DEFAULTS)
        if https:
            self._defaults["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._defaults.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, complete)


def is_local(scope: Scope) -> bool:
    """Return True when somebody at this very machine asks for it by a loopback name, past no proxy."""
    headers = Headers(scope=scope)
    client = scope.get("client")
    if client is None or any(name.lower().startswith(_FORWARDED) for name in headers):
        return False
    return is_loopback(client[0]) and is_loopback(host_of(scope))


def is_loopback(host: str) -> bool:
    """Return True for localhost and for addresses that never leave the machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(scope: Scope) -> str:
    """Return the Host header in lower case without its port; empty when there is none, or more than one."""
    found = Headers(scope=scope).getlist("host")
    host = found[0].strip().lower() if len(found) == 1 else ""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and not host.endswith("]") else host

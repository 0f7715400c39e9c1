"""`imaging serve`: one process that listens, works and stops when told to."""

import logging
import os
import shutil
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType

import click
import uvicorn

from imaging import __version__
from imaging.allocator import keep_few_heaps
from imaging.app import create_app
from imaging.commands.folder import stay_in
from imaging.commands.logs import log_config
from imaging.errors import Misconfigured
from imaging.settings import Settings

GRACE_S = 3
PING_S = 12.0
UNREAD_S = 60
BACKLOG = 2_048


def serve(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish what was begun and return.

    Raises:
        Misconfigured: a setting is unsafe, or the address cannot be listened on.
        DatabaseUnavailable: it does not answer.
    """
    keep_few_heaps()
    settings.must_be_safe()
    stay_in(settings.data_dir)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    listener = _listen(settings.server.host, settings.server.port)
    settings = settings.listening_on(listener.getsockname()[1])
    app = create_app(settings)
    logging.getLogger("uvicorn.error").addFilter(lambda _record: app.state.failure is None)
    server = AnnouncedServer(
        _config(settings, app), lambda: click.echo(_welcome(settings)), lambda: app.state.hang_up()
    )
    try:
        server.run(sockets=[listener])
    except SystemExit:
        if app.state.failure is not None:
            raise app.state.failure from None
        raise


class AnnouncedServer(uvicorn.Server):
    """A server that tells when it is ready, and when it is about to stop."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None], hang_up: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce
        self._hang_up = hang_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would go on for ever, then wait for the rest."""
        self._hang_up()
        await super().shutdown(sockets)


def _config(settings: Settings, app: Callable[..., Awaitable[None]]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=settings.graphql.max_json_body_bytes,
        ws_ping_interval=PING_S,
        ws_per_message_deflate=False,  # costs each subscriber more memory than its events are worth
        lifespan="on",
        log_config=log_config(settings.server.log_level.value),
        proxy_headers=bool(settings.server.trusted_proxies),
        forwarded_allow_ips=list(settings.server.trusted_proxies),
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Closing waits until all was read that is on its way: by somebody who reads nothing, for ever.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_S * 1_000)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(
            f"Cannot listen on {host} port {port} ({error.strerror}); choose another IMAGING_PORT or IMAGING_HOST."
        ) from error
    return listener


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End with success: uvicorn raises the signal again once it has shut down, and before it starts nothing is open."""
    raise SystemExit(0)


def _welcome(settings: Settings) -> str:
    host = f"[{settings.server.host}]" if ":" in settings.server.host else settings.server.host
    program = Path(sys.executable).with_name("imaging")
    near = os.path.relpath(program)
    command = "imaging" if shutil.which("imaging") == str(program) else near
    if not program.exists():
        command = f"{sys.executable} -m imaging"
    token = f"{command} token --role admin" if settings.uses_own_issuer else "from your identity provider"
    return "\n".join(
        (
            f"imaging {__version__} is ready",
            f"Listening  http://{host}:{settings.server.port}",
            f"GraphiQL   {settings.public_url}/graphql",
            f"Token      {token}",
            f"Data       {settings.data_dir}",
            "Stop       Ctrl-C",
        )
    )

"""What a worker tells of itself: /metrics on a port of its own, for who may read a server's."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn

from imaging.accounts.admission import Admission
from imaging.adapters.token_checks import open_verifier
from imaging.errors import Misconfigured
from imaging.http.metrics import application
from imaging.settings import Settings


@contextlib.asynccontextmanager
async def telling(settings: Settings) -> AsyncIterator[str | None]:
    """Serve /metrics for as long as the context lasts, and give its address; None where no port was told.

    Raises:
        Misconfigured: the address cannot be listened on.
    """
    if settings.work.worker_metrics_port is None:
        yield None
        return
    host = settings.work.worker_metrics_host
    with _listening(host, settings.work.worker_metrics_port) as listener:
        async with open_verifier(settings) as verifier:
            server = _Server(_config(Admission(verifier)))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                name = f"[{host}]" if ":" in host else host
                yield f"http://{name}:{listener.getsockname()[1]}/metrics"
            finally:
                server.should_exit = True
                await asyncio.wait({serving})


class _Server(uvicorn.Server):
    """A server beside something else, which is told by itself when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def _config(admission: Admission) -> uvicorn.Config:
    return uvicorn.Config(
        application(admission.admit),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Misconfigured(
            f"Cannot listen on {host} port {port} ({error.strerror}); choose another IMAGING_WORKER_METRICS_PORT or "
            "IMAGING_WORKER_METRICS_HOST."
        ) from error

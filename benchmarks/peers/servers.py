"""The servers among them, running: as they ship, keeping nothing of what they made."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.client import request
from benchmarks.contestants import CLIENTS, IPX, THUMBOR, Served
from benchmarks.jobs import QUALITY, Job
from benchmarks.peers import install
from benchmarks.peers.install import Absent

START_TIMEOUT_S = 30


@contextlib.contextmanager
def thumbor(photos: Path) -> Iterator[Served]:
    """Run thumbor over a folder: a process for each client, so that neither waits for the other."""
    program = install.thumbor()
    ports = tuple(free_port() for _ in range(CLIENTS))
    config = photos.parent / "thumbor.conf"
    config.write_text(f"{(install.HERE / 'thumbor.conf').read_text()}FILE_LOADER_ROOT_PATH = {str(photos)!r}\n")
    with contextlib.ExitStack() as stack:
        pids = []
        for port in ports:
            command = [str(program), "-i", "127.0.0.1", "-p", str(port), "-c", str(config), "-l", "error"]
            pids.append(stack.enter_context(running(command, port)))
        yield Served(THUMBOR, ports, tuple(pids), lambda jobs: [_thumbor_request(job) for job in jobs])


@contextlib.contextmanager
def ipx(photos: Path) -> Iterator[Served]:
    """Run ipx over a folder: one process, in which sharp has a pool of threads, as its own command starts it."""
    node, program = install.ipx()
    port = free_port()
    command = [node, str(program), "serve", "--dir", str(photos), "--host", "127.0.0.1", "--port", str(port)]
    with running(command, port) as pid:
        yield Served(IPX, (port,) * CLIENTS, (pid,), lambda jobs: [_ipx_request(job) for job in jobs])


@contextlib.contextmanager
def running(command: Sequence[str], port: int) -> Iterator[int]:
    """Run a server for as long as the context lasts; gives its process id once it listens.

    Raises:
        Absent: it does not start.
    """
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port, process)
            yield process.pid
        finally:
            process.kill()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise Absent("it does not start")


def _thumbor_request(job: Job) -> bytes:
    quality = f"quality({QUALITY[job.format]}):" if job.format in QUALITY else ""
    filters = f"filters:{quality}format({job.format.name.lower()})"
    return request("GET", f"/unsafe/{job.width}x0/{filters}/{job.photo.name}", {})


def _ipx_request(job: Job) -> bytes:
    quality = f",q_{QUALITY[job.format]}" if job.format in QUALITY else ""
    return request("GET", f"/w_{job.width},f_{job.format.name.lower()}{quality}/{job.photo.name}", {})

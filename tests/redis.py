"""A real Redis for tests: a server of its own on a free port, that keeps nothing and is gone when the tests are."""

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "redis-server"
PATIENCE_S = 60


@dataclass
class RedisServer:
    """A server that can be stopped and started again at the same address."""

    folder: Path
    program: str
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ("setpriv", "--pdeathsig", "KILL", self.program, *options), stdout=log, stderr=log, cwd=self.folder
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait(PATIENCE_S)
            self.process = None

    def freeze(self) -> None:
        """Let it hold its connections and answer nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def ask(self, command: str) -> str:
        """Send one command and return the first line of what is answered."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.makefile("rb").readline().decode().strip()

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"Redis ended:\n{(self.folder / 'log').read_text()}"
        with contextlib.suppress(OSError):
            return self.ask("PING") == "+PONG"
        return False


@contextlib.contextmanager
def running_redis() -> Iterator[RedisServer]:
    """Run a new server; without its program this fails and says what to install."""
    program = shutil.which("redis-server")
    assert program is not None, f"redis-server not found; as root: apt-get install --no-install-recommends {PACKAGE}"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="imaging-redis-") as name:
        server = RedisServer(Path(name), program, port)
        server.start()
        try:
            yield server
        finally:
            server.stop()

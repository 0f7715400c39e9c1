"""A real server in a process of its own, for tests that speak to it over the network."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import databases

READY = re.compile(r"^Listening\s+(http://\S+)$.*^Stop", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class RunningServer:
    """`url` has no slash at its end; `log` is the file with all the server has printed so far."""

    url: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    log: Path
    env: dict[str, str]

    @property
    def database_url(self) -> str:
        return databases.chosen().url(self.data_dir)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def token(self, role: str = "editor", *options: str) -> str:
        return imaging("token", "--role", role, *options, env=self.env, cwd=self.log.parent).stdout.strip()

    def headers(self, role: str = "editor", *options: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, *options)}"}

    def stop(self, number: int = signal.SIGTERM, *, within_s: float = 10) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(within_s)


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return this process's environment with `IMAGING_*` replaced; settings are named without the prefix."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("IMAGING_")}
    rows = {"DATABASE_URL": databases.chosen().url(data_dir)} if databases.is_postgres() else {}
    own = {"DATA_DIR": str(data_dir), "PORT": "0"} | rows
    chosen = own | {name.upper(): value for name, value in settings.items()}
    return env | {f"IMAGING_{name}": value for name, value in chosen.items()}


def imaging(*arguments: str, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run one command of the program to its end."""
    command = [sys.executable, "-m", "imaging", *arguments]
    return subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def start(tmp_path: Path, *, within_s: float = 30, **settings: str) -> RunningServer:
    """Start a server on a free port with its data in `tmp_path / 'data'`; return when it is ready."""
    data_dir = tmp_path / "data"
    env = environment(data_dir, **settings)
    log = tmp_path / f"server-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "imaging", "serve"], env=env, cwd=tmp_path, stdout=output, stderr=subprocess.STDOUT
        )
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and process.poll() is None:
        if found := READY.search(log.read_text()):
            return RunningServer(found[1], data_dir, process, log, env)
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise AssertionError(f"the server did not become ready:\n{log.read_text()}")


@contextlib.contextmanager
def running_server(tmp_path: Path, **settings: str) -> Iterator[RunningServer]:
    """Run a server for the length of a test; settings are named in lower case without `IMAGING_`."""
    server = start(tmp_path, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait(10)

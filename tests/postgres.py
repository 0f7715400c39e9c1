"""A real PostgreSQL for tests: a cluster of its own in a new folder, on a Unix socket, gone when the tests are."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

PACKAGE = "postgresql"
SUPERUSER = "postgres"
# Nothing here outlives its test: what makes a real server safe would only make it slow.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "log",
}

T = TypeVar("T")


@dataclass
class PostgresServer:
    """A running server; its socket is in `folder`, and where `host` is set it listens for TCP, too."""

    folder: Path
    programs: Path
    settings: dict[str, str] = field(default_factory=dict)
    host: str = ""
    port: int = 5432
    process: subprocess.Popen[bytes] | None = None

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://{SUPERUSER}@/{name}?host={self.folder}&port={self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def run(self, statement: str, *values: Any, name: str = "postgres") -> list[Any]:
        """Run one statement in a database and return its rows."""

        async def ask() -> list[Any]:
            connection = await asyncpg.connect(self.url(name))
            try:
                return list(await connection.fetch(statement, *values))
            finally:
                await connection.close()

        return apart(ask())

    def create(self, name: str, *, template: str = "template0") -> str:
        """Make a database, a copy of another one; return its URL."""
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def make(self) -> None:
        """Make the files of a new, empty server."""
        initdb = ("--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={SUPERUSER}")
        command = (*_as_user(), str(self.programs / "initdb"), *initdb, "-D", str(self.folder / "data"))
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=self.folder)
        assert done.returncode == 0, f"initdb:\n{done.stdout}{done.stderr}"

    def start(self) -> None:
        place = {"unix_socket_directories": str(self.folder), "listen_addresses": self.host, "port": str(self.port)}
        options = SETTINGS | place
        told = [part for name, value in (options | self.settings).items() for part in ("-c", f"{name}={value}")]
        program = (str(self.programs / "postgres"), "-D", str(self.folder / "data"), *told)
        # Who is killed while tests run takes it along, and so does the end of the thread that started it; the second
        # setpriv, because changing the user forgets that.
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                (*_as_user(), "setpriv", "--pdeathsig", "KILL", *program), stdout=log, stderr=log, cwd=self.folder
            )
        self._wait_until_it_answers()

    def give(self, path: Path) -> None:
        """Let the server own a file."""
        if os.geteuid() == 0:
            user = pwd.getpwnam(SUPERUSER)
            os.chown(path, user.pw_uid, user.pw_gid)

    def stop(self, number: int = signal.SIGQUIT) -> None:
        """End it, at once unless another signal says otherwise."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(60)
            self.process = None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, f"PostgreSQL ended:\n{self.log.read_text()}"
            with contextlib.suppress(OSError, asyncpg.PostgresError):
                self.run("SELECT 1")
                return
            time.sleep(0.05)
        raise AssertionError(f"PostgreSQL does not answer:\n{self.log.read_text()}")


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a new server; without its programs this fails and says what to install."""
    with made_postgres() as server:
        server.start()
        yield server


@contextlib.contextmanager
def made_postgres() -> Iterator[PostgresServer]:
    """Make a new server, to be configured and started; it is stopped and removed in the end."""
    # Not in pytest's folder: only root may look into that, and the server must not be root.
    with tempfile.TemporaryDirectory(prefix="imaging-pg-") as name:
        server = PostgresServer(Path(name), _programs())
        server.give(server.folder)
        server.make()
        try:
            yield server
        finally:
            server.stop()


def _programs() -> Path:
    """Return the folder of the newest installed server."""
    beside = [Path(found).resolve().parent for name in ("postgres",) if (found := shutil.which(name))]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    found = [path for path in (*beside, *debian) if (path / "postgres").exists() and (path / "initdb").exists()]
    assert found, f"postgres and initdb not found; as root: apt-get install --no-install-recommends {PACKAGE}"
    return found[0]


def _as_user() -> tuple[str, ...]:
    """Return what makes a command run as somebody whom PostgreSQL accepts: not as root."""
    if os.geteuid() != 0:
        return ()
    user = pwd.getpwnam(SUPERUSER)
    return ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a loop and a context of its own, also from inside of another loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()

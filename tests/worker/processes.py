"""Processes of `imaging worker`, for tests that start, stop and kill them."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.server import environment

PATIENCE_S = 60
READY = "does jobs"


@dataclass
class WorkerProcess:
    """One running worker; `log` is the file with all it has printed."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def is_ready(self) -> bool:
        return READY in self.log.read_text()

    def until_ready(self) -> "WorkerProcess":
        deadline = time.monotonic() + PATIENCE_S
        while not self.is_ready:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


def begin(folder: Path, data_dir: Path, **settings: str) -> WorkerProcess:
    """Start a worker on a data folder; it is not ready yet, and does not outlive the tests."""
    log = folder / f"worker-{time.monotonic_ns()}.log"
    command = ("setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "imaging", "worker")
    env = environment(data_dir, **settings) | {"PYTHONUNBUFFERED": "1", "PWD": os.fspath(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    return WorkerProcess(process, log)

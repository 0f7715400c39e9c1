"""Fetches the others, at pinned versions, from package registries: once, and again when a version changes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.npm import NODE, npm

HERE = Path(__file__).parent
FETCHED = HERE.parent / ".peers"
_TIMEOUT_S = 600


class Absent(Exception):
    """Somebody cannot be had here; the message says why."""


def thumbor() -> Path:
    """Return thumbor's program, in a virtual environment of its own.

    Raises:
        Absent: it cannot be installed.
    """
    return _from_pypi("thumbor", "thumbor") / "bin" / "thumbor"


def queues() -> Path:
    """Return a Python that has streaq and saq.

    Raises:
        Absent: they cannot be installed.
    """
    return _from_pypi("queues", "streaq and saq") / "bin" / "python"


def ipx() -> tuple[str, Path]:
    """Return Node and the program of ipx, which brings sharp along.

    Raises:
        Absent: it cannot be installed.
    """
    home, wanted = FETCHED / "ipx", [HERE / "package.json", HERE / "package-lock.json"]
    if _is_stale(home, wanted):
        _tell("ipx and sharp from npm")
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for path in wanted:
            shutil.copy(path, home)
        done = npm("ci", "--ignore-scripts", folder=home)
        if done.returncode:
            raise Absent(f"npm failed: {done.stderr.strip()[-300:]}")
        _mark(home, wanted)
    return NODE, home / "node_modules" / "ipx" / "bin" / "ipx.mjs"


def vipsthumbnail() -> str:
    """Return the program, installed by apt where that is there and we are root.

    Raises:
        Absent: it is not there, and cannot be installed.
    """
    if found := shutil.which("vipsthumbnail"):
        return found
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Absent("it is not on the path; Debian has it in libvips-tools")
    _tell("vipsthumbnail from Debian")
    _run(["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", "libvips-tools"])
    return shutil.which("vipsthumbnail") or "vipsthumbnail"


def pinned(name: str) -> str:
    """Return the version of a peer that is fetched."""
    for wanted in HERE.glob("*.txt"):
        for line in wanted.read_text().splitlines():
            if line.startswith(f"{name}=="):
                return line.partition("==")[2]
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    version: str = packages[f"node_modules/{name}"]["version"]
    return version


def version(command: Sequence[str]) -> str:
    """Return what a program says about its version."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return (done.stdout or done.stderr).strip().splitlines()[0]


def _from_pypi(name: str, what: str) -> Path:
    """Return a virtual environment with what a file of this name pins."""
    home, wanted = FETCHED / name, HERE / f"{name}.txt"
    if _is_stale(home, [wanted]):
        _tell(f"{what} from PyPI")
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        pip = [str(home / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "install", "--requirement", str(wanted)])
        _mark(home, [wanted])
    return home


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise Absent(str(failure)) from failure
    if done.returncode:
        raise Absent(f"{' '.join(command[:4])} failed: {done.stderr.strip()[-300:]}")


def _tell(what: str) -> None:
    print(f"  fetching {what} …", file=sys.stderr, flush=True)


def _is_stale(home: Path, wanted: Sequence[Path]) -> bool:
    mark = home / ".wanted"
    return not mark.exists() or mark.read_text() != _text(wanted)


def _mark(home: Path, wanted: Sequence[Path]) -> None:
    (home / ".wanted").write_text(_text(wanted))


def _text(wanted: Sequence[Path]) -> str:
    return "".join(path.read_text() for path in wanted)

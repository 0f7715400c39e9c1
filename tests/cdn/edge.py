"""A CDN on this machine: nginx in CloudFront's place, with the checks of its edge in a small service beside it.

An outer server asks the service about each request: whether its signature admits it, and what the function at the
edge makes of its address. An inner one keeps copies under the path alone, looks into the bucket first (a folder
of objects, or S3), and asks the server to render what is not there.
"""

import getpass
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from imaging.delivery.edge_function import negotiated
from tests.cdn.edge_check import KeyGroup, Refused

CONF = """
user {user};
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  proxy_cache_path {folder}/cache levels=1:2 keys_zone=edge:1m inactive=30d use_temp_path=off;
  proxy_http_version 1.1;
  types {{ image/jpeg jpg; image/png png; image/gif gif; image/webp webp; image/avif avif; }}

  server {{
    listen 127.0.0.1:{edge};
    location = /_viewer {{
      internal;
      proxy_pass http://127.0.0.1:{viewer};
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Asked-Uri $request_uri;
    }}
    # The check stands in a server of its own: its 403 must not look like the bucket's, which asks for a render.
    location / {{
      auth_request /_viewer;
      auth_request_set $passed_on $upstream_http_x_passed_on;
      proxy_pass http://127.0.0.1:{inner}$passed_on;
    }}
  }}
  server {{
    listen 127.0.0.1:{inner};
    proxy_cache edge;
    proxy_cache_key $uri;
    proxy_cache_lock on;
    proxy_ignore_headers Vary;
    add_header X-Cache $upstream_cache_status always;
    location / {{
      proxy_pass http://127.0.0.1:{bucket}$uri;
      proxy_cache_valid 200 30d;
      proxy_intercept_errors on;
      error_page 403 404 = @render;
    }}
    location @render {{
      proxy_pass http://127.0.0.1:{origin};
      proxy_set_header Host 127.0.0.1:{origin};
    }}
  }}
  server {{
    listen 127.0.0.1:{bucket};
    add_header X-Origin bucket;
    location ~ ^/[rp]/ {{ {objects} }}
    location / {{ return 403; }}
  }}
}}
"""


@dataclass(frozen=True)
class Edge:
    """A running CDN; `url` has no slash at its end."""

    url: str
    folder: Path

    def cache_keys(self) -> list[str]:
        """Return the keys of all copies."""
        return [key for _, key in self._copies()]

    def forget(self, paths: list[str]) -> None:
        """Drop the copies below paths that end with `*`."""
        prefixes = tuple(path.removesuffix("*") for path in paths)
        for file, key in self._copies():
            if key.startswith(prefixes):
                file.unlink()

    def _copies(self) -> Iterator[tuple[Path, str]]:
        for file in (self.folder / "cache").rglob("*"):
            if file.is_file():
                yield file, file.read_bytes().partition(b"\nKEY: ")[2].partition(b"\n")[0].decode()


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@contextmanager
def running_edge(folder: Path, bucket_at: Path | str, *, edge: int, origin: int, trusted: KeyGroup) -> Iterator[Edge]:
    """Run the CDN at port `edge`, before a bucket (a folder, or an address) and the server at port `origin`."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert program, "nginx is missing: apt-get install nginx"
    folder.mkdir()
    inner, bucket = free_ports(2)
    with viewer_requests(f"http://127.0.0.1:{edge}", trusted) as viewer:
        ports = {"edge": edge, "inner": inner, "bucket": bucket, "origin": origin, "viewer": viewer}
        objects = f"root {bucket_at};" if isinstance(bucket_at, Path) else f"proxy_pass {bucket_at}$uri;"
        text = CONF.format(user=getpass.getuser(), folder=folder, objects=objects, **ports)
        (folder / "nginx.conf").write_text(text)
        log = (folder / "nginx.log").open("wb")
        process = subprocess.Popen([program, "-c", folder / "nginx.conf", "-p", folder], stdout=log, stderr=log)
        try:
            _wait_for(edge, process, folder / "nginx.log")
            yield Edge(f"http://127.0.0.1:{edge}", folder)
        finally:
            process.terminate()
            process.wait(10)
            log.close()


@contextmanager
def viewer_requests(url: str, trusted: KeyGroup) -> Iterator[int]:
    """Do what CloudFront does with a viewer's request before it looks for a copy; give the port that answers."""

    class Viewer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            cookies = {name: morsel.value for name, morsel in SimpleCookie(self.headers.get("cookie", "")).items()}
            try:
                passed_on = _passed_on(self.headers["x-asked-uri"], cookies, self.headers.get("accept", ""))
            except Refused:
                self._answer(403)
            else:
                self._answer(204, passed_on)

        def _answer(self, status: int, passed_on: str = "") -> None:
            self.send_response(status)
            self.send_header("x-passed-on", passed_on)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Be quiet."""

    def _passed_on(asked: str, cookies: dict[str, str], accept: str) -> str:
        if asked.startswith("/p/"):
            asked = trusted.check(url + asked, cookies).removeprefix(url)
        elif not asked.startswith("/r/"):
            raise Refused("no behaviour for this path")
        path, mark, query = asked.partition("?")
        return (negotiated(path, accept) if path.endswith(".auto") else path) + mark + query

    server = ThreadingHTTPServer(("127.0.0.1", 0), Viewer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + 10
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    process.kill()
    raise AssertionError(f"nginx did not start:\n{log.read_text()}")

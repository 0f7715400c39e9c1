"""The part of CloudFront's API that invalidations need, over real HTTP on this machine."""

import threading
import time
import xml.etree.ElementTree as Tree
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DISTRIBUTION = "E2EXAMPLE"
_NAMESPACE = "{http://cloudfront.amazonaws.com/doc/2020-05-31/}"
_ONE = "<Id>{}</Id><Status>{}</Status><CreateTime>2026-01-01T00:00:00Z</CreateTime>"
_LISTED = f"<InvalidationSummary>{_ONE}</InvalidationSummary>"


@dataclass
class Asked:
    """One request to the API: what it wanted forgotten; nothing when it only looked."""

    at_s: float
    paths: list[str]
    reference: str = ""


@dataclass
class Distribution:
    """A distribution as its API shows it; `forget` is what it does to its copies below some paths.

    `refusals` are answered, one after the other, before anything is done.
    """

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    forget: Callable[[list[str]], None] = list.copy

    @property
    def forgotten(self) -> list[str]:
        return [path for one in self.asked for path in one.paths]

    @property
    def requests(self) -> list[list[str]]:
        """What each invalidation wanted forgotten."""
        return [one.paths for one in self.asked if one.paths]

    def complete_all(self) -> None:
        self.status = dict.fromkeys(self.status, "Completed")


@contextmanager
def cloudfront_api() -> Iterator[Distribution]:
    """Serve the API of one distribution."""
    distribution = Distribution()

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self._refuses():
                return
            asked = _read(body)
            known = {one.reference for one in distribution.asked}
            distribution.asked.append(asked)
            identity = f"I{len(distribution.status):04}"
            distribution.forget(asked.paths)
            if asked.reference not in known:
                distribution.status[identity] = "InProgress"
            batch = body[body.index(b"<InvalidationBatch") :].decode()
            self._answer(201, f"<Invalidation>{_ONE.format(identity, 'InProgress')}{batch}</Invalidation>")

        def do_GET(self) -> None:
            if self._refuses():
                return
            distribution.asked.append(Asked(time.monotonic(), []))
            items = "".join(_LISTED.format(*one) for one in reversed(distribution.status.items()))
            quantity = f"<Quantity>{len(distribution.status)}</Quantity>"
            listed = (
                f"<Marker/><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>{quantity}<Items>{items}</Items>"
            )
            self._answer(200, f"<InvalidationList>{listed}</InvalidationList>")

        def _refuses(self) -> bool:
            signed = "AWS4-HMAC-SHA256" in self.headers.get("authorization", "")
            if not signed:
                self._refuse(403, "MissingAuthenticationToken")
            elif f"/distribution/{DISTRIBUTION}/invalidation" not in self.path:
                self._refuse(404, "NoSuchDistribution")
            elif distribution.refusals:
                self._refuse(*distribution.refusals.pop(0))
            else:
                return False
            return True

        def _refuse(self, status: int, code: str) -> None:
            error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>No.</Message></Error>"
            self._answer(status, f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("content-type", "text/xml")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    distribution.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield distribution
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _read(body: bytes) -> Asked:
    batch = Tree.fromstring(body)
    paths = [item.text or "" for item in batch.iter(f"{_NAMESPACE}Path")]
    quantity = batch.findtext(f"{_NAMESPACE}Paths/{_NAMESPACE}Quantity")
    assert quantity == str(len(paths)), "InconsistentQuantities"
    return Asked(time.monotonic(), paths, batch.findtext(f"{_NAMESPACE}CallerReference") or "")

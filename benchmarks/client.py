"""A small HTTP client over kept-alive connections, so that the client costs both sides little and the same."""

import asyncio
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Load:
    """What a run of requests gave: the seconds that each took, and those that all took together."""

    taken_s: tuple[float, ...]
    elapsed_s: float

    @property
    def count(self) -> int:
        return len(self.taken_s)

    @property
    def per_second(self) -> float:
        return self.count / self.elapsed_s

    @property
    def p95_ms(self) -> float:
        """The 95th percentile."""
        return 1000 * (statistics.quantiles(self.taken_s, n=20)[-1] if self.count > 1 else self.taken_s[0])

    def __add__(self, more: "Load") -> "Load":
        return Load(self.taken_s + more.taken_s, self.elapsed_s + more.elapsed_s)


def request(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return an HTTP/1.1 request as it goes over the wire."""
    head = {"Host": "127.0.0.1", **headers} | ({"Content-Length": str(len(body))} if body else {})
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def target(url: str) -> str:
    """Return the path and query of a URL."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def load(
    ports: Sequence[int],
    requests: Iterable[bytes],
    *,
    within_s: float = float("inf"),
    keep: Callable[[bytes], object] = len,
) -> Load:
    """Send the requests over one connection to each port, each taking the next one when its last was answered.

    After `within_s` seconds none is begun any more. `keep` is given each body.

    Raises:
        RuntimeError: an answer was not 200.
    """
    return asyncio.run(_load(ports, requests, within_s, keep))


async def _load(
    ports: Sequence[int], requests: Iterable[bytes], within_s: float, keep: Callable[[bytes], object]
) -> Load:
    waiting = iter(requests)
    taken: list[float] = []

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for message in waiting:
            begun = time.perf_counter()
            writer.write(message)
            keep(await _answer(reader))
            now = time.perf_counter()
            taken.append(now - begun)
            if now - started > within_s:
                break
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client(port) for port in ports))
    return Load(tuple(taken), time.perf_counter() - started)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """Read one answer and return its body.

    Raises:
        RuntimeError: it is not 200.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise RuntimeError(head.decode("latin-1"))
    if b"content-length:" in head:
        return await reader.readexactly(int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(parts)

"""Very many subscribers in one cheap process: `python -m benchmarks.audience PORT`, told what to do over its pipes.

The first line in is JSON: tokens, how many connect with each, and the document. The first line out says that all have
subscribed. When the input ends, the last line out is JSON too: of each event, by its text, when it happened, how many
were told, and when the last of them was.
"""

import asyncio
import base64
import json
import os
import re
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

TEXT = re.compile(rb'"altText":"(event \d+)"')
_AT = re.compile(rb'"at":"([^"]+)"')
_FINAL_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A
_CONNECTING_AT_ONCE = 20


@dataclass
class Heard:
    """An event as it reached the audience; `last_s` is the clock when the last was told, `at` is the event's own."""

    at: str
    told: int = 0
    last_s: float = 0.0


class Listener(asyncio.Protocol):
    """One websocket with one subscription, that does no more with a frame than note that it has come."""

    def __init__(self, token: str, document: str, heard: dict[str, Heard]) -> None:
        self._hello = {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}
        self._wish = {"id": "1", "type": "subscribe", "payload": {"query": document}}
        self._heard = heard
        self._buffer = bytearray()
        self._is_open = False
        self.subscribed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        head = ("GET /graphql HTTP/1.1", "Host: 127.0.0.1", "Connection: Upgrade", "Upgrade: websocket")
        more = ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: graphql-transport-ws")
        transport.write("\r\n".join((*head, *more, f"Sec-WebSocket-Key: {key}", "", "")).encode())

    def data_received(self, data: bytes) -> None:
        now_s = time.time()
        self._buffer += data
        if not self._is_open:
            head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open, self._buffer = True, bytearray(rest)
            self._send(_FINAL_TEXT, json.dumps(self._hello).encode())
        while (frame := self._frame()) is not None:
            self._take(*frame, now_s)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.subscribed.done():
            self.subscribed.set_exception(exc or ConnectionError("the server hung up"))

    def _frame(self) -> tuple[int, bytes] | None:
        """Take one whole frame out of the buffer, None while there is none."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        short = buffer[1]
        begin = {126: 4, 127: 10}.get(short, 2)
        size = short if begin == 2 else int.from_bytes(buffer[2:begin], "big")
        if len(buffer) < begin + size:
            return None
        kind, body = buffer[0], bytes(buffer[begin : begin + size])
        del buffer[: begin + size]
        return kind, body

    def _take(self, kind: int, body: bytes, now_s: float) -> None:
        if kind == _PING:
            self._send(_PONG, body)
        elif kind == _CLOSE:
            raise RuntimeError(body)
        elif found := TEXT.search(body):
            [at] = _AT.findall(body)
            heard = self._heard.setdefault(found[1].decode(), Heard(at.decode()))
            heard.told, heard.last_s = heard.told + 1, now_s
        elif b'"connection_ack"' in body:
            self._send(_FINAL_TEXT, json.dumps(self._wish).encode())
            self.subscribed.set_result(None)
        elif b'"next"' not in body:
            raise RuntimeError(body)

    def _send(self, kind: int, body: bytes) -> None:
        """Send a frame, masked as clients must, with zeros."""
        size = len(body)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
        self._transport.write(bytes([kind]) + length + bytes(4) + body)


async def main(port: int) -> None:
    """Subscribe, listen until the input ends, then tell."""
    loop, heard = asyncio.get_running_loop(), dict[str, Heard]()
    told: dict[str, Any] = json.loads(await loop.run_in_executor(None, sys.stdin.readline))  # Any: JSON
    places = asyncio.Semaphore(_CONNECTING_AT_ONCE)

    async def subscribe(token: str) -> None:
        async with places:
            _, listener = await loop.create_connection(
                lambda: Listener(token, told["document"], heard), "127.0.0.1", port
            )
            await listener.subscribed

    await asyncio.gather(*(subscribe(token) for token in told["tokens"] for _ in range(told["each"])))
    print("subscribed", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({text: asdict(found) for text, found in heard.items()}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

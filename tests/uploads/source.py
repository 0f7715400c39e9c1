"""Somewhere else: what is fetched from there, without a network."""

import asyncio
from collections.abc import Awaitable, Callable

from imaging.errors import UrlRefused
from imaging.ports import Fetched, FetchSink

Script = Callable[[FetchSink], Awaitable[None]]


class Source:
    """Gives its answers one after the other, the last for ever; URLs with `inside` in them are refused."""

    def __init__(self, *answers: bytes | Exception | Script, filename: str = "") -> None:
        self.answers = list(answers)
        self.filename = filename
        self.asked: list[str] = []

    def check(self, url: str) -> None:
        if "inside" in url:
            raise UrlRefused("Nothing is fetched from there.")

    async def fetch(self, url: str, sink: FetchSink) -> Fetched:
        self.asked.append(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, bytes):
            sink.expect(len(answer))
            for start in range(0, len(answer), 4_096):
                await sink.write(answer[start : start + 4_096])
        else:
            await answer(sink)
        return Fetched("pictures.test", self.filename)


class Slow:
    """Begins to send, then waits until it is let go, or for ever."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()
        self.stopped = False

    async def __call__(self, sink: FetchSink) -> None:
        sink.expect(len(self.content))
        await sink.write(self.content[:100])
        self.began.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        await sink.write(self.content[100:])

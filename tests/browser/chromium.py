"""Debian's Chromium, headless, with an empty profile; everything it says and asks for is written down."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Request, WebSocket, async_playwright

EXECUTABLE = "/usr/bin/chromium"
# Without these Chromium calls home when it starts.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Visit:
    """One page, the hosts it spoke to, and what went wrong in it."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._on_request)
        self.page.on("requestfailed", self._on_failure)
        self.page.on("websocket", self._on_websocket)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text[:300]}")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob"):
            self.hosts.add(parts.netloc)

    def _on_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # left behind by going somewhere else
            self.complaints.append(f"{request.failure}: {request.url}")

    def _on_websocket(self, socket: WebSocket) -> None:
        self.hosts.add(urlsplit(socket.url).netloc)


@contextlib.asynccontextmanager
async def visit(url: str) -> AsyncIterator[Visit]:
    """Open the address in a browser of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=list(QUIET))
        try:
            visited = Visit(await browser.new_page(viewport={"width": 1400, "height": 900}))
            visited.listen()
            await visited.page.goto(url)
            yield visited
        finally:
            await browser.close()

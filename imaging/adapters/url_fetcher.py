"""Fetches files from URLs that strangers gave, as guarded as we can; decision 7 says how and why."""

import contextlib
import datetime
import time
from asyncio import timeout
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from ssl import SSLContext

import aiohttp
import httpx
from yarl import URL

from imaging import __version__
from imaging.adapters.host_slots import HostSlots
from imaging.adapters.pinned_connector import Lookup, SystemLookup, pinned_connector
from imaging.adapters.public_addresses import AddressRules, Network
from imaging.adapters.source_urls import SourceUrls
from imaging.adapters.told_filenames import told_filename
from imaging.errors import FetchFailed, FetchInterrupted, SourceUnreachable, TooManyBytes, UrlRefused
from imaging.ports import Fetched, FetchSink
from imaging.settings import ImportSettings

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PASSING = frozenset({408, 425, 429})
LONGEST_WAIT_S = 3_600
HEADERS = {
    "User-Agent": f"imaging/{__version__}",
    "Accept": "image/*, */*;q=0.1",
    # What is not compressed cannot be a bomb, and a picture gains nothing by it.
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True)
class FetchLimits:
    """What fetching one file may cost; a server that sends less than `least_bytes` in `patience_s` is left."""

    max_bytes: int = 200 * 1024 * 1024
    timeout_s: float = 120
    max_redirects: int = 5
    per_host: int = 4
    connect_s: float = 10
    answer_s: float = 30
    patience_s: float = 15
    least_bytes: int = 16 * 1024


@dataclass(frozen=True)
class FetchRules:
    """What is fetched from at all."""

    http: bool = False
    ports: tuple[int, ...] = (80, 443)
    allowed_networks: tuple[Network, ...] = ()
    limits: FetchLimits = field(default_factory=FetchLimits)


def rules_of(settings: ImportSettings) -> FetchRules:
    """Return the rules that were configured."""
    limits = FetchLimits(settings.max_bytes, settings.timeout_s, settings.max_redirects)
    return FetchRules(settings.http, settings.ports, settings.allowed_networks, limits)


class UrlFetcher:
    """Fetches from public hosts only: every name is checked once, where it is connected to, redirects included."""

    def __init__(self, session: aiohttp.ClientSession, urls: SourceUrls, limits: FetchLimits) -> None:
        self._session = session
        self._urls = urls
        self._limits = limits
        self._hosts = HostSlots(limits.per_host)

    def check(self, url: str) -> None:
        """Accept a URL by how it is written, without asking anybody.

        Raises:
            UrlRefused: nothing is ever fetched from it.
        """
        self._urls.read(url)

    async def fetch(self, url: str, sink: FetchSink) -> Fetched:
        """Fetch once, following redirects.

        Raises:
            UrlRefused: it, or where it redirects to, is not fetched from.
            SourceUnreachable: the host cannot be reached, or is inside somebody's house.
            FetchFailed: the answer is not the file.
            FetchInterrupted: not now; it may be tried again.
            TooManyBytes: there are more than one file may have.
        """
        next_url, left_s = self._urls.read(url), self._limits.timeout_s
        for _ in range(self._limits.max_redirects + 1):
            # Waiting for one's turn is not the other side's fault.
            async with self._hosts.place(next_url.raw_host or ""):
                began = time.monotonic()
                found = await self._within(left_s, next_url, sink)
                left_s -= time.monotonic() - began
            if isinstance(found, Fetched):
                return found
            next_url = found
        raise FetchFailed(f"The URL redirects more than {self._limits.max_redirects} times.")

    async def _within(self, left_s: float, url: URL, sink: FetchSink) -> Fetched | URL:
        try:
            async with timeout(left_s):
                return await self._ask(url, sink)
        except TimeoutError:
            raise FetchInterrupted(f"Fetching took longer than {self._limits.timeout_s:g} seconds.") from None

    async def _ask(self, url: URL, sink: FetchSink) -> Fetched | URL:
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with timeout(self._limits.answer_s):
                    with _told():
                        answer = await stack.enter_async_context(self._session.get(url, allow_redirects=False))
            except TimeoutError:
                raise FetchInterrupted("The server did not answer in time.") from None
            if answer.status in REDIRECTS:
                return self._urls.follow(url, answer.headers.get("Location", ""))
            self._check(answer)
            sink.expect(_length(answer))
            chunks = await stack.enter_async_context(contextlib.aclosing(self._chunks(answer)))
            async for chunk in chunks:
                await sink.write(chunk)
            return Fetched(url.host or "", told_filename(answer.headers, url))

    def _check(self, answer: aiohttp.ClientResponse) -> None:
        if answer.status in PASSING or answer.status >= 500:
            raise FetchInterrupted(f"The server answered {answer.status}.", retry_after_s=_retry_after_s(answer))
        if answer.status != 200:
            raise FetchFailed(f"The server answered {answer.status}.")
        if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise FetchFailed("The server sent the file compressed, although asked not to.")
        self._check_size(_length(answer) or 0)

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self._limits.max_bytes:
            raise TooManyBytes(f"The file is larger than the {self._limits.max_bytes} bytes that are allowed.")

    async def _chunks(self, answer: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        """Give the body as it comes, never more than allowed, and not from somebody who lets it trickle."""
        received, waited_s, recent = 0, 0.0, 0
        while True:
            began = time.monotonic()
            with _told():
                chunk = await answer.content.readany()
            if not chunk:
                return
            received, recent = received + len(chunk), recent + len(chunk)
            self._check_size(received)
            waited_s += time.monotonic() - began
            if waited_s >= self._limits.patience_s:
                if recent < self._limits.least_bytes:
                    raise FetchInterrupted("The server sends too slowly.")
                waited_s, recent = 0.0, 0
            yield chunk


@contextlib.asynccontextmanager
async def open_fetcher(
    rules: FetchRules, *, lookup: Lookup | None = None, tls: SSLContext | None = None
) -> AsyncIterator[UrlFetcher]:
    """Open what fetches; the system looks names up, and all public authorities are trusted, unless told otherwise."""
    limits, addresses = rules.limits, AddressRules(rules.allowed_networks)
    session = aiohttp.ClientSession(
        connector=pinned_connector(lookup or SystemLookup(), addresses, tls or httpx.create_ssl_context()),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=HEADERS,
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(
            total=None, connect=limits.connect_s, sock_connect=limits.connect_s, sock_read=limits.patience_s
        ),
    )
    async with session:
        yield UrlFetcher(session, SourceUrls(addresses, http=rules.http, ports=rules.ports), limits)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Tell what the client met as what we foresee; without its cause, in which the whole URL may stand."""
    try:
        yield
    except aiohttp.ClientConnectorCertificateError:
        raise FetchFailed("The server's certificate is not valid for its name.") from None
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise SourceUnreachable from None
    except aiohttp.InvalidURL:
        raise UrlRefused("This is no URL.") from None
    except aiohttp.SocketTimeoutError:
        raise FetchInterrupted("The server fell silent.") from None
    except aiohttp.ClientResponseError:
        raise FetchFailed("The server's answer cannot be understood.") from None
    except (aiohttp.ClientError, OSError):
        raise FetchInterrupted("The connection to the server broke off.") from None


def _length(answer: aiohttp.ClientResponse) -> int | None:
    text = answer.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _retry_after_s(answer: aiohttp.ClientResponse) -> int:
    """Source: RFC 9110, 10.2.3: seconds, or a date."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 20:
        return min(int(text), LONGEST_WAIT_S)
    try:
        left = parsedate_to_datetime(text) - datetime.datetime.now(datetime.UTC)
    except (TypeError, ValueError):
        return 0
    return max(0, min(int(left.total_seconds()), LONGEST_WAIT_S))

"""A web server that answers exactly what a test tells it to, byte for byte, and a client that asks it."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from imaging.adapters.pinned_connector import Lookup
from imaging.adapters.url_fetcher import FetchLimits, FetchRules, UrlFetcher, open_fetcher

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
HOST = "pictures.test"

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Script


@dataclass
class Served:
    """A running server; `requests` are the heads that it was sent."""

    port: int
    scheme: str
    requests: list[str] = field(default_factory=list)

    def url(self, path: str, host: str = HOST) -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


class Kept:
    """Keeps what is fetched."""

    def __init__(self) -> None:
        self.expected: int | None = None
        self.body = b""

    def expect(self, size_bytes: int | None) -> None:
        self.expected = size_bytes

    async def write(self, chunk: bytes) -> None:
        self.body += chunk


class Names:
    """A name server that gives its answers one after the other, the last for ever; unknown names have none."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name.replace("_", "."): list(rows) for name, rows in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        rows = self.answers.get(host)
        if not rows:
            raise OSError("no such name")
        return rows.pop(0) if len(rows) > 1 else rows[0]


def ok(body: bytes, *headers: str) -> bytes:
    return reply("200 OK", *headers, f"Content-Length: {len(body)}", body=body)


def reply(status: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1") + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return reply(status, f"Location: {location}", "Content-Length: 0")


NOT_FOUND = reply("404 Not Found", "Content-Length: 0")


@asynccontextmanager
async def serving(answers: Mapping[str, Answer], tls: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    """Serve on loopback; each answer ends its connection."""
    served, talks = Served(0, "http" if tls is None else "https"), set[asyncio.Task[None]]()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _answer(served, answers, reader, writer)
            writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)


async def _answer(
    served: Served, answers: Mapping[str, Answer], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    served.requests.append(head)
    target = head.split()[1]
    answer = answers.get(target) or answers.get(target.partition("?")[0]) or NOT_FOUND
    if isinstance(answer, bytes):
        writer.write(answer)
        await writer.drain()
    else:
        await answer(writer)


@asynccontextmanager
async def fetching_from(
    served: Served,
    *,
    lookup: Lookup | None = None,
    tls: ssl.SSLContext | None = None,
    limits: FetchLimits | None = None,
    networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network] = LOOPBACK,
) -> AsyncIterator[UrlFetcher]:
    """Open what fetches, from the server's port and from loopback, too."""
    rules = FetchRules(
        http=served.scheme == "http",
        ports=(served.port, 80, 443),
        allowed_networks=tuple(networks),
        limits=limits or FetchLimits(),
    )
    names = lookup or Names(pictures_test=[["127.0.0.1"]])
    async with open_fetcher(rules, lookup=names, tls=tls) as fetcher:
        yield fetcher


@dataclass(frozen=True)
class Authority:
    """A certificate authority of the test's own."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, folder: Path) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
        limits = x509.BasicConstraints(ca=True, path_length=0)
        made = _begun(name, name, key).add_extension(limits, critical=True).sign(key, hashes.SHA256())
        return cls(folder, key, made)

    def trusted(self) -> ssl.SSLContext:
        """What a client that trusts this authority, and no other, checks with."""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server(self, name: str) -> ssl.SSLContext:
        """What a server with a certificate for this name shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = _begun(subject, self.certificate.subject, key).add_extension(names, critical=False)
        certificate = made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self.folder / f"{name}.pem"
        path.write_bytes(secret + certificate)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return context


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )

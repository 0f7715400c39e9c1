"""Connections to addresses that were checked: a name is looked up once, and what was checked is connected to."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from ssl import SSLContext
from threading import Thread
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from imaging.adapters.public_addresses import AddressRules

MAX_ADDRESSES = 8
LOOKUPS_AT_ONCE = 4

Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""Returns all addresses of a name.

Raises:
    OSError: it has none, or nobody knows.
"""


class SystemLookup:
    """Asks the system's resolver, in threads of its own: slow name servers must hold up nothing, not even our end."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    async def __call__(self, host: str) -> Sequence[str]:
        """Return all addresses of a name.

        Raises:
            OSError: it has none, or nobody knows.
        """
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Sequence[str]] = loop.create_future()

        def settle(addresses: Sequence[str], error: OSError | None) -> None:
            # A thread cannot be stopped: its place is free when it ends, whether or not anybody waits for it still.
            self._places.release()
            if found.done():
                return
            if error is None:
                found.set_result(addresses)
            else:
                found.set_exception(error)

        Thread(target=_look_up, args=(host, loop, settle), name="lookup", daemon=True).start()
        return await found


class CheckedResolver(AbstractResolver):
    """Resolves names only when every one of their addresses is admitted: a mixed answer is an attack."""

    def __init__(self, lookup: Lookup, rules: AddressRules) -> None:
        self._lookup = lookup
        self._rules = rules

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 both families are asked for
    ) -> list[ResolveResult]:
        """Return the addresses of a name.

        Raises:
            OSError: it has none, or one that is not admitted.
        """
        found = await self._lookup(host)
        if not found or not all(self._rules.admits(address) for address in found):
            raise OSError(f"no way to {host}")
        return [_result(host, address, port) for address in found[:MAX_ADDRESSES]]

    async def close(self) -> None:
        """Nothing is held."""


def pinned_connector(lookup: Lookup, rules: AddressRules, tls: SSLContext) -> aiohttp.TCPConnector:
    """Return what makes connections, each new and to a checked address.

    Certificates, SNI and the Host header are those of the name.
    """

    def checked_socket(info: Any) -> socket.socket:  # Any: a row of getaddrinfo, or what stands for one
        # The last word, where the number is the one that is connected to: it sees literals, too.
        family, kind, protocol, _, address = info
        if not rules.admits(str(address[0])):
            raise OSError("no way there")
        return socket.socket(family=family, type=kind, proto=protocol)

    return aiohttp.TCPConnector(
        resolver=CheckedResolver(lookup, rules),
        use_dns_cache=False,
        force_close=True,
        socket_factory=checked_socket,
        ssl=tls,
    )


def _look_up(
    host: str, loop: asyncio.AbstractEventLoop, settle: Callable[[Sequence[str], OSError | None], None]
) -> None:
    addresses, failure = list[str](), None
    try:
        addresses = _addresses(host)
    except OSError as error:
        failure = error
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(settle, addresses, failure)


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(f"{host} is no name") from None
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def _result(host: str, address: str, port: int) -> ResolveResult:
    is_ipv6 = ipaddress.ip_address(address).version == 6
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if is_ipv6 else socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST,
    )

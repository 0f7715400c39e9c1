"""Reading URLs that strangers gave: one reading, strict, whose result is what is then connected to."""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import SplitResult, quote, urlsplit

from yarl import URL

from imaging.adapters.public_addresses import AddressRules
from imaging.errors import SourceUnreachable, UrlRefused

MAX_URL = 4_096
_PORTS = {"http": 80, "https": 443}
# Control characters, spaces and backslashes are read differently by everybody; nobody needs them.
_SUSPICIOUS = re.compile(r"[\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_KEPT = "%/:=&?~#+!$,;'@()*[]"


class SourceUrls:
    """Takes http (if allowed) and https URLs, at some ports, of names and of addresses that the rules admit."""

    def __init__(self, rules: AddressRules, *, http: bool, ports: Sequence[int]) -> None:
        self._rules = rules
        self._schemes = ("https", "http") if http else ("https",)
        self._ports = tuple(ports)

    def read(self, text: str) -> URL:
        """Return the URL, without its fragment, exactly as it is to be asked for.

        Raises:
            UrlRefused: it is none, or none that we fetch from.
        """
        parts = _split(text)
        if parts.scheme not in self._schemes:
            raise UrlRefused(f"The URL does not begin with {' or '.join(f'{name}://' for name in self._schemes)}.")
        if "@" in parts.netloc:
            raise UrlRefused("The URL holds a user name or a password; neither is sent.")
        url = _rebuilt(parts, self._host(parts))
        if url.port not in self._ports:
            allowed = ", ".join(map(str, self._ports))
            raise UrlRefused(f"The URL names the port {url.port}; allowed are {allowed}.")
        return url

    def follow(self, url: URL, location: str) -> URL:
        """Return where a redirect leads.

        Raises:
            UrlRefused: there is nothing that we fetch from.
        """
        if not 0 < len(location) <= MAX_URL or _SUSPICIOUS.search(location):
            raise UrlRefused("The URL redirects to something that is no URL.")
        try:
            target = str(url.join(URL(location, encoded=True)))
        except ValueError:
            raise UrlRefused("The URL redirects to something that is no URL.") from None
        return self.read(target)

    def _host(self, parts: SplitResult) -> str:
        host = _canonical(parts)
        if ":" in host or _ends_in_number(host):
            self._check_literal(host)
        elif len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
            raise UrlRefused("The URL names no host, or one that cannot be.")
        return host

    def _check_literal(self, host: str) -> None:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            # 2130706433, 0x7f.1, 0177.0.0.1 and 127.1 are one address to some and another to others.
            raise UrlRefused("The URL names an address in a way that is not usual; four numbers are.") from None
        if not self._rules.admits(str(address)):
            raise SourceUnreachable


def _split(text: str) -> SplitResult:
    if len(text) > MAX_URL:
        raise UrlRefused(f"The URL has {len(text)} characters; {MAX_URL} are allowed.")
    if _SUSPICIOUS.search(text):
        raise UrlRefused("The URL holds spaces, backslashes or control characters.")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise UrlRefused("This is no URL.") from None
    return parts


def _canonical(parts: SplitResult) -> str:
    """Return the host in small ASCII letters, names of other scripts in their IDNA form."""
    if not parts.hostname or "%" in parts.hostname:
        raise UrlRefused("The URL names no host, or one that cannot be.")
    try:
        host = URL.build(scheme=parts.scheme, host=parts.hostname).raw_host
    except ValueError:
        raise UrlRefused("The URL names no host, or one that cannot be.") from None
    return host or ""


def _ends_in_number(host: str) -> bool:
    """Return True for what is meant as an IPv4 address. Source: WHATWG URL, 3.5, "ends in a number"."""
    return _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is not None


def _rebuilt(parts: SplitResult, host: str) -> URL:
    port = _PORTS[parts.scheme] if parts.port is None else parts.port
    authority = f"[{host}]" if ":" in host else host
    if port != _PORTS[parts.scheme]:
        authority += f":{port}"
    # Left as it was written but for what must be escaped: a signed URL is signed over its very letters.
    path, query = quote(parts.path or "/", safe=_KEPT), quote(parts.query, safe=_KEPT)
    return URL.build(scheme=parts.scheme, authority=authority, path=path, query_string=query, encoded=True)

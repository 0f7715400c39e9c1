"""Which addresses of the internet a server may fetch from: only those that anybody could, never a house's inside."""

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# Source: IANA IPv4 and IPv6 Special-Purpose Address Registries, multicast and class E included. Written down here
# because what `ipaddress` calls global changes with each release of Python.
_REFUSED_IPV4 = _networks(
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
# No other part of IPv6 is public: loopback, mapped IPv4, NAT64, unique local, link-local, multicast lie outside.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_REFUSED_IPV6 = _networks(
    "2001::/23",  # Teredo, benchmarking, ORCHID and others
    "2001:db8::/32",
    "2002::/16",  # 6to4: an IPv4 address inside
    "2620:4f:8000::/48",
    "3fff::/20",
)
# Where clouds tell machines their secrets; Azure's is public by its number.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
        ),
    )
)


class AddressRules:
    """Admits public addresses, and those of `allowed` networks, which may be private; metadata services never."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def admits(self, text: str) -> bool:
        """Return True when a connection to this address may be made; what is no address is not admitted."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        if address in _METADATA or _mapped(address) in _METADATA:
            return False
        return any(address in network for network in self._allowed) or _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_IPV4)
    if address not in _GLOBAL_UNICAST or _is_isatap(address):
        return False
    return not any(address in network for network in _REFUSED_IPV6)


def _mapped(address: Address) -> Address | None:
    return address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None


def _is_isatap(address: ipaddress.IPv6Address) -> bool:
    """Return True for an IPv4 address in an interface identifier. Source: RFC 5214, 6.1."""
    return (int(address) >> 32) & 0xFDFF_FFFF == 0x0000_5EFE

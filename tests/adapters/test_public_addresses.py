"""Only what is public is connected to; metadata services never are."""

import ipaddress

import pytest

from imaging.adapters.public_addresses import AddressRules

INSIDE = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "this network"),
    ("10.0.0.1", "private"),
    ("10.255.255.255", "private"),
    ("100.64.0.1", "carrier-grade NAT"),
    ("100.127.255.255", "carrier-grade NAT"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("169.254.0.1", "link-local"),
    ("169.254.169.254", "metadata"),
    ("169.254.170.2", "metadata of containers"),
    ("100.100.100.200", "metadata at Alibaba"),
    ("168.63.129.16", "metadata at Azure"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.192", "metadata at Oracle"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "6to4 relay"),
    ("192.168.1.1", "private"),
    ("198.18.0.1", "benchmarks"),
    ("198.51.100.7", "documentation"),
    ("203.0.113.7", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "mapped loopback"),
    ("::ffff:169.254.169.254", "mapped metadata"),
    ("::ffff:8.8.8.8", "mapped, though public"),
    ("::ffff:0:8.8.8.8", "translated"),
    ("64:ff9b::7f00:1", "NAT64 of loopback"),
    ("64:ff9b::808:808", "NAT64"),
    ("64:ff9b:1::1", "local NAT64"),
    ("100::1", "discarded"),
    ("2001::1", "Teredo"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::1", "6to4 of loopback"),
    ("2002:808:808::1", "6to4"),
    ("2606:4700::5efe:10.0.0.1", "ISATAP"),
    ("2606:4700::200:5efe:10.0.0.1", "ISATAP"),
    ("3fff::1", "documentation"),
    ("4000::1", "not given out"),
    ("5f00::1", "segment routing"),
    ("fc00::1", "unique local"),
    ("fd00:ec2::254", "metadata"),
    ("fd20:ce::254", "metadata at Google"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local with its zone"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("pictures.test", "no address at all"),
    ("", "nothing"),
]


@pytest.mark.parametrize(("address", "_what"), INSIDE)
def test_what_is_not_public_is_not_admitted(address: str, _what: str) -> None:
    assert not AddressRules().admits(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700:4700::1111", "2001:4860:4860::8888"]
)
def test_what_is_public_is_admitted(address: str) -> None:
    assert AddressRules().admits(address)


def test_a_network_that_was_allowed_is_admitted_and_no_other() -> None:
    rules = AddressRules([ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd12::/16")])

    assert rules.admits("10.1.255.1")
    assert rules.admits("fd12::5")
    assert not rules.admits("10.2.0.1")
    assert not rules.admits("::ffff:10.1.255.1")


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "::ffff:169.254.169.254"]
)
def test_metadata_services_are_not_admitted_even_when_everything_is_allowed(address: str) -> None:
    everything = AddressRules([ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")])

    assert not everything.admits(address)

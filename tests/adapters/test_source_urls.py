"""URLs from strangers are read in one way, and what is odd is refused."""

import ipaddress

import pytest

from imaging.adapters.public_addresses import AddressRules
from imaging.adapters.source_urls import SourceUrls
from imaging.errors import SourceUnreachable, UrlRefused

URLS = SourceUrls(AddressRules(), http=False, ports=(80, 443))
WITH_HTTP = SourceUrls(AddressRules(), http=True, ports=(80, 443))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM:443/A.jpg#part", "https://example.com/A.jpg"),
        ("https://example.com:80/a", "https://example.com:80/a"),
        ("https://bücher.example/ä.png", "https://xn--bcher-kva.example/%C3%A4.png"),
        ("https://example.com/a%2Fb%7E?sig=%2F%2B%3d&x=a+b", "https://example.com/a%2Fb%7E?sig=%2F%2B%3d&x=a+b"),
        ("https://my_bucket.example.com/a", "https://my_bucket.example.com/a"),
        ("https://8.8.8.8/a", "https://8.8.8.8/a"),
        ("https://[2606:4700:4700::1111]/a", "https://[2606:4700:4700::1111]/a"),
    ],
)
def test_a_url_is_asked_for_as_it_was_written(text: str, read: str) -> None:
    assert str(URLS.read(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/a.jpg",
        "//example.com/a.jpg",
        "https:",
        "https://",
        "https:///a.jpg",
        "http://example.com/a.jpg",
        "file:///etc/passwd",
        "ftp://example.com/a",
        "gopher://example.com/",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "unix:///var/run/docker.sock",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com:8080/",
        "https://example.com:22/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com /",
        "https://example.com/a b",
        "https://exa\tmple.com/",
        "https://example.com/\r\nHost: inside",
        "https://example.com\x00.evil.example/",
        "https://example.com./",
        "https://a..b/",
        "https://.example.com/",
        "https://-a.example/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 130 + "example/",
        "https://example.com/" + "a" * 4_096,
        "https://127%2e0.0.1/",
        "https://example%00.com/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://1.2.3/",
        "https://1.2.3.4.5/",
        "https://example.0x10/",
        "https://017700000001/",
        "https://\ud800.example/",
    ],
)
def test_an_odd_url_is_refused(text: str) -> None:
    with pytest.raises(UrlRefused):
        URLS.read(text)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fd00:ec2::254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "①②⑦.⓪.⓪.①",
        "１２７.0.0.1",
        "127。0。0。1",
    ],
)
def test_an_inner_address_is_refused_in_the_words_of_a_host_that_cannot_be_reached(host: str) -> None:
    with pytest.raises(SourceUnreachable) as refused:
        URLS.read(f"https://{host}/")

    assert refused.value.message == SourceUnreachable().message
    assert refused.value.code == "URL_REFUSED"


def test_http_needs_a_setting_and_says_so() -> None:
    assert str(WITH_HTTP.read("http://example.com/a")) == "http://example.com/a"

    with pytest.raises(UrlRefused, match="https://"):
        URLS.read("http://example.com/a")


def test_an_allowed_network_is_read() -> None:
    urls = SourceUrls(AddressRules([ipaddress.ip_network("10.0.0.0/8")]), http=False, ports=(443, 8443))

    assert str(urls.read("https://10.1.2.3:8443/a")) == "https://10.1.2.3:8443/a"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b?c=%2F", "https://example.com/b?c=%2F"),
        ("b.jpg", "https://example.com/x/b.jpg"),
        ("//other.example/b", "https://other.example/b"),
        ("https://other.example/b#c", "https://other.example/b"),
    ],
)
def test_a_redirect_is_followed_from_where_it_was(location: str, target: str) -> None:
    assert str(URLS.follow(URLS.read("https://example.com/x/a.jpg"), location)) == target


@pytest.mark.parametrize(
    "location",
    [
        "http://example.com/",
        "file:///etc/passwd",
        "//127.0.0.1/",
        "https://[::1]/",
        "https://user@example.com/",
        "https://example.com:22/",
        "\\\\inside\\share",
        "https://example.com\\@127.0.0.1/",
        "https://[",
        "a" * 5_000,
        "",
    ],
)
def test_a_redirect_is_refused_like_any_url(location: str) -> None:
    with pytest.raises(UrlRefused):
        URLS.follow(URLS.read("https://example.com/x/a.jpg"), location)

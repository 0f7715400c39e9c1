"""Files are fetched from URLs: what comes, under which name, by which requests, and through which redirects."""

import asyncio
from pathlib import Path

import pytest

from imaging.adapters.pinned_connector import SystemLookup
from imaging.adapters.url_fetcher import FetchLimits
from imaging.errors import FetchFailed, FetchInterrupted, SourceUnreachable, UrlRefused
from tests.adapters.hostile import HOST, Authority, Kept, Names, fetching_from, ok, redirect, reply, serving

BODY = b"\x89PNG\r\n\x1a\n" + bytes(100_000)


async def test_a_file_is_fetched_with_its_name_and_its_announced_size() -> None:
    kept = Kept()
    answers = {"/a/sunset.png": ok(BODY, "Content-Disposition: attachment; filename=../../evil.png")}

    async with serving(answers) as served, fetching_from(served) as fetcher:
        fetched = await fetcher.fetch(served.url("/a/sunset.png"), kept)

    assert (kept.body, kept.expected) == (BODY, len(BODY))
    assert (fetched.host, fetched.filename) == (HOST, "../../evil.png")


async def test_the_request_names_us_asks_for_plain_bytes_and_carries_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HOST} login somebody password secret")
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", str(netrc))

    answers = {"/1": reply("302 Found", "Location: /2", "Set-Cookie: a=b"), "/2": ok(BODY)}
    async with serving(answers) as served, fetching_from(served) as fetcher:
        await fetcher.fetch(served.url("/1"), Kept())

    lines = served.requests[1].lower().splitlines()
    assert f"host: {HOST}:{served.port}" in lines
    assert "accept-encoding: identity" in lines
    assert any(line.startswith("user-agent: imaging/") for line in lines)
    assert not any(line.startswith(("cookie", "authorization", "referer", "proxy")) for line in lines)


async def test_what_a_url_asks_for_is_sent_letter_by_letter() -> None:
    path = "/a%2Fb%7E/%C3%A4?X-Amz-Signature=%2F%2B%3d&x=a+b"

    async with serving({path: ok(BODY)}) as served, fetching_from(served) as fetcher:
        await fetcher.fetch(served.url(path) + "#fragment", Kept())

    assert served.requests[0].splitlines()[0] == f"GET {path} HTTP/1.1"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_followed(status: str) -> None:
    kept = Kept()
    answers = {"/1": redirect("/b/two.png", status), "/b/two.png": ok(BODY)}

    async with serving(answers) as served, fetching_from(served) as fetcher:
        fetched = await fetcher.fetch(served.url("/1"), kept)

    assert kept.body == BODY
    assert fetched.filename == "two.png"


async def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    answers = {f"/{number}": redirect(f"/{number + 1}") for number in range(7)} | {"/7": ok(BODY)}

    async with serving(answers) as served, fetching_from(served) as fetcher:
        await fetcher.fetch(served.url("/2"), Kept())
        with pytest.raises(FetchFailed, match="more than 5 times"):
            await fetcher.fetch(served.url("/1"), Kept())

    assert len(served.requests) == 6 + 6


async def test_a_loop_of_redirects_ends() -> None:
    async with serving({"/1": redirect("/2"), "/2": redirect("/1")}) as served, fetching_from(served) as fetcher:
        with pytest.raises(FetchFailed, match="redirects"):
            await fetcher.fetch(served.url("/1"), Kept())


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://inside.test/",
        "file:///etc/passwd",
        "ftp://pictures.test/",
        "http://user:secret@pictures.test/",
        "http://pictures.test:22/",
        "https://",
        "",
    ],
)
async def test_a_redirect_to_what_is_not_fetched_from_is_refused(target: str) -> None:
    names = Names(pictures_test=[["127.0.0.1"]], inside_test=[["192.168.1.1"]])

    async with serving({"/1": redirect(target)}) as served, fetching_from(served, lookup=names) as fetcher:
        with pytest.raises(UrlRefused):
            await fetcher.fetch(served.url("/1"), Kept())


@pytest.mark.parametrize("status", ["400 Bad", "401 Who", "403 No", "404 Gone", "204 Nothing", "206 Part", "304 Same"])
async def test_an_answer_that_is_no_file_is_final(status: str) -> None:
    async with serving({"/1": reply(status, "Content-Length: 0")}) as served, fetching_from(served) as fetcher:
        with pytest.raises(FetchFailed, match=f"answered {status[:3]}") as failed:
            await fetcher.fetch(served.url("/1"), Kept())

    assert not isinstance(failed.value, FetchInterrupted)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 120", 120),
        ("Retry-After: 99999999999999", 3_600),
        ("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", 3_600),
        ("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("Retry-After: -5", 0),
        ("Retry-After: soon", 0),
        ("X-Other: 5", 0),
    ],
)
@pytest.mark.parametrize("status", ["429 Too Many", "503 Busy"])
async def test_an_answer_that_may_change_tells_when_to_come_back(status: str, header: str, seconds: int) -> None:
    answers = {"/1": reply(status, header, "Content-Length: 0")}

    async with serving(answers) as served, fetching_from(served) as fetcher:
        with pytest.raises(FetchInterrupted) as failed:
            await fetcher.fetch(served.url("/1"), Kept())

    assert failed.value.retry_after_s == seconds


async def test_https_asks_for_the_name_and_checks_its_certificate(tmp_path: Path) -> None:
    authority, kept = Authority.made(tmp_path), Kept()

    async with (
        serving({"/1": ok(BODY)}, authority.server(HOST)) as served,
        fetching_from(served, tls=authority.trusted()) as fetcher,
    ):
        await fetcher.fetch(served.url("/1"), kept)

    assert kept.body == BODY
    assert f"Host: {HOST}:{served.port}" in served.requests[0]


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    authority = Authority.made(tmp_path)

    async with (
        serving({"/1": ok(BODY)}, authority.server("other.test")) as served,
        fetching_from(served, tls=authority.trusted()) as fetcher,
    ):
        with pytest.raises(FetchFailed, match="certificate"):
            await fetcher.fetch(served.url("/1"), Kept())

    assert served.requests == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    authority = Authority.made(tmp_path)

    async with serving({"/1": ok(BODY)}, authority.server(HOST)) as served, fetching_from(served) as fetcher:
        with pytest.raises(FetchFailed, match="certificate"):
            await fetcher.fetch(served.url("/1"), Kept())


async def test_a_host_is_asked_for_a_few_files_at_once_and_the_others_wait() -> None:
    running, most, gate = 0, 0, asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        if running == 2:
            gate.set()
        await gate.wait()
        await asyncio.sleep(0.05)
        running -= 1
        writer.write(ok(BODY))

    limits = FetchLimits(per_host=2)
    async with serving({"/1": slow}) as served, fetching_from(served, limits=limits) as fetcher:
        await asyncio.gather(*(fetcher.fetch(served.url("/1"), Kept()) for _ in range(6)))

    assert most == 2
    assert len(served.requests) == 6


async def test_who_cannot_be_reached_is_told_apart_from_who_must_not_be_by_nobody() -> None:
    names = Names(inside_test=[["10.0.0.1"]], closed_test=[["127.0.0.1"]])
    said = set()

    async with serving({}) as served, fetching_from(served, lookup=names) as fetcher:
        for url in ("http://inside.test/", "http://unknown.test/", "http://closed.test/", "http://10.0.0.1/"):
            with pytest.raises(SourceUnreachable) as failed:
                await fetcher.fetch(url, Kept())
            said.add((type(failed.value), failed.value.code, failed.value.message))

    assert len(said) == 1


async def test_names_are_looked_up_by_the_system_and_what_is_no_name_has_no_address() -> None:
    lookup = SystemLookup()

    assert set(await lookup("localhost")) <= {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match="is no name"):
        await lookup("a" * 64 + ".invalid")


async def test_lookups_that_nobody_waits_for_keep_their_places_until_they_end() -> None:
    lookup = SystemLookup()
    left = [asyncio.ensure_future(lookup("localhost")) for _ in range(20)]
    await asyncio.sleep(0)
    for task in left:
        task.cancel()

    assert await lookup("127.0.0.1") == ["127.0.0.1"]

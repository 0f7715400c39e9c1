"""Whatever a server does, fetching from it ends, soon and small."""

import asyncio
import contextlib
import gzip
import itertools
import secrets
import socket
import ssl
import traceback

import pytest

from imaging.adapters.pinned_connector import CheckedResolver, pinned_connector
from imaging.adapters.public_addresses import AddressRules
from imaging.adapters.url_fetcher import FetchLimits
from imaging.errors import FetchFailed, FetchInterrupted, ImagingError, SourceUnreachable, TooManyBytes
from tests.adapters.hostile import Answer, Kept, Names, fetching_from, ok, reply, serving
from tests.adapters.test_public_addresses import INSIDE

KIB = 1024
SECRET = secrets.token_hex()
SMALL = FetchLimits(max_bytes=100 * KIB)
IMPATIENT = FetchLimits(patience_s=0.5, least_bytes=16 * KIB)
HASTY = FetchLimits(answer_s=1, patience_s=0.5)


async def failure(answer: Answer, limits: FetchLimits = SMALL, kept: Kept | None = None) -> ImagingError:
    """Fetch, and return how it failed; nothing of that tells the URL's query."""
    async with serving({"/1": answer}) as served, fetching_from(served, limits=limits) as fetcher:
        with pytest.raises(ImagingError) as caught:
            await fetcher.fetch(served.url(f"/1?key={SECRET}"), kept or Kept())
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(reply("200 OK", "Content-Type: image/png"))
    while not writer.is_closing():
        writer.write(bytes(64 * KIB))
        await writer.drain()


async def test_an_endless_body_is_cut_off_at_the_limit() -> None:
    kept = Kept()

    assert isinstance(await failure(endless, kept=kept), TooManyBytes)
    assert len(kept.body) <= SMALL.max_bytes


async def test_an_endless_chunked_body_is_cut_off_at_the_limit() -> None:
    async def chunks(writer: asyncio.StreamWriter) -> None:
        writer.write(reply("200 OK", "Transfer-Encoding: chunked"))
        while not writer.is_closing():
            writer.write(b"1000\r\n" + bytes(0x1000) + b"\r\n")
            await writer.drain()

    assert isinstance(await failure(chunks), TooManyBytes)


async def test_a_length_past_the_limit_is_refused_before_a_byte_of_the_body() -> None:
    kept = Kept()
    answer = reply("200 OK", f"Content-Length: {10**12}", body=bytes(KIB))

    assert isinstance(await failure(answer, kept=kept), TooManyBytes)
    assert kept.body == b""


async def test_fewer_bytes_than_announced_are_no_file() -> None:
    assert isinstance(await failure(reply("200 OK", "Content-Length: 2000", body=bytes(1000))), FetchInterrupted)


async def test_of_more_bytes_than_announced_none_is_taken_that_was_not() -> None:
    kept = Kept()
    answer = reply("200 OK", "Content-Length: 1000", body=bytes(90 * KIB))

    async with serving({"/1": answer}) as served, fetching_from(served, limits=SMALL) as fetcher:
        with contextlib.suppress(FetchFailed):
            await fetcher.fetch(served.url("/1"), kept)

    assert len(kept.body) <= 1000


@pytest.mark.parametrize("lengths", [("-1",), ("1e3",), ("0x10",), ("5", "6"), ("9" * 30,)])
async def test_a_length_that_is_none_is_not_believed(lengths: tuple[str, ...]) -> None:
    headers = [f"Content-Length: {length}" for length in lengths]

    assert isinstance(await failure(reply("200 OK", *headers, body=b"12345678")), FetchFailed | TooManyBytes)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "identity, gzip", "x-whatever"])
async def test_a_compressed_body_is_not_even_read(encoding: str) -> None:
    kept = Kept()
    bomb = gzip.compress(bytes(10 * KIB * KIB))

    error = await failure(ok(bomb, f"Content-Encoding: {encoding}"), kept=kept)

    assert "compressed" in error.message
    assert kept.body == b""


async def test_a_server_that_trickles_is_left() -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(reply("200 OK", "Content-Length: 100000"))
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    error = await failure(trickle, IMPATIENT)

    assert isinstance(error, FetchInterrupted)
    assert "slowly" in error.message or "silent" in error.message


async def test_a_server_that_says_nothing_is_left() -> None:
    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    assert isinstance(await failure(silent, HASTY), FetchInterrupted)


async def test_a_server_that_stops_in_the_middle_is_left() -> None:
    async def stuck(writer: asyncio.StreamWriter) -> None:
        writer.write(reply("200 OK", "Content-Length: 100000", body=bytes(KIB)))
        await writer.drain()
        await asyncio.sleep(30)

    assert isinstance(await failure(stuck, IMPATIENT), FetchInterrupted)


async def test_headers_that_trickle_or_never_end_are_left() -> None:
    async def headers(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in itertools.count():
            writer.write(f"X-{number}: y\r\n".encode())
            await writer.drain()
            await asyncio.sleep(0.05)

    assert isinstance(await failure(headers, HASTY), FetchFailed)


async def test_all_of_it_together_has_one_time_limit() -> None:
    async def steady(writer: asyncio.StreamWriter) -> None:
        writer.write(reply("200 OK"))
        while not writer.is_closing():
            writer.write(bytes(KIB))
            await writer.drain()
            await asyncio.sleep(0.02)

    error = await failure(steady, FetchLimits(timeout_s=1, least_bytes=1))

    assert isinstance(error, FetchInterrupted)
    assert "longer than 1 seconds" in error.message


@pytest.mark.parametrize(
    "head",
    [
        b"X-Long: " + bytes([97]) * 1_000_000 + b"\r\n",
        b"".join(b"X-%d: y\r\n" % number for number in range(100_000)),
        b"Broken\r\n",
        b"X-Null: a\x00b\r\n",
    ],
)
async def test_a_bomb_of_headers_is_refused(head: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 5\r\n\r\n12345"

    assert isinstance(await failure(answer), FetchFailed)


@pytest.mark.parametrize("answer", [b"", b"\x16\x03\x01\x02", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"220 mail ready\r\n"])
async def test_what_does_not_speak_http_is_left(answer: bytes) -> None:
    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    assert isinstance(await failure(speak), FetchFailed)


async def test_endless_hints_before_the_answer_are_left() -> None:
    async def hints(writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    assert isinstance(await failure(hints, HASTY), FetchInterrupted)


async def test_a_switch_to_another_protocol_is_no_file() -> None:
    answer = reply("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")

    assert isinstance(await failure(answer), FetchFailed)


async def test_a_server_that_closes_its_half_has_sent_its_file() -> None:
    kept = Kept()

    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(reply("200 OK", body=bytes(KIB)))
        writer.write_eof()
        await asyncio.sleep(0.3)

    async with serving({"/1": half}) as served, fetching_from(served) as fetcher:
        await fetcher.fetch(served.url("/1"), kept)

    assert (len(kept.body), kept.expected) == (KIB, None)


async def test_a_server_that_hangs_up_is_left() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.write(reply("200 OK", "Content-Length: 100000", body=bytes(KIB)))
        await writer.drain()
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    assert isinstance(await failure(reset), FetchInterrupted)


@pytest.mark.parametrize(("address", "_what"), [row for row in INSIDE if row[0]])
async def test_a_name_that_leads_inside_is_not_connected_to(address: str, _what: str) -> None:
    names = Names(pictures_test=[[address]])

    async with serving({}) as served, fetching_from(served, lookup=names, networks=()) as fetcher:
        with pytest.raises(SourceUnreachable):
            await fetcher.fetch(served.url("/"), Kept())

    assert served.requests == []


async def test_one_inner_address_among_public_ones_refuses_the_name() -> None:
    resolver = CheckedResolver(Names(pictures_test=[["1.1.1.1", "10.0.0.1"]]), AddressRules())

    with pytest.raises(OSError, match="no way"):
        await resolver.resolve("pictures.test", 443)


async def test_a_name_that_is_moved_after_the_check_is_connected_to_where_it_was_checked() -> None:
    names = Names(pictures_test=[["127.0.0.1"], ["10.0.0.1"]])

    async with serving({"/1": ok(b"1")}) as served, fetching_from(served, lookup=names) as fetcher:
        kept = Kept()
        await fetcher.fetch(served.url("/1"), kept)
        with pytest.raises(SourceUnreachable):
            await fetcher.fetch(served.url("/1"), kept)

    assert kept.body == b"1"
    assert names.asked == ["pictures.test", "pictures.test"]
    assert len(served.requests) == 1


async def test_a_redirect_to_the_same_name_is_looked_up_and_checked_again() -> None:
    names = Names(pictures_test=[["127.0.0.1"], ["10.0.0.1"]])
    answers = {"/1": reply("302 Found", "Location: /2", "Content-Length: 0"), "/2": ok(b"2")}

    async with serving(answers) as served, fetching_from(served, lookup=names) as fetcher:
        with pytest.raises(SourceUnreachable):
            await fetcher.fetch(served.url("/1"), Kept())

    assert len(served.requests) == 1


async def test_a_socket_is_not_made_for_an_address_that_nobody_checked() -> None:
    async with pinned_connector(Names(), AddressRules(), ssl.create_default_context()) as connector:
        make = connector._socket_factory
        assert make is not None
        info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 80))

        with pytest.raises(OSError, match="no way"):
            make(info)

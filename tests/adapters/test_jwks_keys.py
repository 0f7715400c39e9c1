import asyncio
import contextlib
import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from imaging.adapters.jwks_keys import MAX_BYTES, JwksKeys, from_file, from_url
from imaging.adapters.jwt_verifier import JwtVerifier
from imaging.errors import Overloaded, Unauthenticated

ISSUER = "https://login.example.com/"
Key = OKPKey | ECKey | RSAKey


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Provider:
    """An identity provider on a port of its own; `body` and `status` are what it answers."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.body: bytes | None = None
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                self.send_response(provider.status)
                for name, value in provider.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                body = provider.body
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self.wfile.write(json.dumps({"keys": provider.keys}).encode() if body is None else body)

            def log_message(self, format: str, *args: Any) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/jwks"

    def publish(self, *keys: Key) -> None:
        self.keys = [key.as_dict(private=False) for key in keys]


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    thread = threading.Thread(target=provider.server.serve_forever, args=(0.02,))
    thread.start()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()
    thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keys(provider: Provider, clock: Clock) -> AsyncIterator[JwksKeys]:
    async with httpx.AsyncClient() as client:
        yield JwksKeys(from_url(client, provider.url), clock=clock)


@pytest.fixture
def verifier(keys: JwksKeys) -> JwtVerifier:
    return JwtVerifier(keys, issuer=ISSUER, audience="pictures")


def new_key(kid: str, kind: str = "EC") -> Key:
    if kind == "EC":
        return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})
    if kind == "RSA":
        return RSAKey.generate_key(2048, {"kid": kid, "alg": "RS256"})
    return OKPKey.generate_key("Ed25519", {"kid": kid})


def token(key: Key, algorithm: str = "ES256", **header: Any) -> str:
    claims = {"iss": ISSUER, "aud": "pictures", "sub": "ann", "exp": time.time() + 600}
    return jwt.encode({"alg": algorithm, "kid": key.kid} | header, claims, key, algorithms=[algorithm])


@pytest.mark.parametrize(("kind", "algorithm"), [("EC", "ES256"), ("RSA", "RS256"), ("OKP", "Ed25519")])
async def test_tokens_of_the_provider_are_accepted(
    kind: str, algorithm: str, provider: Provider, verifier: JwtVerifier
) -> None:
    key = new_key("one", kind)
    provider.publish(key)
    assert (await verifier.verify(token(key, algorithm))).subject == "ann"


async def test_the_provider_is_asked_once_for_many_tokens(provider: Provider, verifier: JwtVerifier) -> None:
    key = new_key("one")
    provider.publish(key)
    await asyncio.gather(*(verifier.verify(token(key)) for _ in range(20)))
    assert provider.asked == 1


async def test_a_new_key_is_found_by_asking_once_more(provider: Provider, verifier: JwtVerifier, clock: Clock) -> None:
    old, new = new_key("old"), new_key("new")
    provider.publish(old)
    await verifier.verify(token(old))
    provider.publish(old, new)
    clock.now += 11
    assert (await verifier.verify(token(new))).subject == "ann"
    assert (await verifier.verify(token(old))).subject == "ann"
    assert provider.asked == 2


async def test_made_up_key_ids_cannot_make_us_ask_again_and_again(
    provider: Provider, verifier: JwtVerifier, clock: Clock
) -> None:
    key = new_key("one")
    provider.publish(key)
    await verifier.verify(token(key))
    clock.now += 11
    for number in range(20):
        with pytest.raises(Unauthenticated):
            await verifier.verify(token(new_key(f"made-up-{number}")))
    assert provider.asked == 2


async def test_a_withdrawn_key_ends_the_tokens_it_signed(
    provider: Provider, verifier: JwtVerifier, clock: Clock
) -> None:
    old, new = new_key("old"), new_key("new")
    provider.publish(old, new)
    remembered = token(old)
    await verifier.verify(remembered)
    provider.publish(new)
    clock.now += 301
    with pytest.raises(Unauthenticated):
        await verifier.verify(remembered)
    assert (await verifier.verify(token(new))).subject == "ann"


async def test_a_replaced_key_under_the_same_id_ends_the_tokens_of_the_first(
    provider: Provider, verifier: JwtVerifier, clock: Clock
) -> None:
    first, second = new_key("same"), new_key("same")
    provider.publish(first)
    remembered = token(first)
    await verifier.verify(remembered)
    provider.publish(second)
    clock.now += 301
    with pytest.raises(Unauthenticated):
        await verifier.verify(remembered)


async def test_keys_we_cannot_use_do_not_spoil_the_others(
    provider: Provider, verifier: JwtVerifier, caplog: pytest.LogCaptureFixture
) -> None:
    key = new_key("one")
    usable = key.as_dict(private=False)
    provider.keys = [
        {"kty": "EC", "kid": "curve", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "LWE", "kid": "post-quantum"},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "short"},
        {"kty": "OKP", "crv": "X25519", "kid": "exchange", "x": "AAAA"},
        {"kty": ["EC"]},
        {},
        "key",  # type: ignore[list-item]  # a provider may write anything
        usable | {"kid": "encryption", "use": "enc"},
        usable,
    ]
    with caplog.at_level(logging.WARNING):
        assert (await verifier.verify(token(key))).subject == "ann"
    assert "passed over" in caplog.text


async def test_an_encryption_key_signs_nothing(provider: Provider, verifier: JwtVerifier) -> None:
    key, other = new_key("one"), new_key("other")
    provider.keys = [key.as_dict(private=False) | {"use": "enc"}, other.as_dict(private=False)]
    with pytest.raises(Unauthenticated):
        await verifier.verify(token(key))


async def test_a_key_for_one_algorithm_is_good_for_no_other(provider: Provider, verifier: JwtVerifier) -> None:
    key = RSAKey.generate_key(2048, {"kid": "one"})
    provider.keys = [key.as_dict(private=False) | {"alg": "RS512"}]
    with pytest.raises(Unauthenticated):
        await verifier.verify(token(key, "RS256"))


async def test_while_the_provider_is_away_its_keys_stay_good(
    provider: Provider, verifier: JwtVerifier, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    key = new_key("one")
    provider.publish(key)
    await verifier.verify(token(key))
    provider.status = 503
    clock.now += 301
    assert (await verifier.verify(token(key, jku="https://elsewhere.example"))).subject == "ann"
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (302, b""), (200, b"{"), (200, b"[]"), (200, b'{"keys": {}}'), (200, b" " * (MAX_BYTES + 1))],
)
async def test_a_provider_that_never_answered_is_an_outage_not_a_bad_token(
    status: int, body: bytes, provider: Provider, verifier: JwtVerifier, clock: Clock
) -> None:
    key = new_key("one")
    provider.publish(key)
    provider.status, provider.body, provider.headers = status, body, {"Location": provider.url}
    with pytest.raises(Overloaded):
        await verifier.verify(token(key))
    assert provider.asked == 1
    provider.status, provider.body, provider.headers = 200, None, {}
    clock.now += 11
    assert (await verifier.verify(token(key))).subject == "ann"


async def test_a_token_without_key_id_needs_the_only_key_of_its_kind(provider: Provider, verifier: JwtVerifier) -> None:
    elliptic, rsa = new_key("one"), new_key("two", "RSA")
    provider.publish(elliptic, rsa)
    claims = {"iss": ISSUER, "aud": "pictures", "sub": "ann", "exp": time.time() + 600}
    nameless = jwt.encode({"alg": "ES256"}, claims, elliptic, algorithms=["ES256"])
    assert (await verifier.verify(nameless)).subject == "ann"


async def test_a_token_without_key_id_is_refused_when_two_keys_could_be_meant(
    provider: Provider, verifier: JwtVerifier
) -> None:
    first, second = new_key("one"), new_key("two")
    provider.publish(first, second)
    claims = {"iss": ISSUER, "aud": "pictures", "sub": "ann", "exp": time.time() + 600}
    with pytest.raises(Unauthenticated):
        await verifier.verify(jwt.encode({"alg": "ES256"}, claims, first, algorithms=["ES256"]))


async def test_keys_can_come_from_a_file_and_rotate_there(tmp_path: Path, clock: Clock) -> None:
    old, new = new_key("old"), new_key("new")
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [old.as_dict(private=False)]}))
    verifier = JwtVerifier(JwksKeys(from_file(path), clock=clock), issuer=ISSUER, audience="pictures")
    assert (await verifier.verify(token(old))).subject == "ann"
    path.write_text(json.dumps({"keys": [new.as_dict(private=False)]}))
    clock.now += 301
    assert (await verifier.verify(token(new))).subject == "ann"

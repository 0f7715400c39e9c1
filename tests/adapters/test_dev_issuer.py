import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from imaging.adapters.dev_issuer import AUDIENCE, ISSUER, DevIssuer
from imaging.adapters.jwt_verifier import MAX_TOKEN_BYTES, REMEMBERED_TOKENS, Algorithms, JwtVerifier
from imaging.errors import Unauthenticated


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(tmp_path: Path, clock: Clock) -> DevIssuer:
    return DevIssuer(tmp_path / "keys", clock=clock)


@pytest.fixture
def verifier(issuer: DevIssuer, clock: Clock) -> JwtVerifier:
    return JwtVerifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=clock)


def part(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def own_key(tmp_path: Path) -> OKPKey:
    return OKPKey.import_key((tmp_path / "keys" / "issuer.pem").read_bytes())


def signed(tmp_path: Path, clock: Clock, **changes: Any) -> str:
    """A token signed by the real key, with some claims changed; None removes a claim."""
    key = own_key(tmp_path)
    now = int(clock())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "roles": ["editor"], "exp": now + 60} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "EdDSA", "kid": key.thumbprint()}, claims, key, registry=Algorithms())


async def test_a_token_says_who_in_which_role_until_when(
    issuer: DevIssuer, verifier: JwtVerifier, clock: Clock
) -> None:
    claims = await verifier.verify(issuer.token(role="admin", subject="ann", name="Ann", ttl_s=60))
    assert (claims.issuer, claims.subject, claims.roles, claims.name) == (ISSUER, "ann", ("admin",), "Ann")
    assert claims.expires_at_s == int(clock.now) + 60


async def test_the_key_outlives_the_process(issuer: DevIssuer, tmp_path: Path, verifier: JwtVerifier) -> None:
    token = DevIssuer(tmp_path / "keys").token(role="viewer", ttl_s=60)
    assert (await verifier.verify(token)).subject == "developer"


async def test_another_installation_s_token_is_refused(verifier: JwtVerifier, tmp_path: Path) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.verify(DevIssuer(tmp_path / "elsewhere").token(role="admin", ttl_s=60))


async def test_a_token_ends_also_when_it_was_seen_before(
    issuer: DevIssuer, verifier: JwtVerifier, clock: Clock
) -> None:
    token = issuer.token(role="editor", ttl_s=60)
    await verifier.verify(token)
    clock.now += 69
    assert (await verifier.verify(token)).subject == "developer"
    clock.now += 2
    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.verify(token)
    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.verify(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody-else"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 10**400},
        {"exp": True},
        {"nbf": time.time() + 3_600},
        {"iat": time.time() + 3_600},
    ],
    ids=str,
)
async def test_a_claim_that_does_not_fit_is_refused(
    changes: dict[str, Any], issuer: DevIssuer, verifier: JwtVerifier, tmp_path: Path, clock: Clock
) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.verify(signed(tmp_path, clock, **changes))


async def test_a_list_of_audiences_may_name_us(
    issuer: DevIssuer, verifier: JwtVerifier, tmp_path: Path, clock: Clock
) -> None:
    token = signed(tmp_path, clock, aud=["another-service", AUDIENCE])
    assert (await verifier.verify(token)).subject == "ann"


@pytest.mark.parametrize(
    ("claim", "value", "roles"),
    [
        ("roles", {"roles": ["viewer", "admin"]}, ("viewer", "admin")),
        ("roles", {"roles": "viewer editor"}, ("viewer", "editor")),
        ("roles", {"roles": [1, None, "editor"]}, ("editor",)),
        ("roles", {"roles": {"admin": True}}, ()),
        ("roles", {"roles": None}, ()),
        ("realm_access.roles", {"realm_access": {"roles": ["admin"]}}, ("admin",)),
        ("realm_access.roles", {"realm_access": "admin"}, ()),
    ],
)
async def test_roles_are_read_from_the_claim_that_is_set(
    claim: str, value: dict[str, Any], roles: tuple[str, ...], issuer: DevIssuer, tmp_path: Path, clock: Clock
) -> None:
    verifier = JwtVerifier(issuer, issuer=ISSUER, audience=AUDIENCE, roles_claim=claim, clock=clock)
    assert (await verifier.verify(signed(tmp_path, clock, **value))).roles == roles


async def test_an_unsigned_token_is_refused(issuer: DevIssuer, verifier: JwtVerifier, tmp_path: Path) -> None:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "eve", "roles": ["admin"], "exp": time.time() + 60}
    for algorithm in ("none", "None", "NONE"):
        header = {"alg": algorithm, "kid": own_key(tmp_path).thumbprint()}
        with pytest.raises(Unauthenticated):
            await verifier.verify(f"{part(header)}.{part(claims)}.")


async def test_the_public_key_is_no_shared_secret(issuer: DevIssuer, verifier: JwtVerifier, tmp_path: Path) -> None:
    key = own_key(tmp_path)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "eve", "roles": ["admin"], "exp": time.time() + 60}
    message = f"{part({'alg': 'HS256', 'kid': key.thumbprint()})}.{part(claims)}"
    for secret in (key.as_pem(private=False), key.as_der(private=False), str(key["x"]).encode()):
        forged = hmac.new(secret, message.encode(), hashlib.sha256).digest()
        with pytest.raises(Unauthenticated):
            await verifier.verify(f"{message}.{part(forged)}")


async def test_a_key_sent_along_with_the_token_is_not_believed(
    issuer: DevIssuer, verifier: JwtVerifier, tmp_path: Path
) -> None:
    mine = OKPKey.generate_key("Ed25519")
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "eve", "roles": ["admin"], "exp": time.time() + 60}
    header = {"alg": "EdDSA", "kid": own_key(tmp_path).thumbprint(), "jwk": mine.as_dict(private=False)}
    with pytest.raises(Unauthenticated):
        await verifier.verify(jwt.encode(header, claims, mine, registry=Algorithms()))


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("ES256", ECKey.generate_key("P-256")),
        ("RS256", RSAKey.generate_key(2048)),
        ("PS256", RSAKey.generate_key(2048)),
    ],
)
async def test_another_kind_of_key_under_our_key_id_is_refused(
    algorithm: str, key: ECKey | RSAKey, issuer: DevIssuer, verifier: JwtVerifier, tmp_path: Path
) -> None:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "eve", "roles": ["admin"], "exp": time.time() + 60}
    header = {"alg": algorithm, "kid": own_key(tmp_path).thumbprint()}
    with pytest.raises(Unauthenticated):
        await verifier.verify(jwt.encode(header, claims, key, algorithms=[algorithm]))


async def test_every_changed_part_of_a_token_is_noticed(issuer: DevIssuer, verifier: JwtVerifier) -> None:
    header, payload, signature = issuer.token(role="viewer", ttl_s=60).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    promoted = part(claims | {"roles": ["admin"]})
    for forged in (f"{header}.{promoted}.{signature}", f"{header}.{payload}.{signature[::-1]}", f"{header}.{payload}."):
        with pytest.raises(Unauthenticated):
            await verifier.verify(forged)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "\x00",
        "x" * (MAX_TOKEN_BYTES + 1),
        f"{part([1])}.{part({})}.",
        f"{part({'alg': ['EdDSA']})}.{part({})}.",
        f"{part({'alg': 'EdDSA', 'kid': 7})}.{part({})}.",
        f"{part({'alg': 'EdDSA', 'crit': ['exp']})}.{part({})}.",
        f"{part(b'[' * 4_000)}.{part({})}.",
    ],
    ids=lambda text: text[:20],
)
async def test_text_that_is_no_token_is_refused(text: str, issuer: DevIssuer, verifier: JwtVerifier) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.verify(text)


async def test_the_message_repeats_nothing_of_the_token(issuer: DevIssuer, verifier: JwtVerifier) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await verifier.verify("secret.token.here")
    assert "secret" not in refusal.value.message


async def test_the_memory_of_tokens_is_bounded(issuer: DevIssuer, verifier: JwtVerifier) -> None:
    for number in range(REMEMBERED_TOKENS + 10):
        await verifier.verify(issuer.token(role="viewer", subject=f"user-{number}", ttl_s=60))
    assert len(verifier._remembered) == REMEMBERED_TOKENS


async def test_a_token_seen_before_is_many_times_cheaper(issuer: DevIssuer, tmp_path: Path) -> None:
    token = issuer.token(role="viewer", ttl_s=60)
    remembering = JwtVerifier(issuer, issuer=ISSUER, audience=AUDIENCE)
    await remembering.verify(token)
    started = time.perf_counter()
    for _ in range(200):
        await JwtVerifier(issuer, issuer=ISSUER, audience=AUDIENCE).verify(token)
    fresh_s = time.perf_counter() - started
    started = time.perf_counter()
    for _ in range(200):
        await remembering.verify(token)
    assert (time.perf_counter() - started) * 5 < fresh_s

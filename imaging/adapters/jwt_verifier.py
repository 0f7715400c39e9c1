"""Checks bearer tokens: signature, issuer, audience and times; remembers what it has checked."""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from joserfc import jws
from joserfc.errors import ExpiredTokenError, JoseError, UnsupportedAlgorithmError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import CompactSignature, JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from imaging.errors import Unauthenticated
from imaging.ports import Claims

PublicKey = OKPKey | ECKey | RSAKey
KEY_CLASSES: dict[str, type[PublicKey]] = {"EdDSA": OKPKey, "Ed25519": OKPKey, "ES256": ECKey, "RS256": RSAKey}
MAX_TOKEN_BYTES = 8_192
REMEMBERED_TOKENS = 4_096
REFUSED = "This token is not accepted; get a new one."
EXPIRED = "This token has expired; get a new one."


class Algorithms(JWSRegistry):
    """The algorithms we take, and no other; headers we do not know are passed over, as RFC 7519 asks."""

    def __init__(self) -> None:
        super().__init__(algorithms=list(KEY_CLASSES), strict_check_header=False)

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return the algorithm; without joserfc's warning that EdDSA is now also called Ed25519 (RFC 9864)."""
        if name not in KEY_CLASSES:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        return self.algorithms[name]


class KeySource(Protocol):
    """Knows the issuer's public keys."""

    async def generation(self) -> int:
        """Return a number that changes when a key is withdrawn or replaced."""

    async def find(self, kid: str | None, key_class: type[PublicKey]) -> PublicKey | None:
        """Return the key of that id and kind, or None; without an id, the only one of its kind."""


class JwtVerifier:
    """Accepts tokens of one issuer for one audience, signed with EdDSA (Ed25519), ES256 or RS256.

    `roles_claim` names the claim that lists roles, with dots to step into objects
    (`realm_access.roles`); a text is split at spaces. `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        issuer: str,
        audience: str,
        roles_claim: str = "roles",
        leeway_s: int = 10,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._roles_claim = roles_claim
        self._leeway_s = leeway_s
        self._clock = clock
        self._rules = JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=leeway_s,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._remembered: OrderedDict[tuple[int, bytes], Claims] = OrderedDict()

    async def verify(self, token: str) -> Claims:
        """Return what the token says; a token seen before costs one hash.

        Raises:
            Unauthenticated: it is malformed, forged, expired, not yet valid, or for somebody else.
        """
        if len(token) > MAX_TOKEN_BYTES:
            raise Unauthenticated(f"This token is longer than {MAX_TOKEN_BYTES} bytes.")
        entry = (await self._keys.generation(), hashlib.sha256(token.encode()).digest())
        claims = self._remembered.get(entry)
        if claims is None:
            claims = self._read(await self._checked_payload(token))
            self._remember(entry, claims)
        elif claims.expires_at_s + self._leeway_s <= self._clock():
            del self._remembered[entry]
            raise Unauthenticated(EXPIRED)
        return claims

    async def _checked_payload(self, token: str) -> dict[str, Any]:
        try:
            signed = jws.extract_compact(token.encode())
            key = await self._key_for(signed)
            genuine = jws.validate_compact(signed, key, registry=Algorithms())
            payload = json.loads(signed.payload)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise Unauthenticated(REFUSED) from error
        if not genuine or not isinstance(payload, dict):
            raise Unauthenticated(REFUSED)
        return payload

    async def _key_for(self, signed: CompactSignature) -> PublicKey:
        header = signed.headers()
        key_class = KEY_CLASSES.get(header["alg"])
        key = await self._keys.find(header.get("kid"), key_class) if key_class else None
        if key is None or key.alg not in (None, header["alg"]):
            raise Unauthenticated(REFUSED)
        return key

    def _read(self, payload: dict[str, Any]) -> Claims:
        try:
            self._rules.validate(payload)
            expires_at_s = float(payload["exp"])
        except ExpiredTokenError as error:
            raise Unauthenticated(EXPIRED) from error
        except (JoseError, OverflowError) as error:
            raise Unauthenticated(REFUSED) from error
        name = payload.get("name")
        return Claims(
            issuer=payload["iss"],
            subject=payload["sub"],
            roles=self._roles(payload),
            name=name if isinstance(name, str) else "",
            expires_at_s=expires_at_s,
        )

    def _roles(self, payload: dict[str, Any]) -> tuple[str, ...]:
        value: object = payload
        for step in self._roles_claim.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str):
            return tuple(value.split())
        return tuple(role for role in value if isinstance(role, str)) if isinstance(value, list) else ()

    def _remember(self, entry: tuple[int, bytes], claims: Claims) -> None:
        self._remembered[entry] = claims
        while len(self._remembered) > REMEMBERED_TOKENS:
            self._remembered.popitem(last=False)

"""The development issuer: signs tokens with a key of its own, kept in the data folder."""

import time
from collections.abc import Callable
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import OKPKey

from imaging.adapters.jwt_verifier import Algorithms, PublicKey
from imaging.adapters.key_files import kept_secret

ISSUER = "imaging-development"
AUDIENCE = "imaging"
DEFAULT_SUBJECT = "developer"


class DevIssuer:
    """Gives out tokens and knows the key to check them with; `folder` is where its key is kept."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        pem = kept_secret(folder / "issuer.pem", lambda: OKPKey.generate_key("Ed25519").as_pem(private=True))
        self._private = OKPKey.import_key(pem)
        self._public = OKPKey.import_key(self._private.as_dict(private=False))
        self._clock = clock

    def token(self, *, role: str, subject: str = DEFAULT_SUBJECT, name: str = "", ttl_s: int) -> str:
        """Return a token for the subject in that role, valid from now on for `ttl_s`."""
        now = int(self._clock())
        header = {"alg": "EdDSA", "kid": self._private.thumbprint()}
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "name": name or subject, "roles": [role]}
        times = {"iat": now, "nbf": now, "exp": now + ttl_s}
        return jwt.encode(header, claims | times, self._private, registry=Algorithms())

    async def generation(self) -> int:
        """Return 0: the key stays for the life of the process."""
        return 0

    async def find(self, kid: str | None, key_class: type[PublicKey]) -> PublicKey | None:
        """Return our key when it is the one asked for."""
        ours = kid == self._private.thumbprint() and isinstance(self._public, key_class)
        return self._public if ours else None

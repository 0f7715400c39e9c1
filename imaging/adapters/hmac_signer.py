"""Signs addresses with HMAC-SHA-256; the first key signs, every key checks, so that keys can rotate."""

import base64
import hmac
import time
from collections.abc import Callable, Sequence

from imaging.errors import Misconfigured, SignatureExpired, SignatureRejected

MAX_KEYS = 2
MIN_SECRET_BYTES = 32


class HmacSigner:
    """A `UrlSigner`. The signature is `{key id}.{HMAC over v1, path and expiry, base64url without padding}`."""

    def __init__(self, keys: Sequence[tuple[str, bytes]], clock: Callable[[], float] = time.time) -> None:
        """Take (key id, secret) pairs, the signing one first; `clock` gives seconds since the epoch.

        Raises:
            Misconfigured: no key, more than two, or one that is unfit.
        """
        if not 1 <= len(keys) <= MAX_KEYS or len({key_id for key_id, _ in keys}) != len(keys):
            raise Misconfigured(f"Signing takes one or {MAX_KEYS} keys with different ids; there are {len(keys)}.")
        for key_id, secret in keys:
            if not (key_id.isascii() and key_id.isalnum()):
                raise Misconfigured("The id of a signing key consists of letters and digits.")
            if len(secret) < MIN_SECRET_BYTES:
                raise Misconfigured(f"The secret of signing key {key_id} is shorter than {MIN_SECRET_BYTES} bytes.")
        self._secrets = dict(keys)
        self._current = keys[0][0]
        self._clock = clock

    def sign(self, path: str, expires_s: int | None = None) -> str:
        """Return the query string (without `?`) that admits the path, for ever or until the time."""
        signature = self._signature(self._current, path, expires_s)
        return f"s={signature}" if expires_s is None else f"e={expires_s}&s={signature}"

    def check(self, path: str, signature: str, expires_s: int | None) -> None:
        """Accept or refuse.

        Raises:
            SignatureRejected: the signature is missing or wrong.
            SignatureExpired: it was right, and its time is over.
        """
        if not signature:
            raise SignatureRejected("This address needs a signature.")
        key_id = signature.partition(".")[0]
        if key_id not in self._secrets:
            raise SignatureRejected("The signature is by a key that is not valid here.")
        expected = self._signature(key_id, path, expires_s)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise SignatureRejected("The signature does not belong to this address.")
        if expires_s is not None and expires_s <= self._clock():
            raise SignatureExpired("This address has expired.")

    def _signature(self, key_id: str, path: str, expires_s: int | None) -> str:
        expiry = "" if expires_s is None else str(expires_s)
        signed = f"v1\n{path}\n{expiry}".encode()
        digest = hmac.digest(self._secrets[key_id], signed, "sha256")
        return f"{key_id}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"

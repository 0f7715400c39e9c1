"""Signs addresses and cookies that CloudFront checks itself, at its edge.

The distribution's key group holds the public half of our key; only the private half that signs is configured
here. Rotation: put the new public half into the group beside the old one, change our key and its id, and take
the old half out when nothing that it signed is valid any more, a week later at most.

Prefer a key of the curve P-256: it signs ten times faster than RSA-2048, and shorter. Signatures are the same
each time, so that addresses repeat and browsers keep what they fetched; the newest ones are remembered.

Source: Amazon CloudFront Developer Guide, "Serve private content with signed URLs and signed cookies".
"""

import base64
import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from imaging.errors import Misconfigured
from imaging.setting_sections import CdnHash, CdnSettings

RSA_BITS = 2048
REMEMBERED = 16_384

_KEY = "IMAGING_CDN_PRIVATE_KEY"
_KEY_ID = "IMAGING_CDN_KEY_PAIR_ID"
_ALLOWED_KEYS = "allowed is an RSA key of 2048 bits or an ECDSA key of the curve P-256, in PEM, without a password"
_HASHES = {CdnHash.SHA1: hashes.SHA1, CdnHash.SHA256: hashes.SHA256}
_URL = re.compile(r"https?://[!#-&(-)+-\[\]-~]+")
_RESOURCE = re.compile(r"(https?|http\*)://[!#-\[\]-~]+")
_CLOUDFRONT_ALPHABET = str.maketrans("+=/", "-_~")
_Sign = Callable[[bytes], bytes]


class _Hash(Protocol):
    def __call__(self) -> hashes.HashAlgorithm: ...


class CloudFrontSigner:
    """A `CdnSigner` for CloudFront; `key_pair_id` is the id that CloudFront gave to the public half of the key."""

    def __init__(self, key_pair_id: str, private_key_pem: bytes, hash: CdnHash = CdnHash.SHA256) -> None:
        """Take the private key as PEM.

        Raises:
            Misconfigured: the id or the key is not of a kind that CloudFront takes.
        """
        if not (key_pair_id.isascii() and key_pair_id.isalnum()):
            raise Misconfigured(f"{_KEY_ID} consists of letters and digits, as CloudFront shows it.")
        self._key_pair_id = key_pair_id
        self._hash = hash
        self._sign = _signing(private_key_pem, _HASHES[hash])
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._signed)

    def sign(self, url: str, expires_s: int) -> str:
        """Return the address with a signature by which the edge admits it, and only it, until the time.

        This is CloudFront's canned policy. What the address has as a query is signed, too.
        """
        return self._remembered(url, expires_s)

    def sign_with(self, policy: str, url: str) -> str:
        """Return the address with a signature by which the edge admits whatever the policy says."""
        return self._with_query(_checked(url), f"Policy={_spelt(policy.encode())}", policy)

    def cookies(self, policy: str) -> dict[str, str]:
        """Return name → value of cookies by which the edge admits whatever the policy says, such as a gallery.

        They are set for the domain of the CDN, `Secure` and `HttpOnly`.
        """
        values = {"Policy": _spelt(policy.encode()), "Signature": self._signature(policy)}
        values["Key-Pair-Id"] = self._key_pair_id
        if self._hash is not CdnHash.SHA1:
            values["Hash-Algorithm"] = self._hash.value
        return {f"CloudFront-{name}": value for name, value in values.items()}

    def _signed(self, url: str, expires_s: int) -> str:
        return self._with_query(_checked(url), f"Expires={expires_s}", _canned_policy(url, expires_s))

    def _with_query(self, url: str, limits: str, policy: str) -> str:
        joint = "&" if "?" in url else "?"
        signed = f"{url}{joint}{limits}&Signature={self._signature(policy)}&Key-Pair-Id={self._key_pair_id}"
        return signed if self._hash is CdnHash.SHA1 else f"{signed}&Hash-Algorithm={self._hash.value}"

    def _signature(self, policy: str) -> str:
        return _spelt(self._sign(policy.encode()))


def open_signer(settings: CdnSettings) -> CloudFrontSigner | None:
    """Return the signer that is configured; None where private pictures do not go through the CDN.

    Raises:
        Misconfigured: something belongs to the signature and is missing, or cannot be used; it is named.
    """
    if settings.private_key and settings.private_key_file:
        raise Misconfigured(f"Set {_KEY} or {_KEY}_FILE, not both.")
    if not (settings.private_key or settings.private_key_file):
        if settings.key_pair_id:
            raise Misconfigured(f"{_KEY_ID} is set, but neither {_KEY}_FILE nor {_KEY}.")
        return None
    needed = {"IMAGING_CDN_URL": settings.url, _KEY_ID: settings.key_pair_id}
    if missing := [name for name, value in needed.items() if not value]:
        raise Misconfigured(f"With a private key for the CDN, {' and '.join(missing)} must be set, too.")
    return CloudFrontSigner(settings.key_pair_id or "", _private_key(settings), settings.hash)


def custom_policy(
    resource: str, *, expires_s: int, not_before_s: int | None = None, ip_range: str | None = None
) -> str:
    """Return a policy that admits every address that `resource` matches, such as `https://cdn.example.com/p/3f2a…/*`.

    `*` stands for any characters, `?` for one. `ip_range` is in CIDR notation; only who comes from there is admitted.
    """
    if not _RESOURCE.fullmatch(resource):
        raise ValueError("A policy's resource is an address in ASCII, without quotes, backslashes and spaces.")
    condition: dict[str, dict[str, int | str]] = {"DateLessThan": {"AWS:EpochTime": expires_s}}
    if ip_range is not None:
        condition["IpAddress"] = {"AWS:SourceIp": ip_range}
    if not_before_s is not None:
        condition["DateGreaterThan"] = {"AWS:EpochTime": not_before_s}
    return json.dumps({"Statement": [{"Resource": resource, "Condition": condition}]}, separators=(",", ":"))


def _canned_policy(url: str, expires_s: int) -> str:
    # CloudFront writes it again from the address and compares: its spelling is part of the protocol.
    return f'{{"Statement":[{{"Resource":"{url}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires_s}}}}}}}]}}'


def _checked(url: str) -> str:
    if not _URL.fullmatch(url):
        raise ValueError("An address to sign is ASCII, without quotes, backslashes, spaces and asterisks.")
    return url


def _private_key(settings: CdnSettings) -> bytes:
    if settings.private_key:
        # Where a variable cannot hold several lines, \n is written for their ends.
        return settings.private_key.get_secret_value().replace("\\n", "\n").encode()
    try:
        return settings.private_key_file.read_bytes() if settings.private_key_file else b""
    except OSError as error:
        raise Misconfigured(f"{_KEY}_FILE cannot be read: {error.strerror}.") from error


def _signing(private_key_pem: bytes, hash: _Hash) -> _Sign:
    """Return what signs bytes with the key.

    Raises:
        Misconfigured: CloudFront does not take such keys.
    """
    try:
        key = load_pem_private_key(private_key_pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Misconfigured(f"{_KEY} is no private key that can be read; {_ALLOWED_KEYS}.") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size == RSA_BITS:
        return lambda message: key.sign(message, padding.PKCS1v15(), hash())
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return lambda message: key.sign(message, ec.ECDSA(hash(), deterministic_signing=True))
    raise Misconfigured(f"{_KEY} is a key of another kind; {_ALLOWED_KEYS}.")


def _spelt(content: bytes) -> str:
    return base64.b64encode(content).decode().translate(_CLOUDFRONT_ALPHABET)

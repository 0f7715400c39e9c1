"""What CloudFront's edge checks of signed addresses and cookies, written from its documentation alone."""

import base64
import ipaddress
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

PARAMETERS = ("Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm")
HASHES = {"SHA1": hashes.SHA1, "SHA256": hashes.SHA256}
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class Refused(Exception):
    """The edge answers 403; the reason is for tests only."""


@dataclass(frozen=True)
class KeyGroup:
    """The public keys that an edge trusts, by key pair id."""

    keys: Mapping[str, PublicKey]

    def check(
        self,
        url: str,
        cookies: Mapping[str, str] | None = None,
        *,
        now_s: float | None = None,
        viewer: str = "127.0.0.1",
    ) -> str:
        """Return the address without the signing parameters, as it goes on to the origin, or raise `Refused`."""
        base, said = _taken_apart(url)
        if not said:
            said = {name.removeprefix("CloudFront-"): value for name, value in (cookies or {}).items()}
        if not {"Signature", "Key-Pair-Id"} <= said.keys():
            raise Refused("no signature")
        policy = _bytes(said["Policy"]) if "Policy" in said else _canned(base, said.get("Expires", ""))
        self._check_signature(policy, said)
        _check_policy(json.loads(policy), base, time.time() if now_s is None else now_s, viewer)
        return base

    def _check_signature(self, policy: bytes, said: Mapping[str, str]) -> None:
        key, chosen = self.keys.get(said["Key-Pair-Id"]), HASHES.get(said.get("Hash-Algorithm", "SHA1"))
        if key is None or chosen is None:
            raise Refused("unknown key or hash")
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(_bytes(said["Signature"]), policy, padding.PKCS1v15(), chosen())
            else:
                key.verify(_bytes(said["Signature"]), policy, ec.ECDSA(chosen()))
        except InvalidSignature:
            raise Refused("wrong signature") from None


def _taken_apart(url: str) -> tuple[str, dict[str, str]]:
    path, _, query = url.partition("?")
    pairs = [part.partition("=") for part in query.split("&") if part]
    kept = "&".join("".join(pair) for pair in pairs if pair[0] not in PARAMETERS)
    return f"{path}?{kept}" if kept else path, {name: value for name, _, value in pairs if name in PARAMETERS}


def _bytes(spelt: str) -> bytes:
    try:
        return base64.b64decode(spelt.translate(str.maketrans("-_~", "+=/")), validate=True)
    except ValueError:
        raise Refused("not base64") from None


def _canned(url: str, expires: str) -> bytes:
    if not expires.isdigit():
        raise Refused("no expiry")
    resource = {"Resource": url, "Condition": {"DateLessThan": {"AWS:EpochTime": int(expires)}}}
    return json.dumps({"Statement": [resource]}, separators=(",", ":")).encode()


def _check_policy(policy: Any, url: str, now_s: float, viewer: str) -> None:
    [statement] = policy["Statement"]
    condition = statement["Condition"]
    wild = {"*": ".*", "?": "."}
    pattern = "".join(wild.get(letter) or re.escape(letter) for letter in statement["Resource"])
    if not re.fullmatch(pattern, url):
        raise Refused("another resource")
    if now_s >= condition["DateLessThan"]["AWS:EpochTime"]:
        raise Refused("expired")
    if now_s < condition.get("DateGreaterThan", {"AWS:EpochTime": 0})["AWS:EpochTime"]:
        raise Refused("not yet")
    range_ = condition.get("IpAddress", {"AWS:SourceIp": "0.0.0.0/0"})["AWS:SourceIp"]
    if ipaddress.ip_address(viewer) not in ipaddress.ip_network(range_):
        raise Refused("another network")

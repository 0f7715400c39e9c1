"""What an S3 server can do: found out by asking it, since servers differ and none tells."""

import asyncio
import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from imaging.adapters.s3_client import Bucket, status_of

PROBES = ".probe/"
"""Where the questions are asked, below the prefix; no object of ours can have such a key."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """`checks_sha256`: it compares a body with its SHA-256. `writes_once`: it heeds If-None-Match."""

    checks_sha256: bool
    writes_once: bool

    def checksum(self, body: bytes) -> dict[str, str]:
        """Return the parameters by which the server finds out whether a body arrived as it was sent."""
        if self.checks_sha256:
            return sha256_checksum(hashlib.sha256(body).digest())
        return {"ContentMD5": _base64(hashlib.md5(body, usedforsecurity=False).digest())}


async def ask_abilities(bucket: Bucket) -> Abilities:
    """Write, read and delete a small object, and send two requests that an able server must refuse.

    Raises:
        Misconfigured: we may not write, read or delete, or there is no such bucket.
        StorageUnavailable: the server does not answer.
    """
    key, body = f"{bucket.prefix}{PROBES}{secrets.token_hex(8)}", b"probe"
    probe = {"Key": key, "Body": body}
    right, wrong = (sha256_checksum(hashlib.sha256(text).digest()) for text in (body, b"another"))
    await bucket.ask("put_object", **probe)
    try:
        await _read(bucket, key)
        return Abilities(
            checks_sha256=not await _refusal(bucket, **probe, **right)
            and await _refusal(bucket, **probe, **wrong) in (400, 422),
            writes_once=await _refusal(bucket, **probe, IfNoneMatch="*") == 412,
        )
    finally:
        await bucket.ask("delete_object", Key=key)


def sha256_checksum(digest: bytes) -> dict[str, str]:
    """Return the parameters that tell the SHA-256 of a body."""
    return {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": _base64(digest)}


async def _read(bucket: Bucket, key: str) -> bytes:
    answer = await bucket.ask("get_object", Key=key)
    async with asyncio.timeout(bucket.timeout_s), answer["Body"] as body:
        content: bytes = await body.read()
        return content


async def _refusal(bucket: Bucket, **parameters: Any) -> int:  # Any: as the operation defines them
    """Return the status by which the server refuses to write this, or 0 when it does write it."""
    try:
        await bucket.ask("put_object", **parameters)
    except ClientError as error:
        return status_of(error)
    return 0


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()

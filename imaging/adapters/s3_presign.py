"""Presigned addresses of a bucket: what a server is made to verify of bytes that others send to it.

Length, type, key and expiry are part of the signature, of every server. The SHA-256 is, too, as a checksum where the
server knows those, else as the hash of the payload, which is part of the protocol's own signature; whether a server
heeds it is found out by asking. Of us an address tells the id of the access key and, where the credentials are
temporary, their session token, which is worth nothing without the secret; the secret itself is in no address.
"""

import asyncio
import base64
import enum
import hashlib
import secrets
from contextvars import ContextVar
from typing import Any

import aiohttp

from imaging.adapters.s3_abilities import PROBES, Abilities
from imaging.adapters.s3_client import Bucket
from imaging.errors import StorageUnavailable
from imaging.ports import SignedPut

PROBE_TTL_S = 300

# The SDK signs this header of a presigned request if it is there, and has no parameter for it.
_payload: ContextVar[str] = ContextVar("payload", default="")


class Binding(enum.Enum):
    """How a server is made to compare a body with its SHA-256: the header that says it, if any does."""

    CHECKSUM = "x-amz-checksum-sha256"
    PAYLOAD = "x-amz-content-sha256"
    NONE = ""


class Presigner:
    """Signs addresses of one bucket, as its client knows it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        bucket.client.meta.events.register("before-sign.s3.PutObject", _add_payload_hash, unique_id="payload")

    async def put(
        self, full_key: str, *, size_bytes: int, sha256: str, content_type: str, ttl_s: int, binding: Binding
    ) -> SignedPut:
        """Admit one PUT of an object; `sha256` in hex."""
        digest = bytes.fromhex(sha256)
        headers, checksum = {"Content-Type": content_type}, {}
        if binding is Binding.CHECKSUM:
            checksum["ChecksumSHA256"] = headers[binding.value] = base64.b64encode(digest).decode()
        if binding is Binding.PAYLOAD:
            headers[binding.value] = digest.hex()
        token = _payload.set(headers.get(Binding.PAYLOAD.value, ""))
        try:
            told = {"Key": full_key, "ContentLength": size_bytes, "ContentType": content_type, **checksum}
            return SignedPut(await self._url("put_object", ttl_s, told), headers)
        finally:
            _payload.reset(token)

    async def part(self, full_key: str, upload_id: str, number: int, *, size_bytes: int, ttl_s: int) -> SignedPut:
        """Admit one PUT of a part."""
        told = {"Key": full_key, "UploadId": upload_id, "PartNumber": number, "ContentLength": size_bytes}
        return SignedPut(await self._url("upload_part", ttl_s, told), {})

    async def _url(self, operation: str, ttl_s: int, parameters: dict[str, Any]) -> str:  # Any: as the operation has
        told = {"Bucket": self._bucket.name, **parameters}
        url: str = await self._bucket.client.generate_presigned_url(operation, Params=told, ExpiresIn=ttl_s)
        return url


async def ask_binding(bucket: Bucket, can: Abilities) -> Binding:
    """Find out how this server can be made to compare a body with its SHA-256, by sending it other bytes.

    Raises:
        StorageUnavailable: the server does not answer.
    """
    if can.checks_sha256:
        return Binding.CHECKSUM
    key, body, other = f"{bucket.prefix}{PROBES}{secrets.token_hex(8)}", b"probe", b"other"
    signed = await Presigner(bucket).put(
        key,
        size_bytes=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        content_type="application/octet-stream",
        ttl_s=PROBE_TTL_S,
        binding=Binding.PAYLOAD,
    )
    try:
        async with asyncio.timeout(bucket.timeout_s), aiohttp.ClientSession() as session:
            statuses = [await _send(session, signed, content) for content in (other, body)]
    except aiohttp.ClientSSLError:
        return Binding.NONE  # a certificate that only the SDK was told to trust
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise StorageUnavailable from error
    finally:
        await bucket.ask("delete_object", Key=key)
    if max(statuses) >= 500:
        raise StorageUnavailable
    return Binding.PAYLOAD if statuses[0] >= 400 and statuses[1] < 300 else Binding.NONE


async def _send(session: aiohttp.ClientSession, signed: SignedPut, content: bytes) -> int:
    async with session.put(signed.url, data=content, headers=dict(signed.headers)) as answer:
        await answer.read()
        return answer.status


def _add_payload_hash(request: Any, **_: Any) -> None:  # Any: the SDK's events
    if _payload.get():
        request.headers["X-Amz-Content-SHA256"] = _payload.get()

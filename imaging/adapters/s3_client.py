"""An S3 bucket: one client for the length of a process, and what a server's refusals mean to us.

Every request ends: with its answer, or as a failure of `imaging.errors` that tells no secret.
"""

import asyncio
import base64
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.handlers import add_expect_header

from imaging.adapters.object_keys import MAX_KEY_BYTES, checked
from imaging.errors import Misconfigured, StorageUnavailable
from imaging.settings import S3Settings

REFUSED = (
    "Check IMAGING_S3_ACCESS_KEY_ID, IMAGING_S3_SECRET_ACCESS_KEY, and that they may read, write, list and delete."
)
ELSEWHERE = "Check IMAGING_S3_BUCKET, IMAGING_S3_ENDPOINT_URL and IMAGING_S3_REGION."

# Source: Amazon S3 API reference, error responses; a HEAD has no body, so only the status stands there.
_NOT_ALLOWED = frozenset(
    {
        "403",
        "AccessDenied",
        "AllAccessDisabled",
        "ExpiredToken",
        "Forbidden",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
    }
)
_NOT_HERE = frozenset(
    {"301", "307", "AuthorizationHeaderMalformed", "InvalidBucketName", "NoSuchBucket", "PermanentRedirect"}
)
_CLOCK = frozenset({"RequestTimeTooSkewed"})
_PASSING = frozenset({"RequestTimeout", "SlowDown", "Throttling", "TooManyRequests"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bucket:
    """A bucket, and the part of it that is ours; `prefix` is empty or ends with a slash.

    `timeout_s` is for one request with all its attempts, however alive the connection looks.
    """

    client: Any  # Any: the SDK makes its classes when it runs
    name: str
    prefix: str
    timeout_s: float

    def full_key(self, key: str) -> str:
        """Return the key as the server knows it.

        Raises:
            ValueError: it is none.
        """
        full = f"{self.prefix}{checked(key)}"
        if len(full) > MAX_KEY_BYTES:
            raise ValueError(f"An object key has at most {MAX_KEY_BYTES} bytes, the prefix of the bucket included.")
        return full

    async def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:  # Any: as the operation defines them
        """Do one request, tried again as configured; a refusal that means something to the caller is a `ClientError`.

        Raises:
            Misconfigured: the server does not let us in, or the bucket is not there.
            StorageUnavailable: the server does not answer, or says that it cannot now.
        """
        try:
            async with asyncio.timeout(self.timeout_s):
                answer: dict[str, Any] = await getattr(self.client, operation)(Bucket=self.name, **parameters)
                return answer
        except (ClientError, BotoCoreError, TimeoutError, OSError) as error:
            meaning = _meaning(error)
            if meaning is None:
                raise
            _log.warning("s3 %s failed: %s", operation, _what(error))
            raise meaning from error


def code_of(error: ClientError) -> str:
    """Return the server's word for a refusal, such as NoSuchKey; for a HEAD, the status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """Return the HTTP status of a refusal."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@asynccontextmanager
async def open_bucket(settings: S3Settings) -> AsyncIterator[Bucket]:
    """Give the bucket that is configured, with a pool of connections that is closed at the end. Asks nothing yet.

    Raises:
        Misconfigured: the settings contradict each other.
    """
    if bool(settings.access_key_id) != bool(settings.secret_access_key):
        raise Misconfigured("IMAGING_S3_ACCESS_KEY_ID and IMAGING_S3_SECRET_ACCESS_KEY belong together: set both.")
    secret = settings.secret_access_key
    session = aioboto3.Session(
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        region_name=settings.region,
    )
    async with session.client("s3", endpoint_url=settings.endpoint_url, config=_config(settings)) as client:
        client.meta.events.register("before-call.s3.DeleteObjects", _add_md5)
        prefix = settings.prefix if not settings.prefix or settings.prefix.endswith("/") else f"{settings.prefix}/"
        # While it waits for leave to send a body, aiohttp knows no timeout.
        client.meta.events.unregister("before-call.s3", add_expect_header)
        timeout_s = settings.max_attempts * (settings.connect_timeout_s + 2 * settings.read_timeout_s)
        yield Bucket(client, settings.bucket or "", prefix, timeout_s)


def _config(settings: S3Settings) -> AioConfig:
    path_style = settings.endpoint_url is not None if settings.path_style is None else settings.path_style
    return AioConfig(
        # Every body carries a checksum of ours, which is signed; hashing it once more would block the event loop.
        s3={"addressing_style": "path" if path_style else "virtual", "payload_signing_enabled": False},
        signature_version="s3v4",
        retries={"mode": "standard", "total_max_attempts": settings.max_attempts},
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        max_pool_connections=settings.max_connections,
        # What the SDK would add by itself, servers other than Amazon's do not know.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        user_agent_extra="imaging",
    )


def _add_md5(params: dict[str, Any], **_: Any) -> None:  # Any: the SDK's events
    """Add what the protocol once demanded of this operation: older servers still do."""
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()


def _meaning(error: Exception) -> Misconfigured | StorageUnavailable | None:
    if isinstance(error, NoCredentialsError | PartialCredentialsError | CredentialRetrievalError):
        return Misconfigured(f"There are no credentials for the S3 server. {REFUSED}")
    if not isinstance(error, ClientError):
        return StorageUnavailable()
    code, status = code_of(error), status_of(error)
    if code in _NOT_ALLOWED:
        return Misconfigured(f"The S3 server does not let us in ({code}). {REFUSED}")
    if code in _NOT_HERE:
        return Misconfigured(f"There is no such bucket at the S3 server ({code}). {ELSEWHERE}")
    if code in _CLOCK:
        return Misconfigured("The clocks of the S3 server and of this machine differ too much: set them by NTP.")
    passing = code in _PASSING or status == 429 or (status >= 500 and status != 501)
    return StorageUnavailable() if passing else None


def _what(error: Exception) -> str:
    """Return what happened, for the log: the server's word or the kind of failure, never the request."""
    return code_of(error) if isinstance(error, ClientError) else type(error).__name__

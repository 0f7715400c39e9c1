"""Has CloudFront forget its copies: a few wildcards at a time, at most one request a second, within the quota.

Source: Amazon CloudFront API reference, CreateInvalidation and ListInvalidations; CloudFront quotas.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
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

from imaging.errors import CdnUnavailable, Misconfigured
from imaging.settings import CdnSettings

WILDCARDS_IN_PROGRESS = 15
"""How many paths with `*` CloudFront works on at once, for one distribution."""

PAUSE_S = 1.0
"""How long after a request the next one goes out."""

_CONNECT_TIMEOUT_S = 5
_READ_TIMEOUT_S = 20
_REGION = "us-east-1"
_LISTED = "100"
_COMPLETED = "Completed"

_NOT_ALLOWED = frozenset(
    {"AccessDenied", "ExpiredToken", "InvalidClientTokenId", "MissingAuthenticationToken", "SignatureDoesNotMatch"}
)
_CHECK = (
    "Check the credentials that the AWS SDK finds here; they need cloudfront:CreateInvalidation and :ListInvalidations"
)
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)


class CloudFront:
    """A `Cdn` that is one CloudFront distribution; `pause_s` is how long after a request the next one goes out."""

    most_paths = WILDCARDS_IN_PROGRESS

    def __init__(
        self,
        client: Any,  # Any: the SDK makes its classes when it runs
        distribution_id: str,
        *,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._client = client
        self._distribution_id = distribution_id
        self._pause_s = pause_s
        self._running: dict[str, int] = {}
        self._turn = asyncio.Lock()
        self._next_s = 0.0

    async def invalidate(self, paths: Sequence[str]) -> None:
        """Have the edges forget their copies; they do so within about a minute.

        Raises:
            CdnUnavailable: CloudFront does not answer, or works on too much already.
            Misconfigured: it does not let us in, or there is no such distribution.
        """
        async with self._turn:
            if self._in_progress() + len(paths) > WILDCARDS_IN_PROGRESS:
                await self._look_what_is_done()
            if self._in_progress() + len(paths) > WILDCARDS_IN_PROGRESS:
                raise CdnUnavailable(f"CloudFront still works on {self._in_progress()} invalidations of ours.")
            # Repeated by the SDK or by its server, a request with the same reference is one invalidation.
            batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": uuid.uuid4().hex}
            answer = await self._ask("create_invalidation", InvalidationBatch=batch)
            self._running[answer["Invalidation"]["Id"]] = len(paths)

    def _in_progress(self) -> int:
        return sum(self._running.values())

    async def _look_what_is_done(self) -> None:
        answer = await self._ask("list_invalidations", MaxItems=_LISTED)
        listed = answer["InvalidationList"].get("Items", [])
        unfinished = {one["Id"] for one in listed if one["Status"] != _COMPLETED}
        self._running = {id: count for id, count in self._running.items() if id in unfinished}

    async def _ask(self, operation: str, **parameters: Any) -> dict[str, Any]:  # Any: as the operation defines them
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._next_s - clock())
        try:
            answer: dict[str, Any] = await getattr(self._client, operation)(
                DistributionId=self._distribution_id, **parameters
            )
            return answer
        except (ClientError, BotoCoreError, TimeoutError, OSError) as error:
            raise _meaning(error) from error
        finally:
            self._next_s = clock() + self._pause_s


@asynccontextmanager
async def open_cloudfront(settings: CdnSettings, *, pause_s: float = PAUSE_S) -> AsyncIterator[CloudFront]:
    """Give the distribution that is configured, with connections that are closed at the end. Asks nothing yet."""
    config = AioConfig(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        # The job is tried again, more slowly than the SDK would.
        retries={"total_max_attempts": 1},
        user_agent_extra="imaging",
    )
    session = aioboto3.Session(region_name=_REGION)
    async with session.client("cloudfront", endpoint_url=settings.endpoint_url, config=config) as client:
        yield CloudFront(client, settings.distribution_id or "", pause_s=pause_s)


def _meaning(error: Exception) -> CdnUnavailable | Misconfigured:
    if isinstance(error, _NO_CREDENTIALS):
        return Misconfigured(f"There are no credentials for CloudFront. {_CHECK}.")
    if not isinstance(error, ClientError):
        return CdnUnavailable(f"CloudFront does not answer ({type(error).__name__}).")
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in _NOT_ALLOWED:
        return Misconfigured(f"CloudFront does not let us in ({code}). {_CHECK}.")
    if code == "NoSuchDistribution":
        return Misconfigured("CloudFront knows no such distribution. Check IMAGING_CDN_DISTRIBUTION_ID.")
    return CdnUnavailable(f"CloudFront takes no invalidation now ({code}).")

"""What a bucket tells browsers of other pages: its CORS configuration."""

from collections.abc import Mapping, Sequence

from botocore.exceptions import ClientError

from imaging.adapters.s3_client import Bucket, code_of, status_of
from imaging.errors import Misconfigured

Rule = Mapping[str, Sequence[str]]
"""A rule as S3 names its members: AllowedOrigins, AllowedMethods, AllowedHeaders, ExposeHeaders."""


async def cors_rules(bucket: Bucket) -> list[Rule]:
    """Return the rules of the bucket; none when it has no configuration.

    Raises:
        Misconfigured: we may not read them, or the server has none for buckets.
        StorageUnavailable: the server does not answer.
    """
    try:
        answer = await bucket.ask("get_bucket_cors")
    except ClientError as error:
        if status_of(error) == 404:
            return []
        raise Misconfigured(f"The S3 server does not tell the CORS of the bucket ({code_of(error)}).") from error
    return list(answer.get("CORSRules", ()))

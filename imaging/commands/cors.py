"""What `imaging doctor` asks of a bucket into which pages in browsers put bytes: does its CORS let them?"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from imaging.adapters.s3_client import open_bucket
from imaging.adapters.s3_cors import Rule, cors_rules
from imaging.adapters.s3_presign import Binding
from imaging.commands.machine import Ailment
from imaging.errors import Misconfigured, StorageUnavailable
from imaging.settings import Settings

HEADERS = ("content-type", Binding.CHECKSUM.value, Binding.PAYLOAD.value)
MAX_AGE_S = 600


def uploads(settings: Settings) -> str:
    """Demand that pages of every listed origin may put bytes into the bucket and learn their ETag."""
    if settings.s3.bucket is None:
        return "are put to this server"
    origins = settings.server.cors_origins
    if not origins:
        return "are put into the bucket by programs; IMAGING_CORS_ORIGINS lists no pages that would, too"
    try:
        lacking = lacking_origins(asyncio.run(_rules(settings)), origins)
    except (Misconfigured, StorageUnavailable) as error:
        found = "whether the bucket's CORS lets pages put cannot be told: its configuration cannot be read"
        raise Ailment(found, _remedy(settings, origins)) from error
    if lacking:
        found = f"the bucket's CORS does not let pages of {', '.join(lacking)} put, or not learn the ETag"
        raise Ailment(found, _remedy(settings, origins))
    return f"are put into the bucket; its CORS lets pages of {', '.join(origins)} do so"


def lacking_origins(rules: Iterable[Rule], origins: Iterable[str]) -> list[str]:
    """Return the origins that no rule lets put with all our headers, or learn the ETag."""
    able = [rule for rule in rules if _lets_put(rule)]
    return [
        origin
        for origin in origins
        if not any(fnmatchcase(origin, pattern) for rule in able for pattern in rule["AllowedOrigins"])
    ]


def _lets_put(rule: Rule) -> bool:
    admitted = [pattern.lower() for pattern in rule.get("AllowedHeaders", ())]
    return (
        "PUT" in rule["AllowedMethods"]
        and "etag" in [name.lower() for name in rule.get("ExposeHeaders", ())]
        and all(any(fnmatchcase(name, pattern) for pattern in admitted) for name in HEADERS)
    )


async def _rules(settings: Settings) -> list[Rule]:
    async with open_bucket(settings.s3) as bucket:
        return await cors_rules(bucket)


def _remedy(settings: Settings, origins: Sequence[str]) -> str:
    rule = {
        "AllowedOrigins": list(origins),
        "AllowedMethods": ["PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": MAX_AGE_S,
    }
    endpoint = f" --endpoint-url {settings.s3.endpoint_url}" if settings.s3.endpoint_url else ""
    command = f"aws s3api put-bucket-cors --bucket {settings.s3.bucket}{endpoint} --cors-configuration"
    return f"{command} '{json.dumps({'CORSRules': [rule]})}'"

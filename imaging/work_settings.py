"""The settings of work that several processes share: where they meet, and who does it."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from imaging.setting_sections import PREFIX, Section


def _redis_url(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    place = parts.path if parts.scheme == "unix" else parts.hostname
    if parts.scheme not in ("redis", "rediss", "unix") or not place:
        raise ValueError("allowed is redis://, rediss:// (TLS) or unix://, such as redis://:password@10.0.0.5:6379/0")
    return value


RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]


class RedisSettings(Section):
    """Where processes wake each other and share a cache, once its address is named; nothing is kept there."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}REDIS_")

    url: RedisUrl | None = Field(default=None, description="Redis that several processes share; none: each by itself")
    prefix: str = Field(
        default="imaging:",
        max_length=64,
        pattern=r"^[\x21-\x7e]*$",
        description="how keys and channels begin, so that others may share the Redis",
    )


class WorkSettings(Section):
    """Who does the jobs, and where `imaging worker` tells how it does."""

    embedded_worker: bool = Field(
        default=True, description="let the server do jobs; false: leave all but search indexing to `imaging worker`"
    )
    worker_metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="port on which `imaging worker` serves /metrics; 0 picks a free one; none: nowhere",
    )
    worker_metrics_host: str = Field(
        default="127.0.0.1",
        description="address for that; who asks from elsewhere than this machine needs an admin's token",
    )

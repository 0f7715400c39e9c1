"""The settings, one class per concern. Units are in the names; every field says what it is for.

`settings` puts them together, reads them, and re-exports what others need of them.
"""

import enum
import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from imaging.database_url import checked
from imaging.errors import Misconfigured

PREFIX = "IMAGING_"
MIB = 1024 * 1024


class Mode(enum.Enum):
    """How careful to be: DEVELOPMENT makes its own keys and tokens, PRODUCTION refuses to."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(enum.Enum):
    """How much is written to the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _split(value: Any) -> Any:  # Any: whatever the environment or a caller gives, before it is checked
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _signing_key(value: SecretStr) -> SecretStr:
    key_id, colon, secret = value.get_secret_value().partition(":")
    if not (colon and key_id.isascii() and key_id.isalnum() and len(key_id) <= 16 and len(secret) >= 32):
        raise ValueError("a key is written id:secret, the id up to 16 letters and digits, the secret 32 or more")
    return value


def _database_url(value: SecretStr) -> SecretStr:
    try:
        checked(value.get_secret_value())
    except Misconfigured as error:
        raise ValueError(error.message.rstrip(".")) from None
    return value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError("allowed is an address without a path, such as https://pictures.example.com")
    return value.rstrip("/")


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
SigningKey = Annotated[SecretStr, AfterValidator(_signing_key)]
Origin = Annotated[str, AfterValidator(_origin)]
Width = Annotated[int, Field(ge=1, le=16_383)]
Port = Annotated[int, Field(ge=1, le=65_535)]


class Section(BaseSettings):
    """Some settings that belong together; frozen, empty variables count as absent."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )


class ServerSettings(Section):
    """Where the server listens and by which names it is known."""

    mode: Mode = Field(default=Mode.DEVELOPMENT, description="development or production")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65_535, description="port to listen on; 0 picks a free one")
    public_url: Origin | None = Field(default=None, description="address browsers use, for URLs of pictures")
    allowed_hosts: Words = Field(
        default=(), description="Host headers that are answered, by comma; *.example.com is a suffix"
    )
    cors_origins: Words = Field(default=(), description="origins whose pages may call the API, by comma")
    trusted_proxies: Words = Field(
        default=(), description="addresses of proxies whose X-Forwarded-* headers count, by comma"
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="how much is logged")


class StorageSettings(Section):
    """Where rows and files are kept."""

    data_dir: Path = Field(default=Path("data"), description="folder for everything that is written")
    database_url: DatabaseUrl | None = Field(
        default=None, description="database; SQLite in the data folder when absent"
    )
    database_pool_size: int = Field(
        default=10, ge=1, le=500, description="connections of one process to a PostgreSQL server"
    )
    database_connect_timeout_s: int = Field(
        default=10, ge=1, le=300, description="time for reaching a PostgreSQL server that is away or starting"
    )


class S3Settings(Section):
    """The S3 bucket that keeps originals and renditions, instead of the data folder, once it is named."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}S3_")

    bucket: str | None = Field(
        default=None, pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="name of the bucket; none: the folder"
    )
    endpoint_url: Origin | None = Field(default=None, description="address of the S3 server; absent: Amazon's")
    public_endpoint_url: Origin | None = Field(
        default=None, description="address of the S3 server as browsers reach it, for uploads; absent: the same"
    )
    region: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]+$", description="region of the bucket")
    prefix: str = Field(
        default="",
        max_length=200,
        pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]*/)*([A-Za-z0-9_-][A-Za-z0-9._-]*)?$",
        description="what every key in the bucket begins with, such as pictures/",
    )
    access_key_id: str | None = Field(
        default=None,
        description="who we are to the server; absent: environment, files or role, as the AWS SDK finds them",
    )
    secret_access_key: SecretStr | None = Field(default=None, description="the secret that belongs to the access key")
    path_style: bool | None = Field(
        default=None, description="name the bucket in the path, not in the host; absent: with an endpoint of one's own"
    )
    connect_timeout_s: int = Field(default=5, ge=1, le=60, description="time for reaching the server")
    read_timeout_s: int = Field(default=30, ge=1, le=600, description="longest silence of the server")
    max_attempts: int = Field(default=5, ge=1, le=20, description="how often a request is tried, with growing pauses")
    max_connections: int = Field(default=64, ge=4, le=1_000, description="connections to the server at the same time")


class DeliverySettings(Section):
    """How addresses of pictures are made and signed."""

    signing_keys: Annotated[tuple[SigningKey, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(), max_length=2, description="keys as id:secret, by comma; the first signs, the second is still valid"
    )
    private_url_ttl_s: int = Field(default=3_600, ge=1, le=604_800, description="life of a private URL")
    srcset_widths: Annotated[tuple[Width, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(320, 640, 960, 1280, 1920, 2560),
        min_length=1,
        max_length=20,
        description="default widths of a srcset, by comma",
    )
    max_output_side_px: int = Field(default=8_192, ge=1, le=16_383, description="longest side of a rendition")
    max_output_side_webp_px: int = Field(
        default=16_383, ge=1, le=16_383, description="longest side of a WebP rendition"
    )
    avif_max_pixels: int = Field(default=4_000_000, ge=0, description="largest rendition for which AUTO chooses AVIF")
    avif_budget_ms: int = Field(
        default=400,
        ge=0,
        description="longest that AUTO lets somebody wait for an AVIF to be encoded; larger ones are made in the "
        "background while a WebP stands in",
    )


class CdnHash(enum.Enum):
    """The hash that signatures for CloudFront are made over."""

    SHA1 = "SHA1"
    SHA256 = "SHA256"


class CdnSettings(Section):
    """The CDN in front of us, CloudFront, once its address is named."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}CDN_")

    url: Origin | None = Field(default=None, description="address of the CDN, for URLs of pictures; none: our own")
    key_pair_id: str | None = Field(default=None, description="id that CloudFront gave to our public key")
    private_key_file: Path | None = Field(
        default=None, description="file with the private key that signs private URLs; none: they bypass the CDN"
    )
    private_key: SecretStr | None = Field(default=None, description="that key itself as PEM, instead of the file")
    hash: CdnHash = Field(default=CdnHash.SHA256, description="hash of signatures")
    distribution_id: str | None = Field(
        default=None,
        pattern=r"^[A-Z0-9]+$",
        description="CloudFront distribution in which what leaves sight is invalidated, with the AWS SDK's credentials",
    )
    endpoint_url: Origin | None = Field(default=None, description="address of the CloudFront API; absent: Amazon's")


class UploadSettings(Section):
    """What one file, and one request with files, may cost."""

    max_file_bytes: int = Field(default=200 * MIB, ge=1, description="largest file by multipart")
    max_staged_bytes: int = Field(
        default=5 * 1024 * MIB, ge=1, le=2**43, description="largest file that is prepared, and then put where told"
    )
    max_files_per_request: int = Field(default=20, ge=1, le=1_000, description="files in one request")
    upload_ttl_s: int = Field(default=86_400, ge=60, le=604_800, description="time to complete a prepared upload")
    upload_url_ttl_s: int = Field(default=3_600, ge=60, le=604_800, description="life of the URLs to put bytes to")
    max_pixels: int = Field(default=400_000_000, ge=1, description="pixels of one picture")
    max_frames: int = Field(default=1_000, ge=1, description="frames of one animation")
    max_total_pixels: int = Field(default=400_000_000, ge=1, description="pixels over all frames")


class ImportSettings(Section):
    """What is fetched from the URLs that people give."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}IMPORT_")

    enabled: bool = Field(default=True, description="fetch pictures from URLs at all")
    http: bool = Field(default=False, description="fetch by http, too, not only by https")
    max_bytes: int = Field(default=200 * MIB, ge=1, description="largest file that is fetched")
    max_urls: int = Field(default=100, ge=1, le=1_000, description="URLs in one request")
    timeout_s: int = Field(default=120, ge=1, le=3_600, description="time for fetching one file, redirects included")
    max_redirects: int = Field(default=5, ge=0, le=20, description="redirects that are followed for one file")
    ports: Annotated[tuple[Port, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(80, 443), min_length=1, description="ports that are fetched from, by comma"
    )
    allowed_networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(),
        description="networks that are fetched from although they are not public, by comma, such as 10.1.0.0/16",
    )


class VersionSettings(Section):
    """How long the bytes of an image are kept once they were replaced."""

    version_retention_days: int = Field(
        default=30, ge=0, le=36_500, description="days that replaced bytes are kept, and their URLs work"
    )
    max_versions: int = Field(
        default=20, ge=0, le=1_000, description="replacements of one image whose bytes are kept; 0 keeps none"
    )


class DecoderSettings(Section):
    """The child processes that read pictures."""

    decoder_processes: int = Field(
        default=min(os.cpu_count() or 1, 256), ge=1, le=256, description="pictures decoded at the same time"
    )
    decoder_memory_bytes: int = Field(default=1024 * MIB, ge=256 * MIB, description="memory of one decoder")
    decoder_budget_bytes: int = Field(
        default=1024 * MIB,
        ge=64 * MIB,
        description="memory that all pictures decoded at the same time may be expected to take; the next ones wait",
    )
    decoder_timeout_s: int = Field(
        default=30, ge=1, le=300, description="time for one picture; grows with its size to 300"
    )


class GraphQLSettings(Section):
    """What one operation may cost."""

    max_json_body_bytes: int = Field(default=MIB, ge=1_024, description="largest JSON body")
    max_query_tokens: int = Field(default=5_000, ge=10, description="tokens in one document")
    max_query_depth: int = Field(default=15, ge=1, description="nesting of one operation")
    max_query_aliases: int = Field(default=50, ge=0, description="aliases in one operation")
    max_subscriptions_per_viewer: int = Field(default=100, ge=1, description="subscriptions of one viewer at once")
    introspection: bool | None = Field(
        default=None, description="answer questions about the schema; absent: in development"
    )


class AuthSettings(Section):
    """Who may come in: an OIDC provider's keys, or in development our own issuer."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}AUTH_")

    issuer: str | None = Field(default=None, description="the iss that tokens must carry")
    audience: str | None = Field(default=None, description="the aud that tokens must carry")
    jwks_url: str | None = Field(
        default=None, pattern="^https?://", description="where the provider publishes its keys"
    )
    jwks_file: Path | None = Field(default=None, description="the provider's keys as a file, instead of the URL")
    roles_claim: str = Field(
        default="roles", min_length=1, description="claim that lists roles; dots step into objects"
    )
    leeway_s: int = Field(default=10, ge=0, le=300, description="difference of clocks that is forgiven")


class AccessSettings(Section):
    """What people without a token see, and how long our own tokens live."""

    anonymous_read: bool = Field(default=False, description="show PUBLIC images to people without a token")
    token_ttl_s: int = Field(default=43_200, ge=1, le=31_536_000, description="life of a token by imaging token")

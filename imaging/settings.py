"""What can be configured: one class per concern, read from `IMAGING_*` variables and from `.env`.

Every field is one environment variable: its section's prefix and its name in capitals. Units are in the
names. Values are frozen; a value that is not allowed is refused with the name of its variable.
"""

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from imaging.database_url import Pool
from imaging.errors import Misconfigured
from imaging.retention_settings import RetentionSettings
from imaging.setting_sections import (
    PREFIX,
    AccessSettings,
    AuthSettings,
    CdnHash,
    CdnSettings,
    DecoderSettings,
    DeliverySettings,
    GraphQLSettings,
    ImportSettings,
    LogLevel,
    Mode,
    S3Settings,
    Section,
    ServerSettings,
    StorageSettings,
    UploadSettings,
    VersionSettings,
)
from imaging.work_settings import RedisSettings, WorkSettings

__all__ = [
    "PREFIX",
    "AccessSettings",
    "AuthSettings",
    "CdnHash",
    "CdnSettings",
    "DecoderSettings",
    "DeliverySettings",
    "GraphQLSettings",
    "ImportSettings",
    "LogLevel",
    "Mode",
    "RedisSettings",
    "RetentionSettings",
    "S3Settings",
    "Section",
    "ServerSettings",
    "Settings",
    "StorageSettings",
    "UploadSettings",
    "VersionSettings",
    "WorkSettings",
    "read_settings",
    "sections",
    "variables",
]


@dataclass(frozen=True)
class Settings:
    """All settings; its properties fill in what follows from others when it was left out."""

    server: ServerSettings = field(default_factory=ServerSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    s3: S3Settings = field(default_factory=S3Settings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    cdn: CdnSettings = field(default_factory=CdnSettings)
    upload: UploadSettings = field(default_factory=UploadSettings)
    versions: VersionSettings = field(default_factory=VersionSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    imports: ImportSettings = field(default_factory=ImportSettings)
    decoder: DecoderSettings = field(default_factory=DecoderSettings)
    graphql: GraphQLSettings = field(default_factory=GraphQLSettings)
    auth: AuthSettings = field(default_factory=AuthSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    redis: RedisSettings = field(default_factory=RedisSettings)
    work: WorkSettings = field(default_factory=WorkSettings)

    @property
    def is_production(self) -> bool:
        """True when keys and tokens of our own making are refused."""
        return self.server.mode is Mode.PRODUCTION

    @property
    def data_dir(self) -> Path:
        """The folder for everything that is written, absolute."""
        return self.storage.data_dir.absolute()

    @property
    def database_url(self) -> str:
        """The database; SQLite in the data folder unless told otherwise."""
        url = self.storage.database_url
        return url.get_secret_value() if url else f"sqlite://{self.data_dir / 'imaging.db'}"

    @property
    def database_pool(self) -> Pool:
        """How many connections to a database server there may be, and how long opening one may take."""
        return Pool(self.storage.database_pool_size, self.storage.database_connect_timeout_s)

    @property
    def public_url(self) -> str:
        """The address browsers use, without a slash at its end."""
        host = "127.0.0.1" if self.server.host in ("0.0.0.0", "::", "") else self.server.host  # noqa: S104 compared
        name = f"[{host}]" if ":" in host else host
        return self.server.public_url or f"http://{name}:{self.server.port}"

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Host names that are answered, without ports: those told, or this machine's and the public one."""
        own = ("localhost", "127.0.0.1", "[::1]", urlsplit(self.public_url).hostname or "localhost")
        return self.server.allowed_hosts or tuple(dict.fromkeys(own))

    @property
    def introspection(self) -> bool:
        """True when questions about the schema are answered."""
        chosen = self.graphql.introspection
        return not self.is_production if chosen is None else chosen

    @property
    def uses_own_issuer(self) -> bool:
        """True when tokens come from our development issuer, not from a provider."""
        return not (self.auth.jwks_url or self.auth.jwks_file)

    def listening_on(self, port: int) -> "Settings":
        """Return these settings with the port that was really bound."""
        return replace(self, server=self.server.model_copy(update={"port": port}))

    def must_be_safe(self) -> None:
        """Accept, or refuse a production server that would run on development's habits.

        Raises:
            Misconfigured: names every setting that is missing.
        """
        needed = {
            "IMAGING_PUBLIC_URL": self.server.public_url,
            "IMAGING_ALLOWED_HOSTS": self.server.allowed_hosts,
            "IMAGING_SIGNING_KEYS": self.delivery.signing_keys,
            "IMAGING_AUTH_ISSUER": self.auth.issuer,
            "IMAGING_AUTH_AUDIENCE": self.auth.audience,
            "IMAGING_AUTH_JWKS_URL (or IMAGING_AUTH_JWKS_FILE)": not self.uses_own_issuer,
        }
        missing = [name for name, value in needed.items() if not value]
        if self.is_production and missing:
            raise Misconfigured(f"IMAGING_MODE=production also needs: {', '.join(missing)}. See `imaging settings`.")


def read_settings() -> Settings:
    """Read the environment and `.env`.

    Raises:
        Misconfigured: names each variable that is wrong or unknown, and what is allowed.
    """
    problems = list(_unknown_variables())
    read: dict[str, Section] = {}
    for name, section in sections():
        try:
            read[name] = section()
        except ValidationError as error:
            problems += [_explain(section, detail["loc"], detail["msg"]) for detail in error.errors()]
    if problems:
        raise Misconfigured("\n".join(problems))
    return Settings(**read)  # type: ignore[arg-type]  # each section is of its field's class, by construction


def sections() -> list[tuple[str, type[Section]]]:
    """Return each section's field name and class, in the order people read them."""
    return [(part.name, part.type) for part in fields(Settings) if isinstance(part.type, type)]


def variables(section: type[Section]) -> dict[str, FieldInfo]:
    """Return the environment variable of each field of a section."""
    prefix = section.model_config["env_prefix"]
    return {f"{prefix}{name}".upper(): info for name, info in section.model_fields.items()}


def _explain(section: type[Section], location: tuple[int | str, ...], message: str) -> str:
    variable = f"{section.model_config['env_prefix']}{location[0]}".upper()
    message = message.removeprefix("Value error, ")
    return f"{variable}: {message[:1].lower()}{message[1:]} ({variables(section)[variable].description})."


def _unknown_variables() -> Iterator[str]:
    known = [variable for _, section in sections() for variable in variables(section)]
    for name in sorted({*os.environ, *dotenv_values(".env")}):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            yield f"{name}: there is no such setting{f'; did you mean {near[0]}?' if near else ''}"

"""Where the rows are: in a file of SQLite, or in a database of a PostgreSQL server."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from imaging.errors import Misconfigured

SQLITE = "sqlite://"
POSTGRES = ("postgresql://", "postgres://")
POSTGRES_FORM = "postgresql://user:password@host:port/name?sslmode=verify-full"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_SSL_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")


@dataclass(frozen=True, slots=True)
class Pool:
    """How many connections to a server a process may have, and how long it tries to open one."""

    size: int = 10
    connect_timeout_s: float = 10.0


def is_postgres(url: str) -> bool:
    """True for the URL of a PostgreSQL database, right or wrong in its details."""
    return url.startswith(POSTGRES)


def file_of(url: str) -> Path:
    """Return the file of an SQLite database.

    Raises:
        Misconfigured: the URL names none.
    """
    if not url.startswith(SQLITE) or not url.removeprefix(SQLITE):
        form = f"{SQLITE} and a file path, such as {SQLITE}/var/lib/imaging.db"
        raise Misconfigured(f"The database URL must be {form}, or {POSTGRES_FORM}.")
    return Path(url.removeprefix(SQLITE))


def checked(url: str) -> str:
    """Return the URL, if it is one that can be used; what is wrong is told without repeating it: it holds a password.

    Raises:
        Misconfigured: a part of it is missing or wrong, or a file that it names cannot be read.
    """
    if not is_postgres(url):
        file_of(url)
        return url
    try:
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        _ = parts.port if "," not in parts.netloc else None
    except ValueError:
        raise Misconfigured(f"The database URL cannot be read; it is written {POSTGRES_FORM}.") from None
    if not parts.path.strip("/") and not options.keys() & {"database", "dbname", "service"}:
        raise Misconfigured(f"The database URL names no database; it is written {POSTGRES_FORM}.")
    if options.get("sslmode", "prefer") not in SSL_MODES:
        raise Misconfigured(f"The database URL's sslmode must be one of {', '.join(SSL_MODES)}.")
    for name in _SSL_FILES:
        if name in options and not Path(options[name]).is_file():
            raise Misconfigured(f"The database URL's {name} names no file that can be read.")
    return url

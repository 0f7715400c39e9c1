"""Where the database may be, and what is told of a URL that leads nowhere: never its password."""

import pytest

from imaging import database
from imaging.database_url import Pool
from imaging.errors import DatabaseUnavailable, Misconfigured

PASSWORD = "hunter2"


@pytest.mark.parametrize("url", ["", "sqlite://", "mysql://somewhere/db", "imaging.db"])
async def test_a_url_that_names_no_database_is_refused_with_those_that_do(url: str) -> None:
    with pytest.raises(Misconfigured, match=r"sqlite://.* or postgresql://"):
        await database.connect(url)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"postgresql://me:{PASSWORD}@host", "names no database"),
        (f"postgresql://me:{PASSWORD}@host/", "names no database"),
        (f"postgres://me:{PASSWORD}@host:many/db", "cannot be read"),
        (f"postgres://me:{PASSWORD}@host:99999/db", "cannot be read"),
        (f"postgresql://me:{PASSWORD}@[host/db", "cannot be read"),
        (f"postgresql://me:{PASSWORD}@host/db?sslmode=maybe", "sslmode must be one of disable, allow, prefer"),
        (f"postgresql://me:{PASSWORD}@host/db?sslmode=verify-full&sslrootcert=/no/such/file", "sslrootcert names no"),
        (f"postgresql://me:{PASSWORD}@host/db?sslmode", "cannot be read"),
    ],
)
async def test_what_is_wrong_with_a_url_is_told_without_its_password(url: str, told: str) -> None:
    with pytest.raises(Misconfigured, match=told) as raised:
        await database.connect(url)
    assert PASSWORD not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_a_server_that_is_not_there_is_tried_for_as_long_as_it_was_said() -> None:
    url = f"postgresql://me:{PASSWORD}@127.0.0.1:1/db"
    with pytest.raises(DatabaseUnavailable) as raised:
        await database.connect(url, Pool(connect_timeout_s=0.2))
    assert PASSWORD not in str(raised.value)
    with pytest.raises(DatabaseUnavailable):
        await database.migrate(url, Pool(connect_timeout_s=0.2))

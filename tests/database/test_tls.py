"""A PostgreSQL that wants a password and TLS: who may come in, and what is told of who may not."""

import datetime
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tortoise.connection import get_connection

from imaging import database
from imaging.accounts.models import User
from imaging.database_url import Pool
from imaging.errors import Misconfigured
from tests.postgres import PostgresServer, made_postgres

pytestmark = pytest.mark.full

PASSWORD = "p@ss/word"
WRITTEN = "p%40ss%2Fword"
HBA = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
POOL = Pool(size=2, connect_timeout_s=30)


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """Write a certificate that vouches for itself, and its key; return both files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
    )
    pem, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files = folder / f"{host}.crt", folder / f"{host}.key"
    files[0].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, kind, serialization.NoEncryption()))
    files[1].chmod(0o600)
    return files


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with made_postgres() as server:
        (server.folder / "data" / "pg_hba.conf").write_text(HBA)
        cert, key = certificate(server.folder, "127.0.0.1")
        server.give(cert)
        server.give(key)
        server.settings |= {"ssl": "on", "ssl_cert_file": str(cert), "ssl_key_file": str(key)}
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            server.port = probe.getsockname()[1]
        server.host = "127.0.0.1"
        server.start()
        server.run(f"CREATE ROLE ada LOGIN PASSWORD '{PASSWORD}'")
        server.run("CREATE DATABASE pictures OWNER ada ENCODING 'UTF8' TEMPLATE template0")
        yield server


def url(server: PostgresServer, *options: str, password: str = WRITTEN, host: str = "127.0.0.1") -> str:
    query = f"?{'&'.join(options)}" if options else ""
    return f"postgresql://ada:{password}@{host}:{server.port}/pictures{query}"


async def is_encrypted() -> bool:
    [found] = await get_connection("default").execute_query_dict(
        "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    )
    return bool(found["ssl"])


@pytest.mark.parametrize("mode", [None, "require", "verify-ca", "verify-full"])
async def test_a_server_that_is_trusted_is_spoken_to_in_secret(server: PostgresServer, mode: str | None) -> None:
    trusted = f"sslrootcert={server.folder / '127.0.0.1.crt'}"
    where = url(server, f"sslmode={mode}", trusted) if mode else url(server)
    await database.migrate(where, POOL)
    await database.connect(where, POOL)
    try:
        assert await is_encrypted()
        assert await User.all().count() == 0
    finally:
        await database.close()


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
async def test_a_server_with_another_certificate_is_not_spoken_to(
    server: PostgresServer, tmp_path: Path, mode: str
) -> None:
    other, _ = certificate(tmp_path, "127.0.0.1")
    await expect_refused(url(server, f"sslmode={mode}", f"sslrootcert={other}"), "TLS certificate")


async def test_a_certificate_for_another_name_is_not_enough(server: PostgresServer) -> None:
    trusted = f"sslrootcert={server.folder / '127.0.0.1.crt'}"
    await expect_refused(url(server, "sslmode=verify-full", trusted, host="localhost"), "TLS certificate")


async def test_a_wrong_password_is_told_of_without_it(server: PostgresServer) -> None:
    await expect_refused(url(server, password="hunter2"), "refuses the user, the password")


async def test_a_server_that_wants_tls_refuses_who_speaks_openly(server: PostgresServer) -> None:
    await expect_refused(url(server, "sslmode=disable"), "refuses")


async def expect_refused(where: str, told: str) -> None:
    for opening in (database.connect(where, POOL), database.migrate(where, POOL)):
        with pytest.raises(Misconfigured, match=told) as raised:
            await opening
        assert "hunter2" not in str(raised.value)
        assert PASSWORD not in str(raised.value)

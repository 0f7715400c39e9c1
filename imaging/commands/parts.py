"""What `imaging doctor` asks of the parts inside: database, pixels, search, page. A check returns what it found."""

import asyncio
import importlib.resources
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from imaging import database
from imaging.adapters.cloudfront_signer import open_signer
from imaging.adapters.redis_client import ask_version
from imaging.adapters.s3_abilities import ask_abilities
from imaging.adapters.s3_client import open_bucket
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.commands.machine import Ailment
from imaging.database_url import is_postgres
from imaging.errors import DatabaseUnavailable, StorageUnavailable
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Limits
from imaging.render.survey import survey
from imaging.settings import Settings

MIN_SQLITE = (3, 35)
REINSTALL = "Install again what is pinned: make run."


def storage(settings: Settings) -> str:
    """Demand a bucket that may be written, read and emptied, when one is configured."""
    if settings.s3.bucket is None:
        return "originals and renditions are kept in the data folder"
    place = f"bucket {settings.s3.bucket} at {settings.s3.endpoint_url or 'Amazon S3'}"

    async def ask() -> str:
        async with open_bucket(settings.s3) as bucket:
            can = await ask_abilities(bucket)
        checksum, once = "SHA-256" if can.checks_sha256 else "MD5", "heeds" if can.writes_once else "ignores"
        return f"checks {checksum} and {once} If-None-Match"

    try:
        return f"{place} can be written, read and emptied; it {asyncio.run(ask())}"
    except StorageUnavailable as error:
        remedy = "Start the S3 server, open the way to it, or set IMAGING_S3_ENDPOINT_URL to where it is."
        raise Ailment(f"{place} does not answer", remedy) from error


def cdn(settings: Settings) -> str:
    """Demand a key that CloudFront takes, when one is configured."""
    signer = open_signer(settings.cdn)
    if settings.cdn.url is None:
        return "none; addresses are this server's own"
    private = "have addresses there, too" if signer else "bypass it"
    forgets = f"tells {settings.cdn.distribution_id}" if settings.cdn.distribution_id else "tells nobody"
    return f"{settings.cdn.url}; private pictures {private}; what leaves sight {forgets}"


def rows(settings: Settings) -> str:
    """Demand a database server that answers and suits us, or an SQLite with a database that is whole."""
    if not is_postgres(settings.database_url):
        return _sqlite(settings)

    async def ask() -> str:
        await database.connect(settings.database_url, settings.database_pool)
        try:
            return await database.examine()
        finally:
            await database.close()

    try:
        return f"{asyncio.run(ask())}, up to {settings.database_pool.size} connections"
    except DatabaseUnavailable as error:
        remedy = "Start the server, open the way to it, or set IMAGING_DATABASE_URL to where it is."
        raise Ailment("the PostgreSQL server does not answer", remedy) from error


def redis(settings: Settings) -> str:
    """Demand a Redis that answers, when one is configured."""
    if settings.redis.url is None:
        return "none; this process wakes itself and remembers by itself"
    try:
        return f"{asyncio.run(ask_version(settings.redis))}; it wakes processes and keeps what may be forgotten"
    except ConnectionError as error:
        remedy = "Start it, open the way to it, or set IMAGING_REDIS_URL to where it is. Without it all is slower."
        raise Ailment(str(error), remedy) from error


def libvips(_settings: Settings) -> str:
    """Demand every format."""
    found = survey()
    if found.missing:
        raise Ailment(f"libvips {found.libvips} lacks {', '.join(found.missing)}", REINSTALL)
    return f"libvips {found.libvips} reads and writes every format"


def heic(_settings: Settings) -> str:
    """Tell which library reads HEIC."""
    return f"libheif {survey().libheif}"


def decoder(settings: Settings) -> str:
    """Demand that a decoder process starts within its memory limit."""
    limits = settings.decoder

    async def start() -> None:
        pool = DecoderPool(1, limits.decoder_memory_bytes, limits.decoder_timeout_s, Limits())
        try:
            await pool.start()
        finally:
            await pool.close()

    try:
        asyncio.run(start())
    except (OSError, RuntimeError, TimeoutError) as error:
        raise Ailment(f"a decoder process does not start: {error}", "Raise IMAGING_DECODER_MEMORY_BYTES.") from error
    return f"a process starts within {limits.decoder_memory_bytes // 1024**2} MiB"


def search_index(settings: Settings) -> str:
    """Demand an index that opens."""
    folder = settings.data_dir / "search"
    if not folder.exists():
        return "none yet; made when the server starts"

    async def count() -> int:
        index = TantivyIndex(folder)
        await index.open()
        try:
            return await index.count()
        finally:
            await index.close()

    return f"{asyncio.run(count())} documents"


def graphiql(_settings: Settings) -> str:
    """Demand the built page."""
    page = importlib.resources.files("imaging") / "graphql" / "graphiql" / "dist" / "manifest.json"
    if not page.is_file():
        raise Ailment("the page is not built", "make web")
    return "built"


def _sqlite(settings: Settings) -> str:
    version = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < MIN_SQLITE:
        raise Ailment(version, f"Use a Python with SQLite {'.'.join(map(str, MIN_SQLITE))} or newer.")
    path = Path(settings.database_url.removeprefix("sqlite://"))
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=_nearest(settings.data_dir)) as folder:
            return f"{version}, journal {_journal(Path(folder) / 'probe.db')}; no database yet"
    return f"{version}, journal {_journal(path)}, {_integrity(path)}"


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _journal(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise Ailment(f"the journal is {mode}", "The data folder needs a local disk: set IMAGING_DATA_DIR to one.")
    return str(mode).upper()


def _integrity(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise Ailment(f"the database is damaged: {verdict}", "Restore imaging.db from a backup.")
    return "whole"

"""The committed migrations make the tables that the models describe, whichever database keeps them."""

import uuid
from pathlib import Path

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from imaging import database, migrations
from tests import databases
from tests.databases import rows

ALL = sorted(path.stem for path in Path(migrations.__file__).parent.glob("0*.py"))
TABLES = {
    "batch",
    "batch_item",
    "collection",
    "collection_item",
    "event",
    "image",
    "image_detail",
    "image_tag",
    "image_version",
    "job",
    "outbox_entry",
    "preset",
    "upkeep_run",
    "upload",
    "user",
}


async def test_the_models_ask_for_nothing_that_no_migration_makes(database_url: str) -> None:
    settings = database.config(database_url)
    async with TortoiseContext() as context:
        await context.init(config=settings)
        assert context.apps is not None
        missing = await MigrationAutodetector(context.apps, settings["apps"]).changes()
    assert [operation for writer in missing for operation in writer.operations] == []


def test_the_names_of_tables_and_indexes_stay(database_url: str) -> None:
    assert _names(database_url, "table") == TABLES | {"tortoise_migrations"}
    own = {"idx_image_public_created_at", "idx_job_due"}
    other = {"idx_image_visibil_cb5162", "idx_job_priorit_423041"}
    expected, unexpected = (own, other) if databases.is_postgres() else (other, own)
    indexes = _names(database_url, "index")
    assert {"idx_image_created_b0d8e9", "idx_image_owner_i_953abe", *expected} <= indexes
    assert not indexes & unexpected


@pytest.mark.parametrize("version", ["0001_initial", "0002_presets"])
async def test_a_library_of_an_earlier_version_is_brought_up_to_date_with_all_its_rows(
    tmp_path: Path, version: str
) -> None:
    url = databases.chosen().empty_url(tmp_path)
    ada, picture = str(uuid.uuid4()), str(uuid.uuid4())
    async with databases.as_of(url, version):
        await _insert("user", {"id": ada, "issuer": "tests", "subject": "Ada", "name": "Ada"})
        await _insert("image", {"id": picture, "owner_id": ada, "filename": "a.jpg", "tags": '["Duck"]'})
        await _insert("image_tag", {"image_id": picture, "tag": "duck"})
        await _insert("event", {"image_id": picture, "owner_id": ada, "kind": "CREATED"})
    assert await database.migrate(url) == ALL[ALL.index(version) + 1 :]
    assert await database.migrate(url) == []
    found = rows(url, 'SELECT "id", "filename", "tags", "version", "bytes_since" FROM "image"')
    assert [tuple(map(str, row)) for row in found] == [(picture, "a.jpg", '["Duck"]', "1", "1")]
    assert [str(id) for (id,) in rows(url, 'SELECT "image_id" FROM "image_tag"')] == [picture]
    assert rows(url, 'SELECT "id", "kind" FROM "event"') == [(1, "CREATED")]
    assert rows(url, 'SELECT "name" FROM "user"') == [("Ada",)]
    assert rows(url, 'SELECT count(*) FROM "preset"') == [(0,)]
    assert _names(url, "index") == _names(databases.chosen().url(tmp_path), "index")


async def _insert(table: str, row: dict[str, str]) -> None:
    """Insert a row, with a value for every other column that wants one."""
    connection = get_connection("default")
    if databases.is_postgres():
        columns = await connection.execute_query_dict(
            "SELECT column_name AS name, data_type AS type FROM information_schema.columns"
            " WHERE is_nullable = 'NO' AND column_default IS NULL AND table_name = $1",
            [table],
        )
    else:
        columns = await connection.execute_query_dict(
            'SELECT "name", "type" FROM pragma_table_info(?) WHERE "notnull" AND "dflt_value" IS NULL AND NOT "pk"',
            [table],
        )
    values = {column["name"]: _some(column["type"].lower()) for column in columns} | row
    names, literals = ", ".join(f'"{name}"' for name in values), ", ".join(f"'{value}'" for value in values.values())
    await connection.execute_script(f'INSERT INTO "{table}" ({names}) VALUES ({literals})')


def _some(kind: str) -> str:
    made_up = {"int": "1", "bool": "1", "time": "2026-01-01 00:00:00+00:00", "json": "[]"}
    return next((value for part, value in made_up.items() if part in kind), "x")


def _names(url: str, kind: str) -> set[str]:
    if databases.is_postgres():
        relkind = "r" if kind == "table" else "i"
        schema = "relnamespace = current_schema()::regnamespace"
        return {name for (name,) in rows(url, f"SELECT relname FROM pg_class WHERE {schema} AND relkind = '{relkind}'")}
    found = rows(url, f"SELECT name FROM sqlite_master WHERE type = '{kind}' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in found}


@pytest.mark.sqlite_only("it is about pragmas")
async def test_every_acknowledged_commit_is_synced_to_the_disk(db: str) -> None:
    connection = get_connection("default")
    async with database.transaction() as writing:
        assert (await writing.execute_query_dict("PRAGMA synchronous"))[0]["synchronous"] == 2
    assert (await connection.execute_query_dict("PRAGMA journal_mode"))[0]["journal_mode"] == "wal"


@pytest.mark.sqlite_only("it is about files")
async def test_a_folder_with_odd_characters_is_only_a_folder(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/50% of ? & #1/imaging.db"
    assert await database.migrate(url) == ALL
    assert (tmp_path / "50% of ? & #1" / "imaging.db").exists()

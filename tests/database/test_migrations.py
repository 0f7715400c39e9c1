"""The committed migrations make the tables that the models describe."""

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from imaging import database
from imaging.errors import Misconfigured


async def test_the_models_ask_for_nothing_that_no_migration_makes(database_url: str) -> None:
    settings = database.config(database_url)
    async with TortoiseContext() as context:
        await context.init(config=settings)
        assert context.apps is not None
        missing = await MigrationAutodetector(context.apps, settings["apps"]).changes()
    assert [operation for writer in missing for operation in writer.operations] == []


async def test_the_names_of_tables_and_indexes_stay(db: str) -> None:
    rows = await get_connection("default").execute_query_dict(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    names = [row["name"] for row in rows]
    tables = {
        "event",
        "image",
        "image_detail",
        "image_tag",
        "image_version",
        "job",
        "outbox_entry",
        "preset",
        "upload",
        "user",
    }
    assert {name for name in names if not name.startswith("idx_")} == tables | {"tortoise_migrations"}
    assert "idx_image_created_b0d8e9" in names
    assert "idx_image_owner_i_953abe" in names
    assert "idx_image_visibil_cb5162" in names


async def test_a_library_of_the_first_version_is_brought_up_to_date_with_all_its_rows(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/imaging.db"
    await _migrate_to(url, "0001_initial")
    with closing(sqlite3.connect(tmp_path / "imaging.db")) as old, old:
        ada, picture = uuid.uuid4(), uuid.uuid4()
        row = {"id": str(ada), "issuer": "tests", "subject": "Ada", "name": "Ada", "created_at": "2026-01-01 00:00:00"}
        _insert(old, "user", row)
        _insert(old, "image", _required(old, "image") | {"id": str(picture), "owner_id": str(ada), "filename": "a.jpg"})
        _insert(old, "image_tag", {"image_id": str(picture), "tag": "duck"})
        before = _index_names(old)
    assert await database.migrate(url) == ["0002_presets", "0003_uploads_and_versions"]
    assert await database.migrate(url) == []
    with closing(sqlite3.connect(tmp_path / "imaging.db")) as new:
        assert new.execute('SELECT "id", "filename" FROM "image"').fetchall() == [(str(picture), "a.jpg")]
        assert new.execute('SELECT "image_id", "tag" FROM "image_tag"').fetchall() == [(str(picture), "duck")]
        assert new.execute('SELECT "id", "name" FROM "user"').fetchall() == [(str(ada), "Ada")]
        assert new.execute('SELECT count(*) FROM "preset"').fetchone() == (0,)
        assert before <= _index_names(new)


async def _migrate_to(url: str, name: str) -> None:
    settings = database.config(url, foreign_keys="OFF")
    async with TortoiseContext() as context:
        await context.init(config=settings)
        async with database.transaction() as connection:
            await MigrationExecutor(connection, settings["apps"]).migrate([MigrationTarget(database.APP, name)])


def _required(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
    """Return a value for every column that wants one."""
    columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    return {
        name: 1 if "INT" in kind else "x" for _, name, kind, needed, default, _ in columns if needed and not default
    }


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    names, places = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', list(row.values()))


def _index_names(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}


async def test_every_acknowledged_commit_is_synced_to_the_disk(db: str) -> None:
    connection = get_connection("default")
    async with database.transaction() as writing:
        assert (await writing.execute_query_dict("PRAGMA synchronous"))[0]["synchronous"] == 2
    assert (await connection.execute_query_dict("PRAGMA journal_mode"))[0]["journal_mode"] == "wal"


@pytest.mark.parametrize("url", ["", "sqlite://", "postgres://somewhere/db", "imaging.db"])
async def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured, match="sqlite://"):
        await database.connect(url)


async def test_a_folder_with_odd_characters_is_only_a_folder(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/50% of ? & #1/imaging.db"
    assert await database.migrate(url) == ["0001_initial", "0002_presets", "0003_uploads_and_versions"]
    assert (tmp_path / "50% of ? & #1" / "imaging.db").exists()

"""The committed migrations make the tables that the models describe."""

from pathlib import Path

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

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
    tables = ["event", "image", "image_detail", "image_tag", "job", "outbox_entry", "tortoise_migrations", "user"]
    assert [name for name in names if not name.startswith("idx_")] == tables
    assert "idx_image_created_b0d8e9" in names
    assert "idx_image_owner_i_953abe" in names
    assert "idx_image_visibil_cb5162" in names


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
    assert await database.migrate(url) == ["0001_initial"]
    assert (tmp_path / "50% of ? & #1" / "imaging.db").exists()

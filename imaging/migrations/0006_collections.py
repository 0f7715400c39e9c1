from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from imaging.images.models import Visibility

# As on SQLite: names are sorted by their code points, and paths are looked up by what they begin with.
TEXTS = """
ALTER TABLE "collection" ALTER COLUMN "name_key" TYPE varchar(200) COLLATE "C";
ALTER TABLE "collection" ALTER COLUMN "path" TYPE varchar(330) COLLATE "C";
"""


class OnPostgres(ops.RunSQL):
    """Statements for PostgreSQL alone; other databases need nothing."""

    async def _run_sql(self, state_editor, sqls) -> None:
        if state_editor.DIALECT == "postgres":
            await super()._run_sql(state_editor, sqls)


class Migration(migrations.Migration):
    dependencies = [("models", "0005_postgresql")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Collection",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="owner_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="collections",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "parent",
                    fields.ForeignKeyField(
                        "models.Collection",
                        source_field="parent_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="children",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("path", fields.CharField(unique=True, max_length=330)),
                ("name", fields.CharField(max_length=200)),
                ("name_key", fields.CharField(max_length=200)),
                ("description", fields.TextField(null=True, unique=False)),
                (
                    "visibility",
                    fields.CharEnumField(
                        default=Visibility.PRIVATE,
                        description="PRIVATE: PRIVATE\nPUBLIC: PUBLIC",
                        enum_type=Visibility,
                        max_length=16,
                    ),
                ),
                ("cover_id", fields.UUIDField(null=True)),
                ("numbering", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
            ],
            options={
                "table": "collection",
                "app": "models",
                "indexes": [
                    Index(fields=["name_key", "id"]),
                    Index(fields=["owner_id", "name_key", "id"]),
                    Index(fields=["visibility", "name_key", "id"]),
                    Index(fields=["parent_id", "name_key", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "Pictures put together",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CollectionItem",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "collection",
                    fields.ForeignKeyField(
                        "models.Collection",
                        source_field="collection_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="items",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "image",
                    fields.ForeignKeyField(
                        "models.Image",
                        source_field="image_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="collection_items",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("position", fields.BigIntField()),
                ("added_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "collection_item",
                "app": "models",
                "unique_together": (("collection_id", "image_id"),),
                "indexes": [
                    Index(fields=["collection_id", "position", "id"]),
                    Index(fields=["image_id"]),
                ],
                "pk_attr": "id",
                "table_description": "Pictures in collections",
            },
            bases=["Model"],
        ),
        OnPostgres([TEXTS]),
    ]

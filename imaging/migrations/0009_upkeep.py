import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

# What lies in the trash, by how long; the rest of the library is not in it. Both databases use it for `trashed_at < …`.
TRASHED = 'CREATE INDEX "idx_image_trashed_at" ON "image" ("trashed_at") WHERE "trashed_at" IS NOT NULL'

# As the other tables have it since 0005: JSON stays as it was written.
TEXTS = 'ALTER TABLE "upkeep_run" ALTER COLUMN "examples" TYPE json USING "examples"::text::json;'


class OnPostgres(ops.RunSQL):
    """Statements for PostgreSQL alone; other databases need nothing."""

    async def _run_sql(self, state_editor, sqls) -> None:
        if state_editor.DIALECT == "postgres":
            await super()._run_sql(state_editor, sqls)


class Migration(migrations.Migration):
    dependencies = [("models", "0008_jobs")]

    initial = False

    operations = [
        ops.CreateModel(
            name="UpkeepRun",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("task", fields.CharField(max_length=64)),
                ("dry_run", fields.BooleanField()),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("took_ms", fields.BigIntField()),
                ("checked", fields.BigIntField(default=0)),
                ("found", fields.BigIntField(default=0)),
                ("mended", fields.BigIntField(default=0)),
                (
                    "examples",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("error", fields.CharField(default="", max_length=500)),
            ],
            options={
                "table": "upkeep_run",
                "app": "models",
                "unique_together": (("task", "dry_run"),),
                "pk_attr": "id",
                "table_description": "How upkeep went the last time",
            },
            bases=["Model"],
        ),
        ops.RunSQL(TRASHED, 'DROP INDEX "idx_image_trashed_at"'),
        OnPostgres([TEXTS]),
    ]

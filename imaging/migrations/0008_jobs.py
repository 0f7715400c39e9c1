from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# As in 0005: what was given up is in no queue.
DUE_JOBS = """
DROP INDEX "idx_job_due";
CREATE INDEX "idx_job_due" ON "job" ("priority", "run_after") WHERE "failed_at" IS NULL;
"""


class OnPostgres(ops.RunSQL):
    """Statements for PostgreSQL alone; other databases need nothing."""

    async def _run_sql(self, state_editor, sqls) -> None:
        if state_editor.DIALECT == "postgres":
            await super()._run_sql(state_editor, sqls)


class RemoveIndexElsewhere(ops.RemoveIndex):
    """An index that PostgreSQL has not had since 0005."""

    async def database_forward(self, app_label, old_state, new_state, state_editor=None) -> None:
        if state_editor is not None and state_editor.DIALECT != "postgres":
            await super().database_forward(app_label, old_state, new_state, state_editor)


class AddIndexElsewhere(ops.AddIndex):
    """An index that is a partial one on PostgreSQL."""

    async def database_forward(self, app_label, old_state, new_state, state_editor=None) -> None:
        if state_editor is not None and state_editor.DIALECT != "postgres":
            await super().database_forward(app_label, old_state, new_state, state_editor)


class Migration(migrations.Migration):
    dependencies = [("models", "0007_batches")]

    initial = False

    operations = [
        RemoveIndexElsewhere("Job", fields=["run_after"]),
        ops.AddField(model_name="Job", name="priority", field=fields.IntField(default=0, db_default=0)),
        AddIndexElsewhere("Job", Index(fields=["priority", "run_after"])),
        OnPostgres([DUE_JOBS]),
    ]

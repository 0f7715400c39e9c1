import functools
from json import dumps, loads
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from imaging.accounts.viewer import Role
from imaging.batches.models import BatchState, ItemState
from imaging.journal.models import EventKind


class AlterInStateOnly(ops.AlterField):
    """A change that no column shows: another member of an enumeration. SQLite would rebuild the table for it."""

    async def database_forward(self, *args: object, **kwargs: object) -> None:
        """Change nothing in the database."""

    async def database_backward(self, *args: object, **kwargs: object) -> None:
        """Change nothing in the database."""


def _json(**more):
    return fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads, **more)


def _members(kind):
    return "\n".join(f"{member.name}: {member.value}" for member in kind)


class Migration(migrations.Migration):
    dependencies = [("models", "0006_collections")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Batch",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "started_by",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="started_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="batches",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("role", fields.CharEnumField(description=_members(Role), enum_type=Role, max_length=16)),
                ("operation", fields.CharField(max_length=32)),
                ("wish", _json(default=dict)),
                ("selection", _json(default=dict)),
                (
                    "state",
                    fields.CharEnumField(
                        default=BatchState.PLANNING,
                        description=_members(BatchState),
                        enum_type=BatchState,
                        max_length=16,
                    ),
                ),
                ("planned_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("planned_id", fields.UUIDField(null=True)),
                ("total", fields.BigIntField(default=0)),
                ("done", fields.BigIntField(default=0)),
                ("skipped", fields.BigIntField(default=0)),
                ("failed", fields.BigIntField(default=0)),
                ("undone", fields.BigIntField(default=0)),
                ("kept", fields.BigIntField(default=0)),
                ("failure", fields.CharField(null=True, max_length=500)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("began_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("settled_before", fields.BigIntField(default=0)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("undoable_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "batch",
                "app": "models",
                "indexes": [
                    Index(fields=["started_by_id", "created_at", "id"]),
                    Index(fields=["created_at", "id"]),
                    Index(fields=["finished_at"]),
                ],
                "pk_attr": "id",
                "table_description": "Operations on many pictures",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BatchItem",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "batch",
                    fields.ForeignKeyField(
                        "models.Batch",
                        source_field="batch_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="items",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("image_id", fields.UUIDField()),
                (
                    "state",
                    fields.CharEnumField(
                        default=ItemState.PENDING, description=_members(ItemState), enum_type=ItemState, max_length=16
                    ),
                ),
                ("memory", _json(null=True)),
                ("code", fields.CharField(default="", max_length=64)),
                ("message", fields.CharField(default="", max_length=500)),
            ],
            options={
                "table": "batch_item",
                "app": "models",
                "indexes": [Index(fields=["batch_id", "state", "id"])],
                "pk_attr": "id",
                "table_description": "Pictures of a batch",
            },
            bases=["Model"],
        ),
        AlterInStateOnly(
            model_name="Event",
            name="kind",
            field=fields.CharEnumField(description=_members(EventKind), enum_type=EventKind, max_length=16),
        ),
        ops.AddField(model_name="Event", name="batch_id", field=fields.UUIDField(null=True)),
    ]

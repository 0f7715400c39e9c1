"""What delivery stores: presets."""

import uuid
from typing import Any

from tortoise import fields
from tortoise.models import Model


class Preset(Model):
    """A wish with a name; what is deleted stays as an empty row, so that other processes learn of it.

    `transform` is what was asked for, as `preset_values` writes it. `revision` grows with every change of any
    preset, so that what changed since can be read, and whether anything did is one look at an index.
    """

    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)
    name = fields.CharField(max_length=40, unique=True)
    transform: Any = fields.JSONField(default=dict)
    revision = fields.BigIntField(unique=True)
    saved_by: Any = fields.ForeignKeyField("models.User", related_name="presets", on_delete=fields.RESTRICT)
    saved_by_id: uuid.UUID
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "preset"
        table_description = "Wishes with a name"

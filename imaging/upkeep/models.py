"""What upkeep remembers of itself."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class UpkeepRun(Model):
    """How a task went the last time, in earnest and as a dry run; `error` is empty when it came to its end.

    `remark` is what the numbers do not say, for people, and empty when they say it all.

    Written when a run has ended: one that was cut off by a kill leaves what the one before it wrote.
    """

    id = fields.BigIntField(primary_key=True)
    task = fields.CharField(max_length=64)
    dry_run = fields.BooleanField()
    started_at = fields.DatetimeField()
    took_ms = fields.BigIntField()
    checked = fields.BigIntField(default=0)
    found = fields.BigIntField(default=0)
    mended = fields.BigIntField(default=0)
    examples: Any = fields.JSONField(default=list)
    error = fields.CharField(max_length=500, default="")
    remark = fields.CharField(max_length=500, default="", db_default="")

    class Meta:
        table = "upkeep_run"
        table_description = "How upkeep went the last time"
        unique_together = (("task", "dry_run"),)

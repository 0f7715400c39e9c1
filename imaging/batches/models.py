"""The batch as it is stored, and its images one by one."""

import datetime
import enum
import uuid
from typing import Any

from tortoise import fields
from tortoise.models import Model

from imaging.accounts.viewer import Role, Viewer

UNDOABLE_DAYS = 7
GIVEN_UP = "It was tried many times without success."
UNDOING_GIVEN_UP = "Undoing it was tried many times without success."
"""Why a batch is FAILED that was being undone: going on with it means undoing the rest."""


class BatchState(enum.Enum):
    """Where a batch stands: three of these go on, the others are at rest."""

    PLANNING = "PLANNING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


class ItemState(enum.Enum):
    """What became of one image: SKIPPED needed nothing; KEPT was done, and could not be undone."""

    PENDING = "PENDING"
    DONE = "DONE"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    UNDONE = "UNDONE"
    KEPT = "KEPT"


MOVING = (BatchState.PLANNING, BatchState.RUNNING, BatchState.UNDOING)


class Batch(Model):
    """One operation on many images, on behalf of who started it, with the role they had then.

    `operation` and `wish` say what is done, see `batches.repertoire`; `selection` says to which images, see
    `batches.selection`. While PLANNING, the images up to `planned_at` and `planned_id` are planned. The counters change
    in the transactions that change the items: each item is in one of them, or still to be done. `began_at` is when it
    began to run, `settled_before` how many were settled by then. `failure` says why it is FAILED as a whole.
    `undoable_until` is None for what cannot be undone.
    """

    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)
    started_by: Any = fields.ForeignKeyField("models.User", related_name="batches", on_delete=fields.RESTRICT)
    started_by_id: uuid.UUID
    role = fields.CharEnumField(Role, max_length=16)
    operation = fields.CharField(max_length=32)
    wish: Any = fields.JSONField(default=dict)
    selection: Any = fields.JSONField(default=dict)
    state = fields.CharEnumField(BatchState, max_length=16, default=BatchState.PLANNING)

    planned_at = fields.DatetimeField(null=True)
    planned_id = fields.UUIDField(null=True)
    total = fields.BigIntField(default=0)
    done = fields.BigIntField(default=0)
    skipped = fields.BigIntField(default=0)
    failed = fields.BigIntField(default=0)
    undone = fields.BigIntField(default=0)
    kept = fields.BigIntField(default=0)

    failure = fields.CharField(max_length=500, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    began_at = fields.DatetimeField(null=True)
    settled_before = fields.BigIntField(default=0)
    finished_at = fields.DatetimeField(null=True)
    undoable_until = fields.DatetimeField(null=True)

    class Meta:
        table = "batch"
        table_description = "Operations on many pictures"
        indexes = (("started_by_id", "created_at", "id"), ("created_at", "id"), ("finished_at",))

    @property
    def starter(self) -> Viewer:
        """Who started it, with the role they had then."""
        return Viewer(self.started_by_id, self.role)

    @property
    def settled(self) -> int:
        """How many images nothing is to be done for any more."""
        if self.state in (BatchState.UNDOING, BatchState.UNDONE):
            return int(self.undone + self.kept)
        return int(self.done + self.skipped + self.failed)

    @property
    def eta_ms(self) -> int | None:
        """How long it will yet take at the pace it had since it began; None when nobody knows, or it is at rest."""
        if self.state not in (BatchState.RUNNING, BatchState.UNDOING) or self.began_at is None:
            return None
        settled: int = self.settled - self.settled_before
        if settled <= 0:
            return None
        took: datetime.timedelta = datetime.datetime.now(datetime.UTC) - self.began_at
        left: int = self.done if self.state is BatchState.UNDOING else self.total - self.settled
        return max(0, round(took.total_seconds() * 1000 / settled * left))


class BatchItem(Model):
    """One image of a batch; `memory` is what undoing needs to know, `code` and `message` tell why it failed.

    The image is named without a foreign key, so that what became of it is still known when it is gone.
    """

    id = fields.BigIntField(primary_key=True)
    batch: Any = fields.ForeignKeyField("models.Batch", related_name="items", on_delete=fields.CASCADE)
    batch_id: uuid.UUID
    image_id = fields.UUIDField()
    state = fields.CharEnumField(ItemState, max_length=16, default=ItemState.PENDING)
    memory: Any = fields.JSONField(null=True)
    code = fields.CharField(max_length=64, default="")
    message = fields.CharField(max_length=500, default="")

    class Meta:
        table = "batch_item"
        table_description = "Pictures of a batch"
        indexes = (("batch_id", "state", "id"),)

    @property
    def uid(self) -> uuid.UUID:
        """Its id, in the form that all things have towards clients."""
        return uuid.UUID(int=self.id)

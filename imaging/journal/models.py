"""Rows that make a change survive: written in the same transaction as the change itself."""

import datetime
import enum
import uuid

from tortoise import fields
from tortoise.models import Model


class EventKind(enum.Enum):
    """What happened to an image; UPLOAD: to an upload on its way to become one; BATCH: to an operation on many."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    TRASHED = "TRASHED"
    RESTORED = "RESTORED"
    DELETED = "DELETED"
    UPLOAD = "UPLOAD"
    BATCH = "BATCH"


class Event(Model):
    """Something that happened to an image; `id` grows in commit order and is the only source of cursors.

    `public_before` and `public_after` say whether everybody could see the image before and after, so
    that an event can be authorised when the image itself is gone. `upload_id` is set for UPLOAD only, and `image_id`
    then names the image that the upload is to become. `batch_id` is set for BATCH only, and `image_id` then repeats it.
    """

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharEnumField(EventKind, max_length=16)
    image_id = fields.UUIDField()
    upload_id = fields.UUIDField(null=True)
    batch_id = fields.UUIDField(null=True)
    owner_id = fields.UUIDField()
    public_before = fields.BooleanField(default=False)
    public_after = fields.BooleanField(default=False)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "event"
        table_description = "What happened to pictures"


class OutboxEntry(Model):
    """An image whose search document is to be written again, or removed when the image is gone."""

    id = fields.BigIntField(primary_key=True)
    image_id = fields.UUIDField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "outbox_entry"
        table_description = "Search documents to be written again"


class Job(Model):
    """Work promised by a committed change; may run twice, so every kind is idempotent.

    `subject` is what the kind works on (for `remove-objects` and `purge-cdn`, a storage prefix; for `remove-object`,
    a key); one pending job per kind and subject. `leased_until` marks a running job; past it, the job is free again.
    `generation` grows when the same work is promised again, so that a run which began before does not settle it.
    `failed_at` is set when the job was given up, with the reason in `last_error`. Of what is due, the lower `priority`
    is done first.
    """

    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = fields.CharField(max_length=32)
    subject = fields.CharField(max_length=255)
    generation = fields.IntField(default=1)
    attempts = fields.IntField(default=0)
    priority = fields.IntField(default=0, db_default=0)
    run_after = fields.DatetimeField(auto_now_add=True)
    leased_until = fields.DatetimeField(null=True)
    failed_at = fields.DatetimeField(null=True)
    last_error = fields.CharField(max_length=500, default="")
    created_at = fields.DatetimeField(auto_now_add=True)

    perhaps_until: datetime.datetime | None = None
    """No column: what `leased_until` may be by now, where prolonging was cut off before it was known."""

    class Meta:
        table = "job"
        table_description = "Work promised"
        unique_together = (("kind", "subject"),)
        indexes = (("priority", "run_after"),)

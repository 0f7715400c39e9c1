"""An upload as it is stored: a picture on its way in."""

import enum
import uuid
from typing import Any

from tortoise import fields
from tortoise.models import Model


class UploadKind(enum.Enum):
    """How the bytes come."""

    SINGLE = "SINGLE"
    MULTIPART = "MULTIPART"
    IMPORT = "IMPORT"


class UploadState(enum.Enum):
    """Where an upload stands: the first three go on, the last four are its end."""

    PREPARED = "PREPARED"
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"
    EXPIRED = "EXPIRED"


class Upload(Model):
    """A picture on its way in; the row outlives its end by some days, so that people can look.

    `filename`, `content_type`, `size_bytes` and `sha256` are what was told (for an import they are None until
    known); `said` is what the owner says about the picture, cleaned, as JSON. The bytes come to `staging_key`, for
    MULTIPART as parts of `part_bytes` each under the store's `store_upload_id`; for IMPORT they are fetched from
    `source_url`. `image_id` is the image that it is to become, and when COMPLETED the image that it is: `existed`
    tells that this one was there before. `replaces_id` is an image that is to get the bytes as its new version.
    Bytes must have come by `expires_at`, which is None when nothing is waited for any more.
    """

    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)
    owner: Any = fields.ForeignKeyField("models.User", related_name="uploads", on_delete=fields.RESTRICT)
    owner_id: uuid.UUID
    kind = fields.CharEnumField(UploadKind, max_length=16)
    state = fields.CharEnumField(UploadState, max_length=16, default=UploadState.PREPARED)

    filename = fields.CharField(max_length=255)
    content_type = fields.CharField(max_length=100, null=True)
    size_bytes = fields.BigIntField(null=True)
    sha256 = fields.CharField(max_length=64, null=True)
    said: Any = fields.JSONField(default=dict)

    staging_key = fields.CharField(max_length=100, default="")
    store_upload_id = fields.TextField(default="")
    part_bytes = fields.BigIntField(null=True)
    source_url = fields.TextField(default="")
    received_bytes = fields.BigIntField(default=0)

    image_id = fields.UUIDField(default=uuid.uuid4)
    existed = fields.BooleanField(default=False)
    replaces_id = fields.UUIDField(null=True)
    failure_code = fields.CharField(max_length=64, default="")
    failure_message = fields.CharField(max_length=500, default="")

    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    expires_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "upload"
        table_description = "Pictures on their way in"
        indexes = (
            ("state", "expires_at"),
            ("finished_at",),
            ("owner_id", "created_at", "id"),
            ("image_id",),
        )

    @property
    def progress(self) -> float:
        """How much of the bytes has arrived as far as we were told, 0 to 1; 1 for an image that is there."""
        if self.state is UploadState.COMPLETED:
            return 1.0
        return min(1.0, self.received_bytes / self.size_bytes) if self.size_bytes else 0.0

    @property
    def staging_prefix(self) -> str:
        """What the keys of all its staged bytes begin with."""
        return f"s/{self.id.hex}"

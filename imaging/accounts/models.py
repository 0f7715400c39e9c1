"""The people and programs that own pictures."""

import uuid

from tortoise import fields
from tortoise.models import Model


class User(Model):
    """Somebody with a token: made on first sight, known by issuer and subject."""

    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)
    issuer = fields.CharField(max_length=255)
    subject = fields.CharField(max_length=255)
    name = fields.CharField(max_length=255, default="")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "user"
        table_description = "Owners of pictures"
        unique_together = (("issuer", "subject"),)

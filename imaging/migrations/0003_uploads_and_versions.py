import functools
from json import dumps, loads
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from imaging.journal.models import EventKind
from imaging.render.facts import ImageFormat
from imaging.uploads.models import UploadKind, UploadState


class AlterInStateOnly(ops.AlterField):
    """A change that no column shows: another member of an enumeration. SQLite would rebuild the table for it."""

    async def database_forward(self, *args: object, **kwargs: object) -> None:
        """Change nothing in the database."""

    async def database_backward(self, *args: object, **kwargs: object) -> None:
        """Change nothing in the database."""


class Migration(migrations.Migration):
    dependencies = [("models", "0002_presets")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ImageVersion",
            fields=[
                (
                    "format",
                    fields.CharEnumField(
                        description="JPEG: JPEG\nPNG: PNG\nWEBP: WEBP\nAVIF: AVIF\nGIF: GIF\nTIFF: TIFF\nHEIC: HEIC\nSVG: SVG",
                        enum_type=ImageFormat,
                        max_length=8,
                    ),
                ),
                ("width", fields.IntField()),
                ("height", fields.IntField()),
                ("pixels", fields.BigIntField()),
                ("orientation", fields.IntField(default=1)),
                ("pages", fields.IntField(default=1)),
                ("animated", fields.BooleanField(default=False)),
                ("has_alpha", fields.BooleanField(default=False)),
                ("size_bytes", fields.BigIntField()),
                ("sha256", fields.CharField(max_length=64)),
                ("pixel_hash", fields.CharField(max_length=64)),
                ("perceptual_hash", fields.CharField(max_length=16)),
                ("thumbhash", fields.CharField(max_length=64)),
                ("placeholder_uri", fields.TextField(unique=False)),
                ("dominant_color", fields.CharField(max_length=7)),
                (
                    "palette",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                (
                    "metadata",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("taken_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "image",
                    fields.ForeignKeyField(
                        "models.Image",
                        source_field="image_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="version_rows",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("version", fields.IntField()),
                ("bytes_version", fields.IntField()),
                ("filename", fields.CharField(max_length=255)),
                (
                    "exif",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                (
                    "iptc",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("xmp", fields.TextField(default="", unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("replaced_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "image_version",
                "app": "models",
                "unique_together": (("image_id", "version"),),
                "indexes": [Index(fields=["replaced_at", "id"])],
                "pk_attr": "id",
                "table_description": "Earlier bytes of pictures",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Upload",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="owner_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="uploads",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="SINGLE: SINGLE\nMULTIPART: MULTIPART\nIMPORT: IMPORT",
                        enum_type=UploadKind,
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        default=UploadState.PREPARED,
                        description="PREPARED: PREPARED\nQUEUED: QUEUED\nPROCESSING: PROCESSING\nCOMPLETED: COMPLETED\nFAILED: FAILED\nABORTED: ABORTED\nEXPIRED: EXPIRED",
                        enum_type=UploadState,
                        max_length=16,
                    ),
                ),
                ("filename", fields.CharField(max_length=255)),
                ("content_type", fields.CharField(null=True, max_length=100)),
                ("size_bytes", fields.BigIntField(null=True)),
                ("sha256", fields.CharField(null=True, max_length=64)),
                (
                    "said",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("staging_key", fields.CharField(default="", max_length=100)),
                ("store_upload_id", fields.TextField(default="", unique=False)),
                ("part_bytes", fields.BigIntField(null=True)),
                ("source_url", fields.TextField(default="", unique=False)),
                ("received_bytes", fields.BigIntField(default=0)),
                ("image_id", fields.UUIDField(default=uuid4)),
                ("existed", fields.BooleanField(default=False)),
                ("replaces_id", fields.UUIDField(null=True)),
                ("failure_code", fields.CharField(default="", max_length=64)),
                ("failure_message", fields.CharField(default="", max_length=500)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "upload",
                "app": "models",
                "indexes": [
                    Index(fields=["state", "expires_at"]),
                    Index(fields=["finished_at"]),
                    Index(fields=["owner_id", "created_at", "id"]),
                    Index(fields=["image_id"]),
                ],
                "pk_attr": "id",
                "table_description": "Pictures on their way in",
            },
            bases=["Model"],
        ),
        AlterInStateOnly(
            model_name="Event",
            name="kind",
            field=fields.CharEnumField(
                description="CREATED: CREATED\nUPDATED: UPDATED\nTRASHED: TRASHED\nRESTORED: RESTORED\nDELETED: DELETED\nUPLOAD: UPLOAD",
                enum_type=EventKind,
                max_length=16,
            ),
        ),
        ops.AddField(
            model_name="Event",
            name="upload_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Image",
            name="bytes_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Image",
            name="bytes_since",
            field=fields.IntField(default=1, db_default=1),
        ),
    ]

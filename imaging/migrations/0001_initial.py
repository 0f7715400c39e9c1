import functools
from json import dumps, loads
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from imaging.images.models import ImageState, Visibility
from imaging.journal.models import EventKind
from imaging.render.facts import ImageFormat


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Event",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="CREATED: CREATED\nUPDATED: UPDATED\nTRASHED: TRASHED\nRESTORED: RESTORED\nDELETED: DELETED",
                        enum_type=EventKind,
                        max_length=16,
                    ),
                ),
                ("image_id", fields.UUIDField()),
                ("owner_id", fields.UUIDField()),
                ("public_before", fields.BooleanField(default=False)),
                ("public_after", fields.BooleanField(default=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "event",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What happened to pictures",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Job",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=32)),
                ("subject", fields.CharField(max_length=255)),
                ("generation", fields.IntField(default=1)),
                ("attempts", fields.IntField(default=0)),
                ("run_after", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("leased_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("failed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_error", fields.CharField(default="", max_length=500)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "job",
                "app": "models",
                "unique_together": (("kind", "subject"),),
                "indexes": [Index(fields=["run_after"])],
                "pk_attr": "id",
                "table_description": "Work promised",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OutboxEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("image_id", fields.UUIDField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "outbox_entry",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Search documents to be written again",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="User",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("issuer", fields.CharField(max_length=255)),
                ("subject", fields.CharField(max_length=255)),
                ("name", fields.CharField(default="", max_length=255)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "user",
                "app": "models",
                "unique_together": (("issuer", "subject"),),
                "pk_attr": "id",
                "table_description": "Owners of pictures",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Image",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="owner_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="images",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("bytes_version", fields.IntField(default=1)),
                (
                    "state",
                    fields.CharEnumField(
                        default=ImageState.READY,
                        description="PROCESSING: PROCESSING\nREADY: READY\nFAILED: FAILED\nQUARANTINED: QUARANTINED\nTRASHED: TRASHED",
                        enum_type=ImageState,
                        max_length=16,
                    ),
                ),
                (
                    "trashed_from",
                    fields.CharEnumField(
                        null=True,
                        description="PROCESSING: PROCESSING\nREADY: READY\nFAILED: FAILED\nQUARANTINED: QUARANTINED\nTRASHED: TRASHED",
                        enum_type=ImageState,
                        max_length=16,
                    ),
                ),
                ("failure_code", fields.CharField(default="", max_length=64)),
                ("failure_message", fields.CharField(default="", max_length=500)),
                ("filename", fields.CharField(max_length=255)),
                ("filename_key", fields.CharField(default="", max_length=255)),
                ("title", fields.CharField(null=True, max_length=500)),
                ("alt_text", fields.CharField(null=True, max_length=2000)),
                ("description", fields.TextField(null=True, unique=False)),
                (
                    "tags",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                (
                    "custom",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                (
                    "visibility",
                    fields.CharEnumField(
                        default=Visibility.PRIVATE,
                        description="PRIVATE: PRIVATE\nPUBLIC: PUBLIC",
                        enum_type=Visibility,
                        max_length=16,
                    ),
                ),
                ("focal_x", fields.FloatField(null=True)),
                ("focal_y", fields.FloatField(null=True)),
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
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ("trashed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "image",
                "app": "models",
                "unique_together": (("owner_id", "sha256"),),
                "indexes": [
                    Index(fields=["created_at", "id"]),
                    Index(fields=["updated_at", "id"]),
                    Index(fields=["filename_key", "id"]),
                    Index(fields=["size_bytes", "id"]),
                    Index(fields=["pixels", "id"]),
                    Index(fields=["owner_id", "created_at", "id"]),
                    Index(fields=["owner_id", "updated_at", "id"]),
                    Index(fields=["owner_id", "filename_key", "id"]),
                    Index(fields=["owner_id", "size_bytes", "id"]),
                    Index(fields=["owner_id", "pixels", "id"]),
                    Index(fields=["visibility", "created_at", "id"]),
                    Index(fields=["visibility", "updated_at", "id"]),
                    Index(fields=["visibility", "filename_key", "id"]),
                    Index(fields=["visibility", "size_bytes", "id"]),
                    Index(fields=["visibility", "pixels", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "Pictures",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ImageDetail",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "image",
                    fields.OneToOneField(
                        "models.Image",
                        source_field="image_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="detail",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
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
            ],
            options={
                "table": "image_detail",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Raw metadata of pictures",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ImageTag",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "image",
                    fields.ForeignKeyField(
                        "models.Image",
                        source_field="image_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="tag_rows",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("tag", fields.CharField(max_length=200)),
            ],
            options={
                "table": "image_tag",
                "app": "models",
                "unique_together": (("tag", "image_id"),),
                "indexes": [Index(fields=["image_id"])],
                "pk_attr": "id",
                "table_description": "Tags of pictures, for filtering",
            },
            bases=["Model"],
        ),
    ]

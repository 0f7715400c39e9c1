"""The image as it is stored."""

import enum
import uuid
from typing import Any

from tortoise import fields
from tortoise.models import Model

from imaging.images.picture import Picture


class ImageState(enum.Enum):
    """Where an image stands in its life."""

    PROCESSING = "PROCESSING"
    READY = "READY"
    FAILED = "FAILED"
    QUARANTINED = "QUARANTINED"
    TRASHED = "TRASHED"


class Visibility(enum.Enum):
    """Who may see an image."""

    PRIVATE = "PRIVATE"
    PUBLIC = "PUBLIC"


def original_key(image_id: uuid.UUID, bytes_version: int) -> str:
    """Return where original bytes of an image are stored; a number is never given to other bytes."""
    return f"o/{image_id.hex}/{bytes_version}"


class Image(Picture):
    """A picture somebody owns; the row exists only once the picture was decoded whole.

    `version` grows when bytes, focal point or visibility change. The present bytes are stored under
    `o/{image}/{bytes_version}`, and are those of every version from `bytes_since` on; those of earlier
    versions are told by `ImageVersion`. `bytes_at` is when they were put in the place of others, None for the
    first. `filename_key` is the file name without regard to case, kept for sorting. `trashed_from` is the state
    it had before it was put in the trash. `tags` repeats the rows of `ImageTag` as they were typed, so that a
    list needs no second query.
    """

    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)
    owner: Any = fields.ForeignKeyField("models.User", related_name="images", on_delete=fields.RESTRICT)
    owner_id: uuid.UUID
    version = fields.IntField(default=1)
    bytes_version = fields.IntField(default=1)
    bytes_since = fields.IntField(default=1, db_default=1)
    bytes_at = fields.DatetimeField(null=True)
    state = fields.CharEnumField(ImageState, max_length=16, default=ImageState.READY)
    trashed_from: ImageState | None = fields.CharEnumField(  # type: ignore[assignment]  # Tortoise types enums as never None
        ImageState, max_length=16, null=True
    )
    failure_code = fields.CharField(max_length=64, default="")
    failure_message = fields.CharField(max_length=500, default="")

    filename = fields.CharField(max_length=255)
    filename_key = fields.CharField(max_length=255, default="")
    title = fields.CharField(max_length=500, null=True)
    alt_text = fields.CharField(max_length=2000, null=True)
    description = fields.TextField(null=True)
    tags: Any = fields.JSONField(default=list)
    custom: Any = fields.JSONField(default=dict)
    visibility = fields.CharEnumField(Visibility, max_length=16, default=Visibility.PRIVATE)
    focal_x = fields.FloatField(null=True)
    focal_y = fields.FloatField(null=True)

    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    trashed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "image"
        table_description = "Pictures"
        unique_together = (("owner_id", "sha256"),)
        # Every order of a list, for each of the three ways to be allowed to see: admin, owner, public.
        indexes = (
            ("created_at", "id"),
            ("updated_at", "id"),
            ("filename_key", "id"),
            ("size_bytes", "id"),
            ("pixels", "id"),
            ("owner_id", "created_at", "id"),
            ("owner_id", "updated_at", "id"),
            ("owner_id", "filename_key", "id"),
            ("owner_id", "size_bytes", "id"),
            ("owner_id", "pixels", "id"),
            ("visibility", "created_at", "id"),
            ("visibility", "updated_at", "id"),
            ("visibility", "filename_key", "id"),
            ("visibility", "size_bytes", "id"),
            ("visibility", "pixels", "id"),
            # What duplicates are found by, whoever owns them; beside these, migration 0004 indexes parts of the hash.
            ("sha256",),
            ("pixel_hash",),
            ("perceptual_hash",),
        )

    @property
    def is_public(self) -> bool:
        """True when everybody may see it: PUBLIC, and neither in the trash nor in quarantine."""
        hidden = (ImageState.TRASHED, ImageState.QUARANTINED)
        return self.visibility is Visibility.PUBLIC and self.state not in hidden

    @property
    def original_key(self) -> str:
        """Where the original bytes are stored."""
        return original_key(self.id, self.bytes_version)


class ImageVersion(Picture):
    """Bytes that an image had before they were replaced, kept until retention removes them.

    They were those of every version from `version` up to the next row's, or to the image's `bytes_since`, and are
    stored under `o/{image}/{bytes_version}`: more than one row, and the image itself, may share them, once an
    earlier version was restored.
    """

    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)
    image: Any = fields.ForeignKeyField("models.Image", related_name="version_rows", on_delete=fields.CASCADE)
    image_id: uuid.UUID
    version = fields.IntField()
    bytes_version = fields.IntField()
    filename = fields.CharField(max_length=255)
    exif: Any = fields.JSONField(default=dict)
    iptc: Any = fields.JSONField(default=dict)
    xmp = fields.TextField(default="")
    created_at = fields.DatetimeField()
    replaced_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "image_version"
        table_description = "Earlier bytes of pictures"
        unique_together = (("image_id", "version"),)
        indexes = (("replaced_at", "id"),)

    @property
    def original_key(self) -> str:
        """Where the original bytes are stored."""
        return original_key(self.image_id, self.bytes_version)


class ImageTag(Model):
    """One tag of one image, for filtering; `tag` is its key: without regard to case."""

    id = fields.BigIntField(primary_key=True)
    image: Any = fields.ForeignKeyField("models.Image", related_name="tag_rows", on_delete=fields.CASCADE)
    image_id: uuid.UUID
    tag = fields.CharField(max_length=200)

    class Meta:
        table = "image_tag"
        table_description = "Tags of pictures, for filtering"
        unique_together = (("tag", "image_id"),)
        indexes = (("image_id",),)


class ImageDetail(Model):
    """The raw EXIF, IPTC and XMP of an image: read only when asked for, through a loader."""

    id = fields.BigIntField(primary_key=True)
    image: Any = fields.OneToOneField("models.Image", related_name="detail", on_delete=fields.CASCADE)
    image_id: uuid.UUID
    exif: Any = fields.JSONField(default=dict)
    iptc: Any = fields.JSONField(default=dict)
    xmp = fields.TextField(default="")

    class Meta:
        table = "image_detail"
        table_description = "Raw metadata of pictures"

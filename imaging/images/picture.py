"""What is known of a picture's bytes, as columns: the same for the present bytes of an image and for earlier ones."""

import dataclasses
import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model

from imaging.render.facts import CONTENT_TYPES, ImageFormat, Inspection


class Picture(Model):
    """Facts that follow from a picture's bytes alone.

    `width` and `height` are as seen, after EXIF orientation, of one page; `pixels` is width times height, kept for
    sorting. `metadata` is the camera's and author's summary (see `render.facts.Metadata`), without the raw blocks.
    """

    format = fields.CharEnumField(ImageFormat, max_length=8)
    width = fields.IntField()
    height = fields.IntField()
    pixels = fields.BigIntField()
    orientation = fields.IntField(default=1)
    pages = fields.IntField(default=1)
    animated = fields.BooleanField(default=False)
    has_alpha = fields.BooleanField(default=False)
    size_bytes = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)
    pixel_hash = fields.CharField(max_length=64)
    perceptual_hash = fields.CharField(max_length=16)

    thumbhash = fields.CharField(max_length=64)
    placeholder_uri = fields.TextField()
    dominant_color = fields.CharField(max_length=7)
    palette: Any = fields.JSONField(default=list)
    metadata: Any = fields.JSONField(default=dict)
    taken_at = fields.DatetimeField(null=True)

    class Meta:
        abstract = True

    @property
    def content_type(self) -> str:
        """The media type of the bytes."""
        return CONTENT_TYPES[self.format]


def facts_of(found: Inspection, *, size_bytes: int, sha256: str) -> dict[str, Any]:
    """Return the columns of `Picture` for bytes that were decoded once, by name; `Any` is what each column holds."""
    source = found.source
    return {
        "format": source.format,
        "width": source.width,
        "height": source.height,
        "pixels": source.width * source.height,
        "orientation": source.orientation,
        "pages": source.pages,
        "animated": source.animated,
        "has_alpha": source.has_alpha,
        "size_bytes": size_bytes,
        "sha256": sha256,
        "pixel_hash": found.pixel_hash,
        "perceptual_hash": found.perceptual_hash,
        "thumbhash": found.thumbhash,
        "placeholder_uri": found.placeholder_uri,
        "dominant_color": found.dominant_color,
        "palette": list(found.palette),
        "metadata": dataclasses.asdict(found.metadata),
        "taken_at": _time(found.metadata.taken_at),
    }


def raw_of(found: Inspection) -> dict[str, Any]:
    """Return the raw metadata blocks by the names of their columns; what no database can hold is replaced."""
    xmp = found.xmp.encode(errors="replace").decode().replace("\0", "\ufffd")
    return {"exif": found.exif, "iptc": found.iptc, "xmp": xmp}


def _time(text: str | None) -> datetime.datetime | None:
    try:
        time = None if text is None else datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=datetime.UTC) if time is not None and time.tzinfo is None else time

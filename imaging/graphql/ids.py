"""Global ids: opaque to clients, the kind and the row's id to us."""

import base64
import binascii
import uuid
from collections.abc import Sequence

import strawberry

BATCH = "Batch"
BATCH_ERROR = "BatchError"
COLLECTION = "Collection"
IMAGE = "Image"
PRESET = "Preset"
UPLOAD = "ImageUpload"
USER = "User"


def global_id(kind: str, id: uuid.UUID) -> strawberry.ID:
    """Return the id that clients see."""
    return strawberry.ID(base64.b64encode(f"{kind}:{id.hex}".encode()).decode())


def parse_id(text: str) -> tuple[str, uuid.UUID] | None:
    """Return kind and row id, or None for a text we never gave out."""
    try:
        kind, _, digits = base64.b64decode(text, validate=True).decode("ascii").partition(":")
        id = uuid.UUID(hex=digits)
    except (binascii.Error, ValueError):
        return None
    return (kind, id) if global_id(kind, id) == text else None


def row_id(kind: str, text: str) -> uuid.UUID | None:
    """Return the row id when the text is an id of this kind, else None."""
    parsed = parse_id(text)
    return parsed[1] if parsed is not None and parsed[0] == kind else None


def row_ids(kind: str, texts: Sequence[str] | None) -> tuple[uuid.UUID, ...] | None:
    """Return the row ids among the texts; None when there are no texts at all."""
    if texts is None:
        return None
    return tuple(id for id in (row_id(kind, text) for text in texts) if id is not None)

"""Collections as they are stored."""

import uuid
from typing import Any

from tortoise import fields
from tortoise.models import Model

from imaging.images.models import Visibility

MAX_DEPTH = 10
MAX_NAME = 200

_STEP = 33
"""Characters that one more level adds to a path: an id in hex, and what divides it from the next."""


class Collection(Model):
    """Pictures that somebody put together; one that lies in another one has the same owner.

    `path` names all collections from the outermost down to this one by their ids in hex, divided by slashes.
    `name_key` is the name without regard to case, kept for sorting. `cover_id` is the image that was chosen for its
    cover; it may be gone by now, so that nothing but an item makes it count. `numbering` grows when all positions
    are given out anew.
    """

    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)
    owner: Any = fields.ForeignKeyField("models.User", related_name="collections", on_delete=fields.RESTRICT)
    owner_id: uuid.UUID
    parent: Any = fields.ForeignKeyField(
        "models.Collection", related_name="children", on_delete=fields.CASCADE, null=True
    )
    parent_id: uuid.UUID | None
    path = fields.CharField(max_length=_STEP * MAX_DEPTH, unique=True)
    name = fields.CharField(max_length=MAX_NAME)
    name_key = fields.CharField(max_length=MAX_NAME)
    description = fields.TextField(null=True)
    visibility = fields.CharEnumField(Visibility, max_length=16, default=Visibility.PRIVATE)
    cover_id = fields.UUIDField(null=True)
    numbering = fields.IntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "collection"
        table_description = "Pictures put together"
        indexes = (
            ("name_key", "id"),
            ("owner_id", "name_key", "id"),
            ("visibility", "name_key", "id"),
            ("parent_id", "name_key", "id"),
        )

    @property
    def depth(self) -> int:
        """At which level it lies: 1 for one that is in no other."""
        return depth_of(self.path)

    @property
    def ancestor_ids(self) -> list[uuid.UUID]:
        """The collections that it lies in, the outermost first."""
        return [uuid.UUID(hex=digits) for digits in self.path.split("/")[:-1]]


class CollectionItem(Model):
    """One image in one collection; items are in the order of their positions, with room between them."""

    id = fields.BigIntField(primary_key=True)
    collection: Any = fields.ForeignKeyField("models.Collection", related_name="items", on_delete=fields.CASCADE)
    collection_id: uuid.UUID
    image: Any = fields.ForeignKeyField("models.Image", related_name="collection_items", on_delete=fields.CASCADE)
    image_id: uuid.UUID
    position = fields.BigIntField()
    added_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "collection_item"
        table_description = "Pictures in collections"
        unique_together = (("collection_id", "image_id"),)
        indexes = (("collection_id", "position", "id"), ("image_id",))


def depth_of(path: str) -> int:
    """Return how many collections a path names."""
    return (len(path) + 1) // _STEP

"""The order of images in a collection: where a new one goes, and moving one by changing one row.

All of this is for the inside of a transaction that holds the collection (`locked`).
"""

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from imaging.collections.models import Collection, CollectionItem
from imaging.collections.positions import STEP, between
from imaging.errors import Conflict, InvalidInput, NotFound

_SPREAD = """
UPDATE "collection_item" SET "position" = "spread"."place" * {step} FROM (
    SELECT "id", row_number() OVER (ORDER BY "position", "id") AS "place"
    FROM "collection_item" WHERE "collection_id" = '{id}'
) AS "spread" WHERE "collection_item"."id" = "spread"."id"
"""


class End(enum.Enum):
    """An end of a collection."""

    FIRST = "FIRST"
    LAST = "LAST"


@dataclass(frozen=True, slots=True)
class Place:
    """Where images go: to an end, or right after or before an image of the collection.

    Raises:
        InvalidInput: not exactly one is given.
    """

    end: End | None = None
    after: uuid.UUID | None = None
    before: uuid.UUID | None = None

    def __post_init__(self) -> None:
        if [self.end, self.after, self.before].count(None) != 2:
            raise InvalidInput("A place is one of `end`, `after` and `before`.")

    @property
    def beside(self) -> uuid.UUID | None:
        """The image that it is next to; None for an end."""
        return self.after or self.before


async def locked(id: uuid.UUID) -> Collection | None:
    """Return the collection, which nobody else changes before the transaction ends."""
    return await Collection.filter(id=id).select_for_update().first()


async def append(collection: Collection, image_ids: Sequence[uuid.UUID], place: Place, shown: Q) -> None:
    """Put images that are not in the collection into it, in this order; `shown` is what the image beside must be.

    Raises:
        NotFound: the image beside is not in the collection.
    """
    positions = await _positions(collection, place, len(image_ids), shown)
    pairs = zip(image_ids, positions, strict=True)
    await CollectionItem.bulk_create(
        [CollectionItem(collection_id=collection.id, image_id=id, position=position) for id, position in pairs]
    )


async def take_out(collection: Collection, image_ids: Sequence[uuid.UUID]) -> None:
    """Take images out of the collection; those that are not in it are of no account."""
    if await CollectionItem.filter(collection_id=collection.id, image_id__in=list(image_ids)).delete():
        if collection.cover_id in image_ids:
            collection.cover_id = None
        await collection.save(update_fields=("cover_id", "updated_at"))


async def move(collection: Collection, image_id: uuid.UUID, place: Place, shown: Q) -> None:
    """Move an image of the collection; `shown` is what it and the one beside must be.

    Raises:
        NotFound: one of them is not in the collection.
    """
    item = await CollectionItem.filter(shown, collection_id=collection.id, image_id=image_id).first()
    if item is None:
        raise NotFound("This image is not in the collection.", field=["image_id"])
    if place.beside == image_id:
        return
    [position] = await _positions(collection, place, 1, shown, moved=image_id)
    await CollectionItem.filter(id=item.id).update(position=position)


async def _positions(
    collection: Collection, place: Place, count: int, shown: Q, moved: uuid.UUID | None = None
) -> Sequence[int]:
    found = between(*await _neighbours(collection, place, shown, moved), count)
    if found is None:
        await _spread(collection)
        found = between(*await _neighbours(collection, place, shown, moved), count)
    if found is None:
        raise Conflict("This collection has no room for more.")
    return found


async def _neighbours(
    collection: Collection, place: Place, shown: Q, moved: uuid.UUID | None
) -> tuple[int | None, int | None]:
    """Return the positions on both sides of a place, None beyond an end; the image that is moved has none."""
    others = CollectionItem.filter(collection_id=collection.id)
    if moved is not None:
        others = others.filter(image_id__not=moved)
    if place.end is End.FIRST:
        return None, await _next(others.order_by("position"))
    if place.end is End.LAST:
        return await _next(others.order_by("-position")), None
    name = "before" if place.after is None else "after"
    beside = await others.filter(shown, image_id=place.beside).first()
    if beside is None:
        raise NotFound("This image is not in the collection.", field=["place", name])
    if name == "after":
        return beside.position, await _next(others.filter(position__gt=beside.position).order_by("position"))
    return await _next(others.filter(position__lt=beside.position).order_by("-position")), beside.position


async def _next(items: QuerySet[CollectionItem]) -> int | None:
    item = await items.only("id", "position").first()
    return None if item is None else item.position


async def _spread(collection: Collection) -> None:
    """Give all positions out anew, with room between them; cursors tell by the numbering that they are older."""
    await CollectionItem._meta.db.execute_query(_SPREAD.format(step=STEP, id=collection.id))
    collection.numbering += 1
    await collection.save(update_fields=("numbering",))

"""Carrying images into a collection, perhaps out of another one, and back: what is done to very many.

All of this is for the inside of a transaction that holds the images, but for `check`.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tortoise.expressions import Q

from imaging.accounts.viewer import Viewer
from imaging.collections import arrange, tree
from imaging.collections.hang import LAST
from imaging.collections.models import Collection, CollectionItem
from imaging.collections.sight import refusal
from imaging.errors import Conflict, Forbidden, ImagingError, InvalidInput, NotFound
from imaging.images.edit import ChangeResult
from imaging.images.models import Image


@dataclass(frozen=True, slots=True)
class Route:
    """The way of images: into a collection, and out of another one, if any.

    Raises:
        InvalidInput: both are the same.
    """

    into: uuid.UUID
    out_of: uuid.UUID | None = None

    def __post_init__(self) -> None:
        if self.into == self.out_of:
            raise InvalidInput("Images cannot move from a collection into the same one.", field=["from_id"])

    @property
    def ids(self) -> list[uuid.UUID]:
        """The collections, in the order in which they are locked, so that nobody waits for each other."""
        return sorted({self.into, self.out_of or self.into})


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an image is: in the collection it goes into, and where in the one it leaves; `position` None: not there."""

    is_in: bool
    position: int | None = None
    numbering: int = 0
    is_cover: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    """An image that goes back: out of where it was `added`, and to where it stood before."""

    image: Image
    added: bool
    stood: Stand


async def check(viewer: Viewer, route: Route) -> None:
    """Accept a route whose collections the viewer may change.

    Raises:
        NotFound, Forbidden: there is none for this viewer, or it is not theirs to change.
    """
    rows = {row.id: row for row in await Collection.filter(id__in=route.ids)}
    for name, id in (("id", route.into), ("from_id", route.out_of)):
        if id is not None and (error := refusal(viewer, rows.get(id))) is not None:
            raise type(error)(error.message, field=[name])


async def stands(route: Route, image_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Stand]:
    """Return where each image is, in two queries."""
    left = None if route.out_of is None else await Collection.get_or_none(id=route.out_of)
    items = await CollectionItem.filter(collection_id__in=route.ids, image_id__in=list(image_ids))
    there = {item.image_id for item in items if item.collection_id == route.into}
    leaving = {item.image_id: item.position for item in items if item.collection_id == route.out_of}
    return {
        id: Stand(
            is_in=id in there,
            position=leaving.get(id),
            numbering=left.numbering if left is not None else 0,
            is_cover=left is not None and left.cover_id == id,
        )
        for id in image_ids
    }


async def carry(viewer: Viewer, route: Route, images: Sequence[Image]) -> list[ChangeResult]:
    """Put images behind all others of a collection, and take them out of the other one; tell of each, in order."""
    ids = [image.id for image in images]
    try:
        held = await _held(viewer, route)
        present = CollectionItem.filter(collection_id=route.into, image_id__in=ids)
        there = set(await present.values_list("image_id", flat=True))
        await _put(held[route.into], {id: None for id in ids if id not in there})
    except (Conflict, Forbidden, NotFound) as error:
        return _all_refused(images, error)
    if route.out_of is not None:
        await arrange.take_out(held[route.out_of], ids)
    return [ChangeResult(image.id, image) for image in images]


async def carry_back(viewer: Viewer, route: Route, returns: Sequence[Return]) -> list[ChangeResult]:
    """Take images out of where they were put, and put them back to where they stood, or else behind all others.

    One that somebody has taken out, or put back, meanwhile is left at that.
    """
    images = [back.image for back in returns]
    try:
        held = await _held(viewer, route, without={route.into})
        if route.out_of is not None:
            await _put_back(held[route.out_of], [back for back in returns if back.stood.position is not None])
    except (Conflict, Forbidden, NotFound) as error:
        return _all_refused(images, error)
    if route.into in held:
        await arrange.take_out(held[route.into], [back.image.id for back in returns if back.added])
    return [ChangeResult(image.id, image) for image in images]


async def _held(
    viewer: Viewer, route: Route, without: frozenset[uuid.UUID] | set[uuid.UUID] = frozenset()
) -> Mapping[uuid.UUID, Collection]:
    """Return the collections, locked, which the viewer may change; those `without` which it goes may be gone.

    Raises:
        Forbidden, NotFound: they may not, or there is none for them.
    """
    owners = await Collection.filter(id__in=route.ids).values_list("owner_id", flat=True)
    for owner_id in sorted(set(owners), key=str):
        await tree.take_turns(uuid.UUID(str(owner_id)))
    rows = Collection.filter(id__in=route.ids).order_by("id").select_for_update()
    held = {row.id: row for row in await rows}
    for id in route.ids:
        if (id in held or id not in without) and (error := refusal(viewer, held.get(id))) is not None:
            raise error
    return held


async def _put_back(collection: Collection, returns: Sequence[Return]) -> None:
    items = CollectionItem.filter(collection_id=collection.id, image_id__in=[back.image.id for back in returns])
    there = set(await items.values_list("image_id", flat=True))
    missing = [back for back in returns if back.image.id not in there]
    # Positions from before they were given out anew say nothing any more.
    places = {
        back.image.id: back.stood.position if back.stood.numbering == collection.numbering else None for back in missing
    }
    covers = [back.image.id for back in missing if back.stood.is_cover]
    if covers and collection.cover_id is None:
        collection.cover_id = covers[0]
    await _put(collection, places)


async def _put(collection: Collection, places: Mapping[uuid.UUID, int | None]) -> None:
    """Put images that are not in the collection to these positions; None, and one that is taken: behind all others."""
    if not places:
        return
    positions = [position for position in places.values() if position is not None]
    items = await CollectionItem.filter(collection_id=collection.id, position__in=positions).only("id", "position")
    taken = {item.position for item in items}
    free = {id: place for id, place in places.items() if place is not None and place not in taken}
    await CollectionItem.bulk_create(
        [CollectionItem(collection_id=collection.id, image_id=id, position=place) for id, place in free.items()]
    )
    if others := [id for id in places if id not in free]:
        await arrange.append(collection, others, LAST, Q())
    await collection.save(update_fields=("cover_id", "updated_at"))


def _all_refused(images: Sequence[Image], error: ImagingError) -> list[ChangeResult]:
    return [ChangeResult(image.id, None, error) for image in images]

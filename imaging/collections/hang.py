"""Hanging: what is in a collection, and in which order."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.collections import arrange
from imaging.collections.arrange import End, Place
from imaging.collections.models import Collection, CollectionItem
from imaging.collections.sight import refusal, shown_items
from imaging.errors import Conflict, ImagingError, NotFound
from imaging.images.edit import ChangeResult, check_count, locked_rows
from imaging.images.library import is_seen
from imaging.images.models import Image, ImageState

LAST = Place(end=End.LAST)


@dataclass(frozen=True, slots=True)
class Move:
    """An image of a collection, and where it goes."""

    image_id: uuid.UUID
    place: Place


class Hanging:
    """Puts images into collections, takes them out and orders them, for the owners of these and admins."""

    async def add(
        self, viewer: Viewer, id: uuid.UUID, image_ids: Sequence[uuid.UUID], place: Place = LAST
    ) -> tuple[Collection, list[ChangeResult]]:
        """Put images into a collection, in this order; those that are in it already stay where they are.

        Raises:
            Unauthenticated, Forbidden, NotFound: the viewer may not, or there is none for them.
            InvalidInput: there are too many ids.
        """
        viewer.must_edit()
        check_count(len(image_ids), "image_ids")
        async with database.transaction():
            rows, collection = await _mine_with(viewer, id, image_ids)
            results = {image_id: addable(viewer, image_id, rows.get(image_id)) for image_id in image_ids}
            wanted = [image_id for image_id, result in results.items() if result.error is None]
            items = CollectionItem.filter(collection_id=id, image_id__in=wanted)
            there = set(await items.values_list("image_id", flat=True))
            if new := [image_id for image_id in wanted if image_id not in there]:
                await arrange.append(collection, new, place, shown_items(viewer))
                await collection.save(update_fields=("updated_at",))
        return collection, [results[image_id] for image_id in image_ids]

    async def remove(self, viewer: Viewer, id: uuid.UUID, image_ids: Sequence[uuid.UUID]) -> Collection:
        """Take images out of a collection; they are nowhere else changed, and those not in it are of no account.

        Raises:
            Unauthenticated, Forbidden, NotFound: the viewer may not, or there is none for them.
            InvalidInput: there are too many ids.
        """
        viewer.must_edit()
        check_count(len(image_ids), "image_ids")
        async with database.transaction():
            _, collection = await _mine_with(viewer, id, image_ids)
            await arrange.take_out(collection, image_ids)
        return collection

    async def reorder(
        self, viewer: Viewer, id: uuid.UUID, moves: Sequence[Move]
    ) -> tuple[Collection, list[ImagingError | None]]:
        """Move images of a collection, one after the other, and tell why one was not; it does not stop its neighbours.

        Raises:
            Unauthenticated, Forbidden, NotFound: the viewer may not, or there is none for them.
            InvalidInput: there are too many moves.
        """
        viewer.must_edit()
        check_count(len(moves), "moves")
        shown, errors = shown_items(viewer), list[ImagingError | None]()
        async with database.transaction():
            _, collection = await _mine_with(viewer, id, [move.image_id for move in moves])
            for move in moves:
                try:
                    await arrange.move(collection, move.image_id, move.place, shown)
                    errors.append(None)
                except (Conflict, NotFound) as error:
                    errors.append(error)
            if None in errors:
                await collection.save(update_fields=("updated_at",))
        return collection, errors


async def mine(viewer: Viewer, id: uuid.UUID) -> Collection:
    """Return a collection that the viewer may change, locked.

    Raises:
        Forbidden, NotFound: they may not, or there is none for them.
    """
    collection = await arrange.locked(id)
    error = refusal(viewer, collection)
    if collection is None or error is not None:
        raise error or NotFound("There is no such collection.")
    return collection


async def _mine_with(
    viewer: Viewer, id: uuid.UUID, image_ids: Sequence[uuid.UUID]
) -> tuple[Mapping[uuid.UUID, Image], Collection]:
    """Return images that exist, locked, and a collection that the viewer may change, locked.

    Images go before what refers to them, as with whoever deletes an image: so nobody waits for each other.

    Raises:
        Forbidden, NotFound: they may not, or there is none for them.
    """
    rows = await locked_rows(image_ids)
    return rows, await mine(viewer, id)


def addable(viewer: Viewer, id: uuid.UUID, image: Image | None) -> ChangeResult:
    """Return the image when the viewer may put it into a collection of theirs, and why not otherwise."""
    if image is None or not is_seen(viewer, image):
        return ChangeResult(id, None, NotFound("There is no such image."))
    if image.state is ImageState.TRASHED:
        return ChangeResult(id, None, Conflict("This image is in the trash; restore it first."))
    return ChangeResult(id, image)

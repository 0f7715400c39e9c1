"""Looking at what is in collections: the images that a viewer may see, in their order, and a cover."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

from tortoise.expressions import Q
from tortoise.functions import Count

from imaging.accounts.viewer import Viewer
from imaging.collections.lists import Lists, nearest
from imaging.collections.models import Collection, CollectionItem
from imaging.collections.sight import shown_items
from imaging.images.models import Image
from imaging.images.page import Page, PageRequest
from imaging.images.places import beyond, opened, sealed, unknown

BY_POSITION = ("position", "id")

_FIRST = PageRequest(first=1)
_COVERS_AT_ONCE = 100

ItemsKey = tuple[Collection, PageRequest]


class Contents:
    """What is in collections that were found before: no image from the trash, and none that is not for the viewer."""

    async def items(self, viewer: Viewer, keys: Sequence[ItemsKey]) -> list[Page[CollectionItem]]:
        """Return pages of items with their images, in one query.

        Raises:
            InvalidCursor: a cursor was not given out for this collection.
        """

        async def condition(collection: Collection, request: PageRequest) -> Q:
            return Q(Q(collection_id=collection.id), shown_items(viewer), await _beyond(collection, request))

        return await Lists[Collection, CollectionItem, CollectionItem](
            rows=CollectionItem.all().select_related("image"),
            columns=BY_POSITION,
            condition=condition,
            key_of=lambda item: item.collection_id,
            item_of=lambda item: item,
            cursor_of=_cursor,
        ).pages(keys)

    async def item_counts(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[int]:
        """Return how many images each collection shows this viewer, in one query."""
        rows = CollectionItem.filter(shown_items(viewer), collection_id__in=list(ids)).group_by("collection_id")
        counts = dict(await rows.annotate(count=Count("id")).values_list("collection_id", "count"))
        return [counts.get(id, 0) for id in ids]

    async def covers(self, viewer: Viewer, collections: Sequence[Collection]) -> list[Image | None]:
        """Return the image that stands for each collection: the one chosen, or else the first, in one query.

        None when the collection shows this viewer nothing.
        """
        found: dict[uuid.UUID, list[CollectionItem]] = defaultdict(list)
        for begin in range(0, len(collections), _COVERS_AT_ONCE):
            for item in await _cover_items(viewer, collections[begin : begin + _COVERS_AT_ONCE]):
                found[item.collection_id].append(item)
        return [_cover(collection, found[collection.id]) for collection in collections]


async def _cover_items(viewer: Viewer, collections: Sequence[Collection]) -> Sequence[CollectionItem]:
    shown = CollectionItem.filter(shown_items(viewer))
    lists = [shown.filter(collection_id=collection.id) for collection in collections]
    chosen = [(collection.id, collection.cover_id) for collection in collections if collection.cover_id is not None]
    lists += [shown.filter(collection_id=id, image_id=cover_id) for id, cover_id in chosen]
    return await nearest(CollectionItem.all().select_related("image"), lists, BY_POSITION, _FIRST)


def _cover(collection: Collection, items: Sequence[CollectionItem]) -> Image | None:
    chosen = [item.image for item in items if item.image_id == collection.cover_id]
    return next(iter([*chosen, *(item.image for item in items)]), None)


def _cursor(collection: Collection, item: CollectionItem) -> str:
    return sealed(collection.id, collection.numbering, item.position, item.id)


async def _beyond(collection: Collection, request: PageRequest) -> Q:
    places = [(await _place(collection, cursor, argument), before) for argument, cursor, before in request.bounds]
    return Q(*(beyond(BY_POSITION, place, backward=before) for place, before in places))


async def _place(collection: Collection, cursor: str, argument: str) -> tuple[int, int]:
    """Return where a cursor points: where the item was, or, once positions were given out anew, where it is."""
    collection_id, numbering, position, item_id = opened(cursor, argument, uuid.UUID, int, int, int)
    if collection_id == collection.id and numbering == collection.numbering:
        return position, item_id
    item = await CollectionItem.get_or_none(id=item_id, collection_id=collection.id)
    if item is None or collection_id != collection.id:
        raise unknown(argument)
    return item.position, item.id

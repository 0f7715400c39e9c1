"""Looking at collections: single ones, lists of them, and in which ones an image is."""

import uuid
from collections.abc import Sequence

from tortoise.expressions import Q
from tortoise.functions import Count

from imaging.accounts.viewer import Viewer
from imaging.collections.contents import Contents
from imaging.collections.lists import CollectionFilter, Lists, nearest
from imaging.collections.models import Collection, CollectionItem
from imaging.collections.sight import is_seen, parts, seen, within
from imaging.images.page import Page, PageRequest, cut, itself
from imaging.images.places import beyond, opened, sealed

_BY_NAME = ("name_key", "id")
_HOLDERS_BY_NAME = ("collection__name_key", "collection_id")

ListKey = tuple[uuid.UUID, PageRequest]


class Collections(Contents):
    """The collections as a viewer sees them, each list by name; what they may not see is absent."""

    async def by_ids(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[Collection | None]:
        """Return the collections in the order of the ids, None for those absent, in one query."""
        rows = {row.id: row for row in await Collection.filter(id__in=list(set(ids)))}
        return [row if row is not None and is_seen(viewer, row) else None for row in map(rows.get, ids)]

    async def page(self, viewer: Viewer, filter: CollectionFilter, request: PageRequest) -> Page[Collection]:
        """Return one page of a list, in one query.

        Raises:
            InvalidCursor: a cursor was not given out for such a list.
        """
        condition = Q(_filtered(viewer, filter), _named_beyond(request, _BY_NAME))
        if request.size == 0:
            return Page([], [], has_next=False, has_previous=False)
        lists = [Collection.filter(part, condition) for part in parts(viewer)]
        rows = await nearest(Collection.all(), lists, _BY_NAME, request).limit(request.size + 1)
        return cut(rows, request, _cursor, itself)

    async def count(self, viewer: Viewer, filter: CollectionFilter) -> int:
        """Return how many collections the list has on all pages."""
        return await Collection.filter(seen(viewer), _filtered(viewer, filter)).count()

    async def children(self, viewer: Viewer, keys: Sequence[ListKey]) -> list[Page[Collection]]:
        """Return pages of what lies directly in collections that were found before, in one query.

        Raises:
            InvalidCursor: a cursor was not given out for such a list.
        """

        async def condition(id: uuid.UUID, request: PageRequest) -> Q:
            return Q(Q(parent_id=id), seen(viewer), _named_beyond(request, _BY_NAME))

        return await Lists[uuid.UUID, Collection, Collection](
            rows=Collection.all(),
            columns=_BY_NAME,
            condition=condition,
            key_of=lambda row: row.parent_id,
            item_of=itself,
            cursor_of=lambda _, row: _cursor(row),
        ).pages(keys)

    async def child_counts(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[int]:
        """Return how many collections lie directly in each one, in one query."""
        rows = Collection.filter(seen(viewer), parent_id__in=list(ids)).group_by("parent_id")
        counts = dict(await rows.annotate(count=Count("id")).values_list("parent_id", "count"))
        return [counts.get(id, 0) for id in ids]

    async def holders(self, viewer: Viewer, keys: Sequence[ListKey]) -> list[Page[Collection]]:
        """Return pages of the collections that hold images which were found before, in one query.

        Raises:
            InvalidCursor: a cursor was not given out for such a list.
        """

        async def condition(image_id: uuid.UUID, request: PageRequest) -> Q:
            here = within("collection", seen(viewer))
            return Q(Q(image_id=image_id), here, _named_beyond(request, _HOLDERS_BY_NAME))

        return await Lists[uuid.UUID, CollectionItem, Collection](
            rows=CollectionItem.all().select_related("collection"),
            columns=_HOLDERS_BY_NAME,
            condition=condition,
            key_of=lambda item: item.image_id,
            item_of=lambda item: item.collection,
            cursor_of=lambda _, item: _cursor(item.collection),
        ).pages(keys)

    async def holder_counts(self, viewer: Viewer, image_ids: Sequence[uuid.UUID]) -> list[int]:
        """Return how many collections hold each image, in one query."""
        rows = CollectionItem.filter(within("collection", seen(viewer)), image_id__in=list(image_ids))
        counts = dict(await rows.annotate(count=Count("id")).group_by("image_id").values_list("image_id", "count"))
        return [counts.get(id, 0) for id in image_ids]


def _filtered(viewer: Viewer, filter: CollectionFilter) -> Q:
    return filter.condition(within("parent", seen(viewer)))


def _named_beyond(request: PageRequest, columns: tuple[str, str]) -> Q:
    places = [(opened(cursor, argument, str, uuid.UUID), before) for argument, cursor, before in request.bounds]
    return Q(*(beyond(columns, place, backward=before) for place, before in places))


def _cursor(collection: Collection) -> str:
    return sealed(collection.name_key, collection.id)

"""Looking at images: pages, counts, and single ones, each viewer seeing only what is theirs to see."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from pypika_tortoise.context import SqlContext
from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from imaging.accounts.viewer import Viewer
from imaging.images.filter import ImageFilter, ImageSort
from imaging.images.models import Image, ImageDetail, ImageState, Visibility
from imaging.images.page import Keyset, Page, PageRequest, cut, itself
from imaging.journal import events
from imaging.ports import Cache

_PUBLIC = Q(visibility=Visibility.PUBLIC, state__not_in=[ImageState.TRASHED, ImageState.QUARANTINED])


COUNT_TTL_S = 60.0


class Library:
    """The images as a viewer sees them; what they may not see is absent.

    Counts are remembered in `cache`, if there is one, until anything happens to any image.
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache

    async def page(
        self, viewer: Viewer, filter: ImageFilter, sort: ImageSort | Sequence[ImageSort], request: PageRequest
    ) -> Page[Image]:
        """Return one page of a list, in one query.

        Raises:
            InvalidCursor: a cursor was not given out for this order.
        """
        keyset = Keyset(sort)
        bounds = [keyset.beyond(cursor, argument, backward=before) for argument, cursor, before in request.bounds]
        if request.size == 0:
            return Page([], [], has_next=False, has_previous=False)
        order = keyset.order(backward=request.backward)
        rows = await _visible(viewer, Q(filter.condition(), *bounds), order, request.size + 1)
        return cut(rows, request, keyset.cursor, itself)

    async def count(self, viewer: Viewer, filter: ImageFilter) -> int:
        """Return how many images the list has on all pages."""
        if self._cache is None:
            return await _count(viewer, filter)
        # Every change to an image writes an event in its transaction, so a new one is a new key.
        asked = (viewer.user_id, viewer.is_admin, filter, await events.newest_id())
        key = f"count:{hashlib.sha256(repr(asked).encode()).hexdigest()}"
        if (known := await self._cache.get(key)) is not None:
            return int(known)
        counted = await _count(viewer, filter)
        await self._cache.set(key, str(counted).encode(), ttl_s=COUNT_TTL_S)
        return counted

    async def by_ids(self, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[Image | None]:
        """Return the images in the order of the ids, None for those absent; in the trash only for who rules them."""
        rows = await rows_by_id(ids)
        return [image if image is not None and is_seen(viewer, image) else None for image in map(rows.get, ids)]

    async def details(self, ids: Sequence[uuid.UUID]) -> list[ImageDetail | None]:
        """Return the raw metadata of images that were found before, in the order of the ids."""
        found = {row.image_id: row for row in await ImageDetail.filter(image_id__in=list(ids))}
        return [found.get(id) for id in ids]


def is_seen(viewer: Viewer, image: Image) -> bool:
    """Return True when the image exists for this viewer, now."""
    return viewer.may_see(image.owner_id, public=image.is_public)


async def rows_by_id(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Image]:
    """Return the images that exist, whoever asks, in one query."""
    return {image.id: image for image in await Image.filter(id__in=list(set(ids)))}


def seen_parts(viewer: Viewer) -> Sequence[Q]:
    """Return conditions that no image meets twice and that together are what the viewer sees; none for everything."""
    if viewer.is_admin:
        return []
    if viewer.user_id is None:
        return [_PUBLIC]
    return [Q(owner_id=viewer.user_id), Q(_PUBLIC, owner_id__not=viewer.user_id)]


class AllOf(Subquery):
    """The ids that several queries give, as one list: a database looks each up, and filters no index by them."""

    def __init__(self, queries: Sequence[QuerySet[Any]]) -> None:  # Any: whatever has ids
        super().__init__(queries[0])
        self._queries = queries

    def get_sql(self, ctx: SqlContext) -> str:
        """Return it as it stands behind IN."""
        lists = enumerate(Subquery(query).get_sql(ctx) for query in self._queries)
        return "(" + " UNION ALL ".join(f'SELECT "id" FROM {ids} "list_{place}"' for place, ids in lists) + ")"  # noqa: S608 - of our own


async def _count(viewer: Viewer, filter: ImageFilter) -> int:
    parts = seen_parts(viewer)
    seen = [Q(*parts, join_type="OR")] if parts else []
    return await Image.filter(*seen, filter.condition()).count()


async def _visible(viewer: Viewer, condition: Q, order: Sequence[str], limit: int) -> Sequence[Image]:
    parts = seen_parts(viewer)
    if len(parts) < 2:
        return await Image.filter(condition, *parts).order_by(*order).limit(limit)
    # Each part is read in the order of its own index and no further than the page; a plain OR reads a whole
    # index past all that others keep private.
    nearest = AllOf([_nearest(condition, part, order, limit) for part in parts])
    return await Image.filter(id__in=nearest).order_by(*order).limit(limit)


def _nearest(condition: Q, part: Q, order: Sequence[str], limit: int) -> QuerySet[Image]:
    return Image.filter(part, condition).order_by(*order).limit(limit).values("id")  # type: ignore[return-value]  # a values query

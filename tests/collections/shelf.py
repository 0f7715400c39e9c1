"""A shelf of collections for tests: short words for what is done and seen."""

import asyncio
import contextvars
import uuid
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from imaging.accounts.viewer import Viewer
from imaging.collections.curate import Curator
from imaging.collections.lists import CollectionFilter
from imaging.collections.look import Collections
from imaging.collections.models import Collection, CollectionItem
from imaging.images.models import Image
from imaging.images.page import PageRequest
from tests.rows import add_image

CURATOR, COLLECTIONS = Curator(), Collections()
PATIENCE_S = 60


@dataclass
class Shelf:
    """One person's view of the collections."""

    viewer: Viewer

    async def make(self, name: str = "Ducks", parent: Collection | None = None, **values: Any) -> Collection:
        given = values if parent is None else values | {"parent_id": parent.id}
        return await CURATOR.create(self.viewer, {"name": name, **given})

    async def images(self, count: int, **values: Any) -> list[Image]:
        return [await add_image(self.viewer, **values) for _ in range(count)]

    async def fill(self, collection: Collection, images: Sequence[Image], **more: Any) -> None:
        _, results = await CURATOR.add(self.viewer, collection.id, [image.id for image in images], **more)
        assert [result.error for result in results] == [None] * len(images)

    async def shown(self, collection: Collection) -> list[uuid.UUID]:
        """The images of a collection, page by page; their count is told the same."""
        found: list[uuid.UUID] = []
        request = PageRequest(first=100)
        while True:
            [page] = await COLLECTIONS.items(self.viewer, [(await Collection.get(id=collection.id), request)])
            found += [item.image.id for item in page.items]
            if not page.has_next:
                break
            request = PageRequest(first=100, after=page.cursors[-1])
        assert await COLLECTIONS.item_counts(self.viewer, [collection.id]) == [len(found)]
        return found

    async def names(self, **filter: Any) -> list[str]:
        """The names of all collections, as far as they fit on a page; their count is told the same."""
        narrowed = CollectionFilter(**filter)
        page = await COLLECTIONS.page(self.viewer, narrowed, PageRequest(first=100))
        assert await COLLECTIONS.count(self.viewer, narrowed) == len(page.items)
        return [collection.name for collection in page.items]

    async def names_in(self, parent: Collection) -> list[str]:
        """The names of what lies in a collection; their count is told the same."""
        [page] = await COLLECTIONS.children(self.viewer, [(parent.id, PageRequest(first=100))])
        assert await COLLECTIONS.child_counts(self.viewer, [parent.id]) == [len(page.items)]
        return [collection.name for collection in page.items]

    async def names_of(self, image: Image) -> list[str]:
        """The names of the collections that hold an image; their count is told the same."""
        [page] = await COLLECTIONS.holders(self.viewer, [(image.id, PageRequest(first=100))])
        assert await COLLECTIONS.holder_counts(self.viewer, [image.id]) == [len(page.items)]
        return [collection.name for collection in page.items]

    async def cover(self, collection: Collection) -> uuid.UUID | None:
        [image] = await COLLECTIONS.covers(self.viewer, [await Collection.get(id=collection.id)])
        return None if image is None else image.id


async def stored(collection: Collection) -> list[uuid.UUID]:
    """All images of a collection in their order, whoever may see them; no two are in one place."""
    items = await CollectionItem.filter(collection_id=collection.id).order_by("position")
    assert len({item.position for item in items}) == len(items)
    return [item.image_id for item in items]


async def together(*works: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do all this at the same time, each in transactions of its own; return what came of it, errors included."""
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(work, context=contextvars.Context()) for work in works]
    async with asyncio.timeout(PATIENCE_S):
        return await asyncio.gather(*tasks, return_exceptions=True)

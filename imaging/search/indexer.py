"""Keeps the index in step with the rows: what changed is in the outbox until it is indexed durably."""

import uuid

from imaging.images.library import rows_by_id
from imaging.images.models import Image
from imaging.journal import outbox
from imaging.ports import SearchIndex
from imaging.search.document import document_of

BATCH = 500


class Indexer:
    """Writes search documents; at every moment a kill loses nothing, since writing twice does no harm."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    async def catch_up(self) -> int:
        """Index everything that changed; return how many changes there were."""
        handled = 0
        while entries := await outbox.take(BATCH):
            await self._index_present([entry.image_id for entry in entries])
            await outbox.done([entry.id for entry in entries])
            handled += len(entries)
        return handled

    async def rebuild(self) -> int:
        """Index every image there is, in portions by id, and in between what changes meanwhile; return how many."""
        await self._index.clear()
        handled, last = 0, uuid.UUID(int=0)
        while rows := await Image.filter(id__gt=last).order_by("id").limit(BATCH):
            await self._index.apply([document_of(image) for image in rows], [])
            handled, last = handled + len(rows), rows[-1].id
            await self.catch_up()
        await self._index.mark_complete()
        return handled

    async def prepare(self) -> int:
        """Rebuild the index if it is new, was damaged or is of another layout; return how many images that took."""
        return 0 if await self._index.is_complete() else await self.rebuild()

    async def _index_present(self, ids: list[uuid.UUID]) -> None:
        rows = await rows_by_id(ids)
        gone = [id.hex for id in dict.fromkeys(ids) if id not in rows]
        await self._index.apply([document_of(image) for image in rows.values()], gone)

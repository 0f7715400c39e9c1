"""Drift: images that the search index does not know, knows as they were, or knows although they are gone.

It should not be: what changes is in the outbox until it is indexed. But rows may be restored from a backup or changed
by hand, and an index may be copied from elsewhere.
"""

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from imaging import database
from imaging.images.models import Image
from imaging.journal import jobs, outbox
from imaging.ports import SearchIndex, Wakeups
from imaging.search.document import document_of
from imaging.upkeep.task import Looked, Report

PAGE = 200
EVERY_S = 86_400.0
NO_INDEX = (
    "There is no complete search index here: it is where the server keeps its data folder, and a new one is filled by"
    " the server itself."
)

_NOWHERE = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Page:
    """Fingerprints of images and of what the index holds, by id, up to the id `end`; None when there are no more."""

    images: Mapping[str, str]
    indexed: Mapping[str, str]
    end: str | None

    @property
    def ids(self) -> list[str]:
        """The ids on both sides, in order."""
        return sorted(id for id in self.images.keys() | self.indexed.keys() if self.end is None or id <= self.end)

    def differing(self) -> dict[str, tuple[str | None, str | None]]:
        """Return where they differ: what the image is, and what the index holds, None for nothing."""
        pairs = {id: (self.images.get(id), self.indexed.get(id)) for id in self.ids}
        return {id: pair for id, pair in pairs.items() if pair[0] != pair[1]}


@dataclass(frozen=True, slots=True)
class Drift:
    """A task that compares rows with the index, a page of both at a time, and promises to index what differs.

    Only who has the index can do it, and only the server writes it: so the remedy is a row in the outbox.
    """

    index: SearchIndex
    wakeups: Wakeups
    page: int = PAGE
    name: str = field(default="reindex-drift", init=False)
    every_s: float = field(default=EVERY_S, init=False)
    kind: str = field(default=jobs.UPKEEP_SEARCH, init=False)

    async def expected(self) -> int:
        """Return about how many images there are."""
        return await Image.all().count()

    async def look(self, report: Report, looked: Looked) -> None:
        """Write into the report what is missing from the index, stale in it, or left over, and change nothing."""
        async for _ in self._drifted(report, looked):
            pass

    async def mend(self, report: Report, looked: Looked) -> None:
        """Promise to index what differs, and write it into the report."""
        async for ids in self._drifted(report, looked):
            async with database.transaction():
                await outbox.enqueue_all([uuid.UUID(hex=id) for id in ids])
            self.wakeups.announce(outbox.TOPIC)
            report.mended += len(ids)

    async def _drifted(self, report: Report, looked: Looked) -> AsyncIterator[list[str]]:
        """Yield ids that differ, page by page, and write into the report how."""
        kinds, count, after = Counter[str](), report.counting(looked), ""
        while await self.index.is_complete():
            page = await self._page(after)
            count(len(page.ids))
            if drifted := await self._still_differing(after, page):
                for id, pair in drifted.items():
                    kind = _kind(*pair)
                    kinds[kind] += 1
                    report.note(f"{id} {kind}")
                report.remark = f"{kinds['missing']} missing, {kinds['stale']} stale, {kinds['left over']} left over."
                yield list(drifted)
            if page.end is None:
                return
            after = page.end
        report.remark = NO_INDEX

    async def _still_differing(self, after: str, page: Page) -> dict[str, tuple[str | None, str | None]]:
        """Return what differs, does not wait to be indexed, and differs in the same way when looked at again.

        Looked at in this order: what was changed and indexed meanwhile is in the outbox, or the same by now.
        """
        differing = page.differing()
        if not differing:
            return {}
        waiting = await outbox.waiting([uuid.UUID(hex=id) for id in differing])
        again = (await self._page(after)).differing()
        return {
            id: pair for id, pair in differing.items() if again.get(id) == pair and uuid.UUID(hex=id) not in waiting
        }

    async def _page(self, after: str) -> Page:
        last = uuid.UUID(hex=after) if after else _NOWHERE
        rows = await Image.filter(id__gt=last).order_by("id").limit(self.page)
        images = {image.id.hex: document_of(image).fingerprint for image in rows}
        indexed = {one.id: one.fingerprint for one in await self.index.listed(after, self.page)}
        full = [max(side) for side in (images, indexed) if len(side) == self.page]
        return Page(images, indexed, min(full, default=None))


def _kind(image: str | None, indexed: str | None) -> str:
    if indexed is None:
        return "missing"
    return "left over" if image is None else "stale"

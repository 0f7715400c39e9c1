"""Find images by words: the index says which, the rows say what they are and whether the viewer may see them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from imaging.accounts.viewer import Viewer
from imaging.images.filter import ImageFilter, ImageSort
from imaging.images.library import is_seen, rows_by_id
from imaging.images.models import Image
from imaging.images.page import PageRequest
from imaging.journal import outbox
from imaging.ports import MAX_SEARCH_DEPTH, SearchFilter, SearchHit, SearchIndex, SearchQuery
from imaging.search.facets import FacetCount, SearchFacet, spread
from imaging.search.question import ask

MOST_PENDING = 1_000


@dataclass(frozen=True, slots=True)
class FoundImage:
    """A hit: the image as it is now, how well it fits (0 to 1), what matched by field, and its place in the list."""

    image: Image
    score: float
    highlights: Mapping[str, str]
    cursor: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of hits, how many there are in all, whether more follow or precede, and how all of them are spread."""

    items: Sequence[FoundImage]
    total: int
    has_next: bool
    facets: Mapping[SearchFacet, Sequence[FacetCount]]
    has_previous: bool = False


class Search:
    """Finds what a viewer may see, and counts nothing else."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    async def find(
        self,
        viewer: Viewer,
        text: str,
        filter: ImageFilter,
        sort: Sequence[ImageSort] = (),
        facets: Sequence[SearchFacet] = (),
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> SearchResult:
        """Return a page of images in which every word is found; by relevance unless a sort is given.

        No words find everything, newest first. The first thousand hits can be paged through.

        Raises:
            InvalidInput: the text is too long, a size is out of range, or the page lies past the first thousand.
            InvalidCursor: `after` or `before` was not given out for this search.
        """
        asked = ask(viewer, text, filter, sort)
        request = PageRequest(first=first, after=after, last=last, before=before)
        start, end = asked.bounds(request)
        narrowed = await _present(viewer, filter, asked.narrowed)
        if request.backward and before is None:
            end = min(end, (await self._index.search(SearchQuery(text, narrowed, limit=1))).total)
        limit = max(0, min(request.size, end - start))
        offset = end - limit if request.backward and limit else start
        wanted = tuple(dict.fromkeys(facet.value for facet in facets))
        page = await self._index.search(SearchQuery(text, narrowed, asked.sort, wanted, limit, offset))
        rows = await rows_by_id([uuid.UUID(hit.id) for hit in page.hits])
        items = [
            FoundImage(image, hit.score, hit.highlights, asked.cursor(offset + place))
            for place, hit in enumerate(page.hits)
            if (image := _row_of(hit, rows)) is not None and _is_listed(viewer, filter, image)
        ]
        dropped = len(page.hits) - len(items)
        more = offset + limit < min(page.total, MAX_SEARCH_DEPTH)
        return SearchResult(items, page.total - dropped, more, spread(facets, page.facets), has_previous=offset > 0)


async def _present(viewer: Viewer, filter: ImageFilter, narrowed: SearchFilter) -> SearchFilter:
    """Leave out what the index still shows though the viewer may see it no more.

    Hits are checked against their rows, but totals and facets come from the index, which follows the rows a
    moment later. What changed in between is in the outbox.
    """
    changed = {entry.image_id for entry in await outbox.take(MOST_PENDING)}
    if not changed:
        return narrowed
    rows = await rows_by_id(list(changed))
    hidden = [id.hex for id in changed if id not in rows or not _is_listed(viewer, filter, rows[id])]
    return replace(narrowed, ids_none=tuple(hidden))


def _row_of(hit: SearchHit, rows: Mapping[uuid.UUID, Image]) -> Image | None:
    return rows.get(uuid.UUID(hit.id))


def _is_listed(viewer: Viewer, filter: ImageFilter, image: Image) -> bool:
    return is_seen(viewer, image) and filter.matches(image)

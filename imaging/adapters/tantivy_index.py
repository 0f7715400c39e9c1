"""Search on one machine, nothing installed: a tantivy index in a folder.

Whoever holds the folder's lock writes; others read what it committed. The lock dies with its process, so
kill -9 leaves nothing behind. tantivy blocks, so all writing happens in one thread and reading in two others.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import tantivy

from imaging.adapters.tantivy_folder import IndexFolder
from imaging.adapters.tantivy_listing import listed
from imaging.adapters.tantivy_query import BEST_RANK, QueryBuilder
from imaging.adapters.tantivy_results import count_facets, find_by_rank, find_sorted, to_hit
from imaging.adapters.tantivy_schema import to_tantivy
from imaging.errors import Misconfigured
from imaging.ports import Indexed, SearchDocument, SearchPage, SearchQuery
from imaging.search.match import Matcher
from imaging.search.words import terms

WRITER_MEMORY_BYTES = 50_000_000
_T = TypeVar("_T")


class TantivyIndex:
    """A SearchIndex in the folder `directory`; `open` comes first."""

    def __init__(self, directory: Path) -> None:
        self._folder = IndexFolder(directory)
        self._index: tantivy.Index | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="search-write")
        self._reading = ThreadPoolExecutor(2, thread_name_prefix="search-read")

    async def open(self) -> None:
        """Open the index, or make an empty one when there is none, or none that this version can read.

        Raises:
            Misconfigured: it is damaged, and another process holds it.
        """
        await self._write(self._open)

    async def open_to_read(self) -> bool:
        """Open what another process writes, or wrote; False when there is none here that is complete and whole."""
        self._index = await self._read(self._folder.open_whole)
        return self._index is not None

    async def apply(self, upserts: Sequence[SearchDocument], deletes: Sequence[str]) -> None:
        """Write documents and remove ids; durable and visible when it returns. May be repeated.

        Raises:
            Misconfigured: another process holds the index for writing.
        """
        await self._write(self._apply, upserts, deletes)

    async def search(self, query: SearchQuery) -> SearchPage:
        """Answer a question."""
        return await self._read(self._search, query)

    async def count(self) -> int:
        """Return how many documents the index holds."""
        return await self._read(lambda: int(self._searcher().num_docs))

    async def listed(self, after: str, limit: int) -> Sequence[Indexed]:
        """Return what the index holds, by id, from the first id on that comes after one; fewer at the end only."""
        return await self._read(lambda: listed(self._searcher(), after, limit))

    async def clear(self) -> None:
        """Remove every document; the index is not complete any more."""
        await self._write(self._clear)

    async def is_complete(self) -> bool:
        """Return False until `mark_complete`: the index is new, was damaged or laid out by another version.

        False, too, for an index that is not open.
        """
        return self._index is not None and await self._read(self._folder.is_marked)

    async def mark_complete(self) -> None:
        """Remember durably that every image was written once; what changes later comes through the outbox."""
        await self._write(self._folder.mark)

    async def close(self) -> None:
        """Let go of the index; idempotent."""
        await asyncio.to_thread(self._close)

    async def _write(self, work: Callable[..., _T], *arguments: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._writing, work, *arguments)

    async def _read(self, work: Callable[..., _T], *arguments: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._reading, work, *arguments)

    def _open(self) -> None:
        holds = self._folder.lock()
        try:
            self._index = self._folder.open_index()
        except (ValueError, OSError) as error:
            if not holds:
                raise Misconfigured("The search index is damaged, and another process holds it.") from error
            self._folder.wipe()
            self._index = self._folder.open_index()
        if holds:
            self._folder.forget_other_layouts()

    def _apply(self, upserts: Sequence[SearchDocument], deletes: Sequence[str]) -> None:
        with self._committed() as writer:
            for image_id in (*deletes, *(document.id for document in upserts)):
                writer.delete_documents_by_term("id", image_id)
            for document in {document.id: document for document in upserts}.values():
                writer.add_document(to_tantivy(document))

    def _clear(self) -> None:
        self._folder.unmark()
        with self._committed() as writer:
            writer.delete_all_documents()

    @contextmanager
    def _committed(self) -> Iterator[tantivy.IndexWriter]:
        """Commit what is written inside, or, when that fails, none of it."""
        index = self._opened()
        if self._writer is None:
            if not self._folder.lock():
                raise Misconfigured("Another process holds the search index for writing.")
            self._writer = index.writer(WRITER_MEMORY_BYTES, 1)
        writer, self._writer = self._writer, None
        try:
            yield writer
            writer.commit()
            self._writer = writer
        finally:
            if self._writer is None:
                # Forgets what was not committed and frees tantivy's own lock, for the next attempt.
                writer.wait_merging_threads()
        index.reload()

    def _search(self, query: SearchQuery) -> SearchPage:
        searcher, asked, end = self._searcher(), terms(query.text), query.offset + query.limit
        builder = QueryBuilder(self._opened().schema)
        matching = builder.matching(asked, query.filter)
        if asked and not query.sort:
            total, ordered = find_by_rank(searcher, builder.ranking(asked, query.filter))
        else:
            total, ordered = find_sorted(searcher, matching, query.sort, end)
        best, matcher = BEST_RANK * len(asked) or 1, Matcher(asked)
        shown = ordered[query.offset : end]
        hits = [to_hit(searcher.doc(found.address), found.rank / best, matcher) for found in shown]
        return SearchPage(hits, total, count_facets(searcher, matching, query.facets))

    def _searcher(self) -> tantivy.Searcher:
        index = self._opened()
        if not self._folder.is_locked:
            index.reload()
        return index.searcher()

    def _opened(self) -> tantivy.Index:
        if self._index is None:
            raise RuntimeError("the search index is not open")
        return self._index

    def _close(self) -> None:
        self._reading.shutdown()
        self._writing.shutdown()
        self._writer = self._index = None
        self._folder.unlock()

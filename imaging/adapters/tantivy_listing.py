"""What a tantivy index holds, in the order of ids: read from its dictionary of terms, shelf by shelf."""

import itertools
from collections.abc import Iterator

import tantivy

from imaging.adapters.tantivy_schema import PRINT
from imaging.ports import Indexed

PER_SHELF = 256
"""About so many documents have ids that begin alike, in as many digits as make a shelf."""


def listed(searcher: tantivy.Searcher, after: str, limit: int) -> list[Indexed]:
    """Return up to `limit` documents whose ids come after one, by id.

    tantivy orders by nothing that is not a number without reading everything first, but the terms that begin alike
    are found at once; ids are random, so those that begin alike are few.
    """
    found = (one for shelf in _shelves(searcher, after) for one in shelf if one.id > after)
    return list(itertools.islice(found, limit))


def _shelves(searcher: tantivy.Searcher, after: str) -> Iterator[list[Indexed]]:
    digits = 0
    while searcher.num_docs > PER_SHELF * 16**digits:
        digits += 1
    for number in range(int(after[:digits] or "0", 16), 16**digits):
        yield _shelf(searcher, f"{number:0{digits}x}" if digits else "")


def _shelf(searcher: tantivy.Searcher, beginning: str) -> list[Indexed]:
    # Without a question the terms of documents that were removed are among them, until segments are merged.
    terms = searcher.terms_with_prefix(PRINT, beginning, tantivy.Query.all_query())
    return [Indexed(id, fingerprint) for id, _, fingerprint in sorted(term.partition(":") for term, _ in terms)]

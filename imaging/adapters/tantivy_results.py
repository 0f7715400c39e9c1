"""What tantivy found, brought into order and into our shapes."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tantivy

from imaging.adapters.tantivy_schema import FACET_FIELDS, filename_key, texts_of
from imaging.ports import MAX_SEARCH_DEPTH, SearchHit
from imaging.search.highlight import highlight
from imaging.search.match import Matcher

MOST_FACET_VALUES = 100
EQUAL_NAMES = 100
NEWEST_FIRST = ("created_at", True)
_FAST = {"filename": "filename_key"}


class Found(NamedTuple):
    """A document that matched; `rank` is the sum over the words, `key` the first key of the sort, if any."""

    address: tantivy.DocAddress
    rank: int = 0
    key: Any = None


def find_by_rank(searcher: tantivy.Searcher, question: tantivy.Query) -> tuple[int, list[Found]]:
    """Return how many match, and the first thousand, best first; equals stand newest first."""
    result: Any = searcher.search(question, MAX_SEARCH_DEPTH, weight_by_field="recency")  # Any: stubs lack count
    found = _settled(searcher, _ranked(searcher, result.hits), NEWEST_FIRST)
    return result.count, sorted(found, key=lambda one: -one.rank)


def find_sorted(
    searcher: tantivy.Searcher, question: tantivy.Query, sort: Sequence[tuple[str, bool]], end: int
) -> tuple[int, list[Found]]:
    """Return how many match, and at least the first `end` in the order asked for; equals stand newest first.

    tantivy orders by one key and leaves equals as they lie, so more than `end` are fetched and settled here.
    """
    first, *others = sort or (NEWEST_FIRST,)
    # Names are read one by one from a compressed dictionary, numbers from a column.
    depth = min(MAX_SEARCH_DEPTH, end + EQUAL_NAMES) if first[0] == "filename" else MAX_SEARCH_DEPTH
    name, order = first[0], tantivy.Order.Desc if first[1] else tantivy.Order.Asc
    result: Any = searcher.search(question, depth, order_by_field=_FAST.get(name, name), order=order)  # Any: as above
    found = [Found(address, key=key) for key, address in result.hits]
    for key in reversed([*others, NEWEST_FIRST]):
        found = _settled(searcher, found, key)
    return result.count, sorted(found, key=lambda one: one.key, reverse=first[1])


def to_hit(document: tantivy.Document, score: float, matcher: Matcher) -> SearchHit:
    """Return the found document with what matched highlighted."""
    texts = texts_of(document) if matcher.has_terms else {}
    marked = {name: highlight(text, matcher) for name, text in texts.items()}
    shown = {name: text for name, text in marked.items() if text is not None}
    return SearchHit(id=document["id"][0], score=score, highlights=shown)


def count_facets(
    searcher: tantivy.Searcher, question: tantivy.Query, facets: Sequence[str]
) -> Mapping[str, Mapping[str, int]]:
    """Return how many of all that match have each value, most first, at most a hundred values a facet."""
    if not facets:
        return {}
    wanted = {name: {"terms": {"field": FACET_FIELDS[name], "size": MOST_FACET_VALUES}} for name in facets}
    counted = searcher.aggregate(question, wanted)
    return {name: _counts(counted[name]["buckets"]) for name in facets}


def _counts(buckets: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets]
    return dict(sorted(counts, key=lambda pair: (-pair[1], pair[0])))


def _ranked(searcher: tantivy.Searcher, hits: Sequence[tuple[float, tantivy.DocAddress]]) -> list[Found]:
    """Undo the weight by recency, which only decided whom to keep among equals."""
    days = _numbers(searcher, "recency", [address for _, address in hits])
    weights = [math.log2(2 + day) for day in days]
    return [Found(address, round(score / weight)) for (score, address), weight in zip(hits, weights, strict=True)]


def _settled(searcher: tantivy.Searcher, found: list[Found], key: tuple[str, bool]) -> list[Found]:
    """Sort stably by one key."""
    name, descending = key
    values: Sequence[Any]
    if name == "filename":
        values = [filename_key(texts_of(searcher.doc(one.address)).get("filename", "")) for one in found]
    else:
        values = _numbers(searcher, name, [one.address for one in found])
    order = sorted(range(len(found)), key=lambda at: values[at], reverse=descending)
    return [found[at] for at in order]


def _numbers(searcher: tantivy.Searcher, field: str, addresses: list[tantivy.DocAddress]) -> Sequence[Any]:
    """Return a number per document; typed loosely, because every document has those we sort by."""
    return searcher.fast_field_values(field, addresses)

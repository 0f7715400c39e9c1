"""What was asked, as a tantivy query: every word must be answered, filters narrow, closeness and field rank.

A word's rank is its closeness (exact, beginning, one typo, farther) and then the field it was found in, as
whole numbers; a hit's rank is the sum over the words. Word frequencies play no part: the texts are short.
"""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import tantivy

from imaging.adapters.tantivy_schema import ANYWHERE, TEXT_FIELDS, to_microseconds
from imaging.ports import SearchFilter
from imaging.search.match import Closeness, may_be_prefix, typos_forgiven
from imaging.search.words import Term

BEST_RANK = Closeness.EXACT + len(TEXT_FIELDS)
_TIMES = {"created_at", "updated_at", "taken_at"}


class QueryBuilder:
    """Builds queries for one schema."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def ranking(self, terms: Sequence[Term], narrowed: SearchFilter) -> tantivy.Query:
        """Return a query whose score is the rank."""
        return self._all_of(
            [self._ranked(term, prefix=may_be_prefix(terms, at)) for at, term in enumerate(terms)], narrowed
        )

    def matching(self, terms: Sequence[Term], narrowed: SearchFilter) -> tantivy.Query:
        """Return a query that finds the same faster, without ranking; without terms, all that passes the filter."""
        found = [_any_of(list(self._unranked(term, prefix=may_be_prefix(terms, at)))) for at, term in enumerate(terms)]
        return self._all_of(found or [tantivy.Query.all_query()], narrowed)

    def _all_of(self, words: Sequence[tantivy.Query], narrowed: SearchFilter) -> tantivy.Query:
        filters = [tantivy.Query.const_score_query(query, 0.0) for query in self._filters(narrowed)]
        clauses = [(tantivy.Occur.Must, query) for query in (*words, *filters)]
        clauses += [(tantivy.Occur.MustNot, query) for query in self._exclusions(narrowed)]
        return tantivy.Query.boolean_query(clauses)

    def _ranked(self, term: Term, *, prefix: bool) -> tantivy.Query:
        ranked: list[tuple[int, tantivy.Query]] = [(Closeness.FAR, query) for query in self._far(term, prefix=prefix)]
        for place, field in enumerate(TEXT_FIELDS):
            worth = len(TEXT_FIELDS) - place
            ranked.append((Closeness.EXACT + worth, self._exactly(field, term)))
            if prefix:
                ranked.append((Closeness.PREFIX + worth, self._nearly(field, term, 0, prefix=True)))
            if typos_forgiven(term):
                ranked.append((Closeness.ONE_TYPO + worth, self._nearly(field, term, 1)))
        scored = [tantivy.Query.const_score_query(query, float(rank)) for rank, query in ranked]
        return tantivy.Query.disjunction_max_query(scored)

    def _unranked(self, term: Term, *, prefix: bool) -> Iterator[tantivy.Query]:
        typos = typos_forgiven(term)
        if typos:
            yield from self._far(term, prefix=prefix)
        if typos == 1 and not prefix:
            yield self._nearly(ANYWHERE, term, 1)
        if not typos:
            yield self._nearly(ANYWHERE, term, 0, prefix=True) if prefix else self._exactly(ANYWHERE, term)

    def _far(self, term: Term, *, prefix: bool) -> Iterator[tantivy.Query]:
        """Yield what is forgiven beyond one typo; the automaton for two is dear, so it runs over one field."""
        typos = typos_forgiven(term)
        if typos == 2:
            yield self._nearly(ANYWHERE, term, 2)
        if typos and prefix:
            yield self._nearly(ANYWHERE, term, 1, prefix=True)

    def _exactly(self, field: str, term: Term) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term.folded, index_option="basic")

    def _nearly(self, field: str, term: Term, typos: int, *, prefix: bool = False) -> tantivy.Query:
        return tantivy.Query.fuzzy_term_query(self._schema, field, term.folded, distance=typos, prefix=prefix)

    def _filters(self, narrowed: SearchFilter) -> Iterator[tantivy.Query]:
        if narrowed.public_only or narrowed.readable_by is not None:
            yield self._readable(narrowed.readable_by)
        if narrowed.ids is not None:
            yield self._one_of("id", narrowed.ids)
        for field, values in (("state", narrowed.states), ("format", narrowed.formats), ("tag", narrowed.tags_any)):
            if values:
                yield self._one_of(field, values)
        for field, value in (("owner", narrowed.owner_id), ("visibility", narrowed.visibility)):
            if value is not None:
                yield self._one_of(field, (value,))
        for tag in narrowed.tags_all:
            yield self._one_of("tag", (tag,))
        if narrowed.animated is not None:
            yield tantivy.Query.term_query(self._schema, "animated", narrowed.animated, index_option="basic")
        for field, (least, most) in narrowed.ranges.items():
            if least is not None or most is not None:
                yield self._range(field, least, most)

    def _exclusions(self, narrowed: SearchFilter) -> Iterator[tantivy.Query]:
        barred = (("tag", narrowed.tags_none), ("id", narrowed.ids_none), ("state", narrowed.states_none))
        for field, values in barred:
            if values:
                yield self._one_of(field, values)

    def _readable(self, owner_id: str | None) -> tantivy.Query:
        public = tantivy.Query.term_query(self._schema, "public", True, index_option="basic")
        if owner_id is None:
            return public
        owned = self._one_of("owner", (owner_id,))
        return _any_of([public, owned])

    def _one_of(self, field: str, values: Sequence[str]) -> tantivy.Query:
        if len(values) == 1:
            return tantivy.Query.term_query(self._schema, field, values[0], index_option="basic")
        return tantivy.Query.term_set_query(self._schema, field, list(values))

    def _range(self, field: str, least: Any, most: Any) -> tantivy.Query:
        return tantivy.Query.range_query(
            self._schema,
            field,
            tantivy.FieldType.Integer,
            _bound(least),
            _bound(most),
            include_lower=True,
            include_upper=most is None or field not in _TIMES,
        )


def _any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    if len(queries) == 1:
        return queries[0]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _bound(value: Any) -> Any:  # Any: an int or a time, by the field
    return to_microseconds(value) if isinstance(value, datetime.datetime) else value

"""Which collections are asked for, and lists of one kind, of which the beginnings of many are read at once."""

import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from imaging.images.library import AllOf
from imaging.images.models import Visibility
from imaging.images.page import Page, PageRequest, cut
from imaging.images.places import order

LISTS_AT_ONCE = 100
"""Beginnings of lists in one statement: SQLite takes five hundred."""

Row = TypeVar("Row", bound=Model)
Key = TypeVar("Key")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class CollectionFilter:
    """Which collections: all that is given must hold, and None does not narrow.

    `top_level` are those in no other collection that the viewer sees; False, the others.
    """

    top_level: bool | None = None
    owner_id: uuid.UUID | None = None
    visibility: Visibility | None = None

    def condition(self, parent_seen: Q) -> Q:
        """Return what the rows must be, when the one they lie in is seen under this condition."""
        given = {name: getattr(self, name) for name in ("owner_id", "visibility")}
        conditions = [Q(**{name: value}) for name, value in given.items() if value is not None]
        if self.top_level is True:
            outermost = Q(parent_id__isnull=True)
            conditions.append(Q(outermost, ~parent_seen, join_type=Q.OR) if parent_seen else outermost)
        if self.top_level is False:
            conditions.append(Q(Q(parent_id__isnull=False), parent_seen))
        return Q(*conditions)


@dataclass(frozen=True)
class Lists(Generic[Key, Row, Item]):
    """Lists of one kind, told apart by a key.

    `condition` says what rows are on a page or behind it, `columns` in which order they are; `key_of` tells which
    list a row is of, `item_of` what it shows, and `cursor_of` its place.
    """

    rows: QuerySet[Row]
    columns: tuple[str, str]
    condition: Callable[[Key, PageRequest], Awaitable[Q]]
    key_of: Callable[[Row], object]
    item_of: Callable[[Row], Item]
    cursor_of: Callable[[Key, Row], str]

    async def pages(self, keys: Sequence[tuple[Key, PageRequest]]) -> list[Page[Item]]:
        """Return a page of each list, those that are asked for alike in one query."""
        found: dict[tuple[Key, PageRequest], Page[Item]] = {}
        for request, lists in _by_request(keys):
            for some in _portions(lists):
                found |= {(key, request): page for key, page in (await self._pages(some, request)).items()}
        return [found[key] for key in keys]

    async def _pages(self, keys: Sequence[Key], request: PageRequest) -> dict[Key, Page[Item]]:
        read: dict[object, list[Row]] = defaultdict(list)
        if request.size > 0:
            conditions = [await self.condition(key, request) for key in keys]
            begun = [self.rows.filter(condition) for condition in conditions]
            for row in await nearest(self.rows, begun, self.columns, request):
                read[self.key_of(row)].append(row)
        return {key: self._page(key, read[_id(key)], request) for key in keys}

    def _page(self, key: Key, rows: Sequence[Row], request: PageRequest) -> Page[Item]:
        return cut(rows, request, lambda row: self.cursor_of(key, row), self.item_of)


def nearest(
    rows: QuerySet[Row], lists: Sequence[QuerySet[Row]], columns: Sequence[str], request: PageRequest
) -> QuerySet[Row]:
    """Return the rows of a page and one more from each list, each list read in the order of its own index."""
    steps = order(columns, backward=request.backward)
    ids: list[Any] = [some.order_by(*steps).limit(request.size + 1).values("id") for some in lists]  # Any: not rows
    return rows.filter(id__in=AllOf(ids)).order_by(*steps)


def _id(key: object) -> object:
    return getattr(key, "id", key)


def _by_request(keys: Sequence[tuple[Key, PageRequest]]) -> Iterator[tuple[PageRequest, Sequence[Key]]]:
    alike: dict[PageRequest, list[Key]] = defaultdict(list)
    for key, request in keys:
        alike[request].append(key)
    yield from alike.items()


def _portions(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for begin in range(0, len(keys), LISTS_AT_ONCE):
        yield keys[begin : begin + LISTS_AT_ONCE]

"""A page of collections."""

import uuid
from dataclasses import dataclass
from dataclasses import field as field_of
from typing import TYPE_CHECKING, Annotated

import strawberry

from imaging.collections import models as rows
from imaging.collections.lists import CollectionFilter
from imaging.graphql.context import Info
from imaging.graphql.publishes import about, field, publishes
from imaging.graphql.scalars import Long
from imaging.graphql.types.page import Listed, Listing, PageInfo

if TYPE_CHECKING:
    from imaging.graphql.types.collection import Collection


@dataclass(frozen=True, slots=True)
class CollectionListing(Listing[rows.Collection]):
    """A page, and which list it is of: of what lies in a collection, of what holds an image, or else of a filter."""

    parent_id: uuid.UUID | None = None
    image_id: uuid.UUID | None = None
    filter: CollectionFilter = field_of(default_factory=CollectionFilter)


@publishes(Listed)
class CollectionEdge:
    """A collection in its place in a list."""

    node: Annotated["Collection", strawberry.lazy("imaging.graphql.types.collection")] = about("The collection.")
    cursor: str = about("This place, for `after` and `before`. Opaque.")


@publishes(CollectionListing)
class CollectionConnection:
    """A page of collections, by name without regard to case."""

    edges: list[CollectionEdge] = about("The collections with their cursors.")
    nodes: list[Annotated["Collection", strawberry.lazy("imaging.graphql.types.collection")]] = about(
        "The collections alone, when no single cursor is needed."
    )
    page_info: PageInfo = about("Where this page lies in the list.")

    @field
    @staticmethod
    async def total_count(listing: strawberry.Parent[CollectionListing], info: Info) -> Long:
        """How many collections there are on all pages. Counted only when asked for."""
        if listing.parent_id is not None:
            return Long(await info.context.loaders.child_counts.load(listing.parent_id))
        if listing.image_id is not None:
            return Long(await info.context.loaders.holder_counts.load(listing.image_id))
        return Long(await info.context.services.collections.look.count(info.context.viewer, listing.filter))

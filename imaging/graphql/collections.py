"""Questions about collections."""

import uuid
from typing import Annotated

import strawberry

from imaging.collections.lists import CollectionFilter
from imaging.graphql.context import Info
from imaging.graphql.enums import Visibility
from imaging.graphql.ids import COLLECTION, USER, row_id
from imaging.graphql.publishes import field, form, shown, value
from imaging.graphql.types.collection import Collection
from imaging.graphql.types.collection_list import CollectionConnection, CollectionListing
from imaging.graphql.types.page import After, Before, First, Last
from imaging.images.page import PageRequest


@form("CollectionFilter")
class CollectionFilterForm:
    """Which collections. All that is given must hold; what is left out, or null, does not narrow."""

    top_level: bool | None = strawberry.field(
        default=None,
        description="true: lies in no other collection that you may see; from there, `children` leads to the rest. "
        "false: lies in one.",
    )
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Belongs to this user.")
    visibility: Visibility | None = strawberry.field(default=None, description="Is this visible.")


_NOBODY = uuid.UUID(int=0)

Id = Annotated[strawberry.ID, strawberry.argument(description="An id that this API gave out.")]
Filter = Annotated[
    CollectionFilterForm | None, strawberry.argument(description="Which collections; all when left out.")
]


@value
class CollectionQueries:
    """Questions about collections."""

    @field
    async def collection(self, info: Info, id: Id) -> Collection | None:
        """One collection; null when there is no such collection, or not for you."""
        row = row_id(COLLECTION, id)
        if row is None:
            return None
        return shown(await info.context.loaders.collections.load(row))

    @field
    async def collections(
        self,
        info: Info,
        filter: Filter = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> CollectionConnection:
        """A page of collections by name, those in others included unless `filter` says otherwise."""
        narrowed = _narrowed(filter)
        request = PageRequest(first=first, after=after, last=last, before=before)
        info.context.budget.collections(request.size)
        page = await info.context.services.collections.look.page(info.context.viewer, narrowed, request)
        return shown(CollectionListing(page, filter=narrowed))


def _narrowed(asked: CollectionFilterForm | None) -> CollectionFilter:
    """Return which collections are asked for; an owner's id that is none matches nothing."""
    if asked is None:
        return CollectionFilter()
    owner_id = None if asked.owner_id is None else row_id(USER, asked.owner_id) or _NOBODY
    return CollectionFilter(top_level=asked.top_level, owner_id=owner_id, visibility=asked.visibility)

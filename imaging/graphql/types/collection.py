"""The collection, and a page of what is in it."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Annotated

import strawberry

from imaging.collections import models as rows
from imaging.graphql.context import Info
from imaging.graphql.enums import Visibility
from imaging.graphql.ids import COLLECTION
from imaging.graphql.publishes import about, field, publishes, shown
from imaging.graphql.scalars import Long
from imaging.graphql.types.collection_list import CollectionConnection, CollectionListing
from imaging.graphql.types.image import Image
from imaging.graphql.types.node import Node, identity
from imaging.graphql.types.page import After, Before, First, Last, Listed, Listing, PageInfo
from imaging.graphql.types.user import User
from imaging.images.page import PageRequest


@dataclass(frozen=True, slots=True)
class ItemListing(Listing[rows.CollectionItem]):
    """A page of what is in a collection."""

    collection_id: uuid.UUID


@publishes(Listed)
class CollectionImageEdge:
    """An image in its place in a collection."""

    cursor: str = about("This place, for `after` and `before`. Opaque, and good only for this collection.")

    @field
    @staticmethod
    def node(listed: strawberry.Parent[Listed[rows.CollectionItem]]) -> Image:
        """The image."""
        return shown(listed.node.image)

    @field
    @staticmethod
    def added_at(listed: strawberry.Parent[Listed[rows.CollectionItem]]) -> datetime.datetime:
        """When it was put into the collection."""
        return listed.node.added_at


@publishes(ItemListing)
class CollectionImageConnection:
    """A page of the images in a collection, in its order."""

    edges: list[CollectionImageEdge] = about("The images with their cursors.")

    @field
    @staticmethod
    def nodes(listing: strawberry.Parent[ItemListing]) -> list[Image]:
        """The images alone, when no single cursor is needed."""
        return shown([item.image for item in listing.page.items])

    page_info: PageInfo = about("Where this page lies in the collection.")

    @field
    @staticmethod
    async def total_count(listing: strawberry.Parent[ItemListing], info: Info) -> Long:
        """How many images it has that you may see. Counted only when asked for."""
        return Long(await info.context.loaders.item_counts.load(listing.collection_id))


@publishes(rows.Collection)
class Collection(Node):
    """Images that somebody put together, in an order of their own; an image may be in many, and is copied into none.

    You see in it the images that you may see anywhere, and none from the trash: putting an image into a public
    collection does not publish it.
    """

    id: strawberry.ID = identity(COLLECTION)
    name: str = about("Its name, 1 to 200 characters; others may have the same.")
    description: str | None = about("Description, by people.")
    visibility: Visibility = about(
        "Who may see that there is this collection, as for images; what lies in it has a visibility of its own."
    )
    created_at: datetime.datetime = about("When it was made.")
    updated_at: datetime.datetime = about("When it was last changed, or images put in, taken out or moved.")

    @field
    @staticmethod
    async def parent(
        collection: strawberry.Parent[rows.Collection], info: Info
    ) -> Annotated["Collection", strawberry.lazy("imaging.graphql.types.collection")] | None:
        """The collection that it lies in; null when it lies in none, or in one that you may not see."""
        if collection.parent_id is None:
            return None
        return shown(await info.context.loaders.collections.load(collection.parent_id))

    @field
    @staticmethod
    async def ancestors(
        collection: strawberry.Parent[rows.Collection], info: Info
    ) -> list[Annotated["Collection", strawberry.lazy("imaging.graphql.types.collection")]]:
        """The way to it: the collections that it lies in, the outermost first; those that you may not see are left out.

        At most nine.
        """
        ids = collection.ancestor_ids
        info.context.budget.collections(len(ids))
        return shown([row for row in await info.context.loaders.collections.load_many(ids) if row is not None])

    @field
    @staticmethod
    async def children(
        collection: strawberry.Parent[rows.Collection],
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> CollectionConnection:
        """A page of the collections that lie directly in it, by name."""
        request = PageRequest(first=first, after=after, last=last, before=before)
        info.context.budget.collections(request.size)
        page = await info.context.loaders.children.load((collection.id, request))
        return shown(CollectionListing(page, parent_id=collection.id))

    @field
    @staticmethod
    async def images(
        collection: strawberry.Parent[rows.Collection],
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> CollectionImageConnection:
        """A page of its images, in its order."""
        request = PageRequest(first=first, after=after, last=last, before=before)
        info.context.budget.images(request.size)
        page = await info.context.loaders.collection_items.load((collection, request))
        return shown(ItemListing(page, collection.id))

    @field
    @staticmethod
    async def cover(collection: strawberry.Parent[rows.Collection], info: Info) -> Image | None:
        """The image that stands for it: the one that was chosen, or else the first that you may see; null without."""
        info.context.budget.images(1)
        return shown(await info.context.loaders.covers.load(collection))

    @field
    @staticmethod
    async def owner(collection: strawberry.Parent[rows.Collection], info: Info) -> User:
        """Whose it is."""
        return shown(await info.context.loaders.users.load(collection.owner_id))

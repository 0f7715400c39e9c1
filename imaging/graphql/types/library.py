"""A page of images."""

from dataclasses import dataclass

import strawberry

from imaging.graphql.context import Info
from imaging.graphql.publishes import about, field, publishes, shown
from imaging.graphql.scalars import Long
from imaging.graphql.types.image import Image
from imaging.graphql.types.page import PageInfo, page_info
from imaging.images import models as rows
from imaging.images.filter import ImageFilter
from imaging.images.page import Page


@dataclass(frozen=True, slots=True)
class Listed:
    """One image in its place in a list."""

    node: rows.Image
    cursor: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page, and which list it is of."""

    page: Page[rows.Image]
    filter: ImageFilter


@publishes(Listed)
class ImageEdge:
    """An image in its place in a list."""

    node: Image = about("The image.")
    cursor: str = about("This place, for `after` and `before`. Opaque, and good only for the same sort.")


@publishes(Listing)
class ImageConnection:
    """A page of images."""

    @field
    @staticmethod
    def edges(listing: strawberry.Parent[Listing]) -> list[ImageEdge]:
        """The images with their cursors."""
        pairs = zip(listing.page.items, listing.page.cursors, strict=True)
        return shown([Listed(image, cursor) for image, cursor in pairs])

    @field
    @staticmethod
    def nodes(listing: strawberry.Parent[Listing]) -> list[Image]:
        """The images alone, when no single cursor is needed."""
        return shown(listing.page.items)

    @field
    @staticmethod
    def page_info(listing: strawberry.Parent[Listing]) -> PageInfo:
        """Where this page lies in the list."""
        page = listing.page
        return page_info(page.cursors, has_next=page.has_next, has_previous=page.has_previous)

    @field
    @staticmethod
    async def total_count(listing: strawberry.Parent[Listing], info: Info) -> Long:
        """How many images there are on all pages. Counted only when asked for."""
        return Long(await info.context.services.library.count(info.context.viewer, listing.filter))

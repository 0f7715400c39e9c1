"""A page of images."""

from dataclasses import dataclass

import strawberry

from imaging.graphql.context import Info
from imaging.graphql.publishes import about, field, publishes
from imaging.graphql.scalars import Long
from imaging.graphql.types.image import Image
from imaging.graphql.types.page import Listed, Listing, PageInfo
from imaging.images import models as rows
from imaging.images.filter import ImageFilter


@dataclass(frozen=True, slots=True)
class ImageListing(Listing[rows.Image]):
    """A page of images, and which list it is of."""

    filter: ImageFilter


@publishes(Listed)
class ImageEdge:
    """An image in its place in a list."""

    node: Image = about("The image.")
    cursor: str = about("This place, for `after` and `before`. Opaque, and good only for the same sort.")


@publishes(ImageListing)
class ImageConnection:
    """A page of images."""

    edges: list[ImageEdge] = about("The images with their cursors.")
    nodes: list[Image] = about("The images alone, when no single cursor is needed.")
    page_info: PageInfo = about("Where this page lies in the list.")

    @field
    @staticmethod
    async def total_count(listing: strawberry.Parent[ImageListing], info: Info) -> Long:
        """How many images there are on all pages. Counted only when asked for."""
        return Long(await info.context.services.library.count(info.context.viewer, listing.filter))

"""Found images: how well each fits, and how the hits are spread."""

import uuid

import strawberry

from imaging.graphql.errors import camel
from imaging.graphql.ids import USER, global_id
from imaging.graphql.publishes import about, enumerates, field, publishes, shown, value
from imaging.graphql.scalars import Long
from imaging.graphql.types.image import Image
from imaging.graphql.types.page import PageInfo, page_info
from imaging.search import facets as facet_domain
from imaging.search import find as domain

enumerates(
    facet_domain.SearchFacet,
    "What hits can be counted by.",
    name="ImageFacetField",
    TAGS="Tags.",
    FORMAT="Format of the original.",
    CAMERA="Make and model of the camera.",
    YEAR="Year in which the picture was taken.",
    OWNER="Owner.",
)


@value
class ImageHighlight:
    """What matched in one field of a hit."""

    field: str = strawberry.field(description="Name of the field, such as `title`.")
    html: str = strawberry.field(description="Its text as HTML, escaped, with `<mark>` around what matched.")


@publishes(facet_domain.FacetCount)
class ImageFacetValue:
    """How many hits have a value."""

    value: str = about("The value; for OWNER the user's id, for TAGS the tag in lower case.")
    count: Long = about("How many of all hits have it.")


@value
class ImageFacet:
    """How all hits are spread over the values of a field."""

    field: facet_domain.SearchFacet = strawberry.field(description="Which field.")
    values: list[ImageFacetValue] = strawberry.field(description="Its values, most frequent first.")


@publishes(domain.FoundImage)
class ImageSearchEdge:
    """A hit in its place in the list."""

    cursor: str = about("This place, for `after` and `before`. Opaque, and good only for the same search.")
    score: float = about("How well it fits, 0 to 1.")

    @field
    @staticmethod
    def node(found: strawberry.Parent[domain.FoundImage]) -> Image:
        """The image."""
        return shown(found.image)

    @field
    @staticmethod
    def highlights(found: strawberry.Parent[domain.FoundImage]) -> list[ImageHighlight]:
        """What matched, field by field."""
        return [ImageHighlight(field=camel(name), html=html) for name, html in found.highlights.items()]


@publishes(domain.SearchResult)
class ImageSearchConnection:
    """A page of hits."""

    @field
    @staticmethod
    def edges(result: strawberry.Parent[domain.SearchResult]) -> list[ImageSearchEdge]:
        """The hits with their cursors."""
        return shown(result.items)

    @field
    @staticmethod
    def nodes(result: strawberry.Parent[domain.SearchResult]) -> list[Image]:
        """The images alone."""
        return shown([found.image for found in result.items])

    @field
    @staticmethod
    def page_info(result: strawberry.Parent[domain.SearchResult]) -> PageInfo:
        """Where this page lies in the list."""
        cursors = [found.cursor for found in result.items]
        return page_info(cursors, has_next=result.has_next, has_previous=result.has_previous)

    @field
    @staticmethod
    def total_count(result: strawberry.Parent[domain.SearchResult]) -> Long:
        """How many hits there are; the first thousand can be paged through."""
        return Long(result.total)

    @field
    @staticmethod
    def facets(result: strawberry.Parent[domain.SearchResult]) -> list[ImageFacet]:
        """How all hits are spread, for each facet that was asked for."""
        return [
            ImageFacet(field=facet, values=shown([_spoken(facet, count) for count in counts]))
            for facet, counts in result.facets.items()
        ]


def _spoken(facet: facet_domain.SearchFacet, count: facet_domain.FacetCount) -> facet_domain.FacetCount:
    if facet is not facet_domain.SearchFacet.OWNER:
        return count
    return facet_domain.FacetCount(global_id(USER, uuid.UUID(hex=count.value)), count.count)

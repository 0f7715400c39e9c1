"""How the hits are spread over the values of a field."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class SearchFacet(enum.Enum):
    """What hits can be counted by."""

    TAGS = "tags"
    FORMAT = "format"
    CAMERA = "camera"
    YEAR = "year"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many hits have a value: a tag, a format, a camera, the year it was taken, an owner's id in hex."""

    value: str
    count: int


def spread(
    asked: Sequence[SearchFacet], counted: Mapping[str, Mapping[str, int]]
) -> Mapping[SearchFacet, Sequence[FacetCount]]:
    """Return the counts of the facets that were asked for, most first."""
    return {
        facet: [FacetCount(value, count) for value, count in counted.get(facet.value, {}).items()] for facet in asked
    }

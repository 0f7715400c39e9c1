"""Images that are like another one."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from imaging.graphql.publishes import about, enumerates, publishes
from imaging.images import duplicates as domain

if TYPE_CHECKING:
    from imaging.graphql.types.image import Image

enumerates(
    domain.SimilarityKind,
    "In what way two images are alike, the strictest that holds.",
    BYTES="Their files are the same, byte by byte. Only another owner's image can be so: yours would be one image.",
    PIXELS="Their pixels are the same; file format, compression or metadata differ.",
    NEAR="They look nearly alike: encoded again, resized, slightly cropped, brighter or darker.",
)


@publishes(domain.Duplicate)
class SimilarImage:
    """An image that is like the one you asked about."""

    image: Annotated["Image", strawberry.lazy("imaging.graphql.types.image")] = about("The image.")
    kind: domain.SimilarityKind = about("In what way they are alike.")
    similarity: float = about("How alike they look, 0 to 1; 1 for the same.")
    distance: int = about("In how many of 64 bits their perceptual hashes differ; 0 for the same.")

"""What to show until the picture is there."""

import strawberry

from imaging.graphql.publishes import about, field, publishes
from imaging.graphql.scalars import Color
from imaging.images.picture import Picture


@publishes(Picture)
class Placeholder:
    """What to show until the picture is there; all of it is in the answer, nothing is fetched."""

    thumbhash: str = about("ThumbHash of the picture, base64, some 28 characters.")
    dominant_color: Color = about("The colour that covers most, `#rrggbb`.")
    palette: list[Color] = about("The main colours, `#rrggbb`, heaviest first.")

    @field
    @staticmethod
    def data_uri(picture: strawberry.Parent[Picture]) -> str:
        """A tiny blurred picture as a `data:` URI, ready for `src` or `background-image`."""
        return picture.placeholder_uri

"""What is laid over a picture to say whose it is."""

import uuid

import strawberry

from imaging.errors import InvalidTransform
from imaging.graphql.enums import Gravity
from imaging.graphql.ids import IMAGE, row_id
from imaging.graphql.publishes import form
from imaging.graphql.scalars import Color
from imaging.render.watermark import Watermark


@form("WatermarkInput")
class WatermarkForm:
    """An image or a text that is laid over the finished picture: give `image` or `text`, not both.

    An image must be one that you may see, and a PUBLIC one when the picture is PUBLIC. When it goes, or is no longer
    PUBLIC, what was rendered with it stays; what was not yet rendered is not found any more.
    """

    image: strawberry.ID | None = strawberry.field(default=None, description="Id of the image to lay over the picture.")
    text: str | None = strawberry.field(
        default=None,
        description="Text to write over the picture, 1 to 100 characters; it may have several lines. Latin, Greek, "
        "Cyrillic, Hebrew, Arabic, Thai, Georgian and Devanagari can be shown.",
    )
    color: Color | None = strawberry.field(default=None, description="Colour of the text. Default `#ffffff`.")
    position: Gravity | None = strawberry.field(
        default=None, description="Where it lies: CENTER, a side or a corner. Default SOUTH_EAST."
    )
    scale: float | None = strawberry.field(
        default=None,
        description="Its width as a part of the picture's width, 0.01 to 1; never taller than the picture, and a text "
        "no smaller than can be read. Default 0.25.",
    )
    opacity: float | None = strawberry.field(
        default=None, description="How opaque it is, 0.01 (hardly seen) to 1 (covers). Default 1."
    )
    margin: int | None = strawberry.field(
        default=None,
        description="Pixels between it and the edge, and between tiles, 0 to 8192, times `dpr`. Default 0.",
    )
    tile: bool | None = strawberry.field(
        default=None, description="Repeat it over the whole picture, beginning at `position`. Default false."
    )

    def watermark(self) -> Watermark:
        """Return what is laid over; an image still has to be looked up.

        Raises:
            InvalidTransform: a value is out of range, or `image` is no id of an image.
        """
        given = {name: value for name, value in vars(self).items() if value is not None and name != "image"}
        return Watermark(image_id=self._image_id(), **given)

    def _image_id(self) -> uuid.UUID | None:
        if self.image is None:
            return None
        id = row_id(IMAGE, self.image)
        if id is None:
            raise InvalidTransform("watermark.image must be the id of an image", field=["watermark", "image"])
        return id

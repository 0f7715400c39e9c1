"""Which part of a picture is wanted: cut out by numbers, or freed from edges of one colour."""

import strawberry

from imaging.graphql.publishes import form
from imaging.graphql.scalars import Color
from imaging.render.crop import Crop
from imaging.render.trim import Trim


@form("PixelBoxInput")
class PixelBoxForm:
    """A rectangle in pixels of the upright original, counted from its top left corner. It must lie inside."""

    left: int = strawberry.field(description="Pixels to the left of it, 0 or more.")
    top: int = strawberry.field(description="Pixels above it, 0 or more.")
    width: int = strawberry.field(description="Its width in pixels, 1 or more.")
    height: int = strawberry.field(description="Its height in pixels, 1 or more.")


@form("RatioBoxInput")
class RatioBoxForm:
    """A rectangle in parts of the upright original, 0 to 1, in steps of 1/10000. It must lie inside."""

    left: float = strawberry.field(description="What lies to the left of it, as a part of the width, 0 to 1.")
    top: float = strawberry.field(description="What lies above it, as a part of the height, 0 to 1.")
    width: float = strawberry.field(description="Its width as a part of the original's, above 0, at most 1.")
    height: float = strawberry.field(description="Its height as a part of the original's, above 0, at most 1.")


@form("CropInput", one_of=True)
class CropForm:
    """What is cut out of the upright original before anything else happens to it: exactly one of these."""

    pixels: PixelBoxForm | None = strawberry.field(default=None, description="In pixels of the original.")
    ratio: RatioBoxForm | None = strawberry.field(
        default=None, description="In parts of the original, whatever its size."
    )

    def crop(self) -> Crop | None:
        """Return the rectangle.

        Raises:
            InvalidTransform: it is empty, or begins or ends outside.
        """
        if self.pixels is not None:
            return Crop(**vars(self.pixels))
        return None if self.ratio is None else Crop.of_ratios(**vars(self.ratio))


@form("TrimInput")
class TrimForm:
    """Edges of one colour that are cut away, such as the white around a scan. `{}` takes the defaults."""

    threshold: int | None = strawberry.field(
        default=None, description="How far a pixel may differ in any channel and still be edge, 0 to 255. Default 10."
    )
    color: Color | None = strawberry.field(
        default=None, description="Colour of the edges, opaque. Default: that of the top left pixel."
    )

    def trim(self) -> Trim:
        """Return what is to be cut away.

        Raises:
            InvalidTransform: a value is out of range.
        """
        given = {name: value for name, value in vars(self).items() if value is not None}
        return Trim(**given)

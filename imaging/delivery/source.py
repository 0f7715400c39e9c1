"""What planning needs to know of an image, taken from its row."""

from imaging.images.models import Image
from imaging.images.picture import Picture
from imaging.render.facts import Source


def source_of(image: Picture) -> Source:
    """Return the facts about the stored picture of an image, or of one of its versions."""
    return Source(
        format=image.format,
        width=image.width,
        height=image.height,
        orientation=image.orientation,
        pages=image.pages,
        animated=image.animated,
        has_alpha=image.has_alpha,
    )


def focal_point_of(image: Image) -> tuple[float, float] | None:
    """Return the point that its people chose to keep in sight, if they did."""
    if image.focal_x is None or image.focal_y is None:
        return None
    return image.focal_x, image.focal_y

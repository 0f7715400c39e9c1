"""What was asked for: a wish about a picture, frozen, that validates itself. No pyvips here."""

import enum
from dataclasses import dataclass


class Fit(enum.Enum):
    """How the picture meets the box of width and height."""

    COVER = "cover"
    CONTAIN = "contain"
    INSIDE = "inside"
    OUTSIDE = "outside"
    STRETCH = "stretch"
    PAD = "pad"


class Gravity(enum.Enum):
    """What stays in sight when COVER crops, and where the picture sits when CONTAIN or PAD fills."""

    CENTER = "center"
    NORTH = "north"
    NORTH_EAST = "north_east"
    EAST = "east"
    SOUTH_EAST = "south_east"
    SOUTH = "south"
    SOUTH_WEST = "south_west"
    WEST = "west"
    NORTH_WEST = "north_west"
    ATTENTION = "attention"
    ENTROPY = "entropy"
    FOCAL_POINT = "focal_point"


class OutputFormat(enum.Enum):
    """A format we write; AUTO is negotiated with each browser."""

    AUTO = "auto"
    AVIF = "avif"
    WEBP = "webp"
    JPEG = "jpg"
    PNG = "png"
    GIF = "gif"


class MetadataPolicy(enum.Enum):
    """What a rendition carries of the source's metadata; GPS never."""

    COPYRIGHT = "copyright"
    NONE = "none"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Transform:
    """A wish: lengths in pixels, `background` as `#rrggbb` or `#rrggbbaa`, `rotate` clockwise degrees.

    `focal_point` is (x, y), each 0..1 from the top left corner, of the upright source.

    Raises:
        InvalidTransform: a value is out of range; the message says what is allowed.
    """

    width: int | None = None
    height: int | None = None
    dpr: float = 1.0
    fit: Fit | None = None
    gravity: Gravity | None = None
    focal_point: tuple[float, float] | None = None
    allow_upscale: bool = False
    rotate: int = 0
    flip: bool = False
    flop: bool = False
    background: str | None = None
    format: OutputFormat = OutputFormat.AUTO
    quality: int | None = None
    metadata: MetadataPolicy = MetadataPolicy.COPYRIGHT

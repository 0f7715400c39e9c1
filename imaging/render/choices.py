"""The words a wish about a picture is made of. `transform` passes them on."""

import enum


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
    JPEG_XL = "jxl"


class MetadataPolicy(enum.Enum):
    """What a rendition carries of the source's metadata; GPS never."""

    COPYRIGHT = "copyright"
    NONE = "none"
    KEEP = "keep"


class OutputColorSpace(enum.Enum):
    """In which colours a rendition is written: everybody's, or the source's own where it has a profile."""

    SRGB = "srgb"
    KEEP = "keep"

"""The domain's enums as clients see them: described here, and imported from here by the faces.

Strawberry would publish an enum that was not described before its first use as it is, without a word.
"""

import enum

from imaging.accounts.viewer import Role
from imaging.graphql.publishes import enumerates
from imaging.images.models import ImageState, Visibility
from imaging.render.facts import ImageFormat
from imaging.render.transform import Fit, Gravity, MetadataPolicy, OutputColorSpace, OutputFormat

__all__ = [
    "Fit",
    "Gravity",
    "ImageFormat",
    "ImageState",
    "MetadataPolicy",
    "OutputColorSpace",
    "OutputFormat",
    "Role",
    "SortDirection",
    "Visibility",
]


class SortDirection(enum.Enum):
    """Which end of a list comes first."""

    ASC = "ASC"
    DESC = "DESC"


enumerates(
    SortDirection,
    "Which end of a list comes first.",
    ASC="Smallest, oldest or first in the alphabet first.",
    DESC="Largest, newest or last in the alphabet first.",
)
enumerates(
    Role,
    "What somebody may do. Everybody sees what is PUBLIC and what is their own.",
    VIEWER="Looks, and changes nothing.",
    EDITOR="Uploads, and rules what it owns.",
    ADMIN="Sees and rules everything.",
)
enumerates(
    ImageState,
    "Where an image stands in its life.",
    PROCESSING="Work on it is outstanding; its URLs already work.",
    READY="All is done.",
    FAILED="Its stored original became unreadable; `failure` says why.",
    QUARANTINED="Held back; nobody but its owner and admins sees it.",
    TRASHED="In the trash: seen by owner and admins only, until it is restored or deleted.",
)
enumerates(
    Visibility,
    "Who may see an image.",
    PRIVATE="Its owner and admins. Its URLs are signed and expire.",
    PUBLIC="Everybody. Its URLs never expire.",
)
enumerates(
    ImageFormat,
    "A format that is taken in, told from the bytes and never from the file's name.",
    JPEG="JPEG, `image/jpeg`.",
    PNG="PNG, `image/png`.",
    WEBP="WebP, still or animated, `image/webp`.",
    AVIF="AVIF, `image/avif`.",
    GIF="GIF, still or animated, `image/gif`.",
    TIFF="TIFF, one page or several, `image/tiff`.",
    HEIC="HEIC, what iPhones take, `image/heic`.",
    SVG="SVG, sanitised and drawn to pixels for delivery, `image/svg+xml`.",
)
enumerates(
    OutputFormat,
    "A format that is delivered.",
    AUTO="The best that each browser's Accept header names: AVIF, then WebP, then JPEG, PNG or GIF.",
    AVIF="AVIF: smallest, slowest to make.",
    WEBP="WebP: small, known to every current browser.",
    JPEG="JPEG: transparency is laid on the background colour.",
    PNG="PNG: lossless, for drawings and transparency.",
    GIF="GIF: for animations where nothing newer is understood.",
    JPEG_XL="JPEG XL: FORMAT_UNAVAILABLE unless `server.formatsOut` lists it; few browsers show it.",
)
enumerates(
    Fit,
    "How the picture meets the box of `width` and `height`.",
    COVER="Fills the box and crops what hangs over. The default when both sides are given.",
    CONTAIN="Fits inside, enlarged if need be; the rest of the exact box is background.",
    INSIDE="As large as fits into the box; no side is longer than asked.",
    OUTSIDE="As small as covers the box; no side is shorter than asked.",
    STRETCH="Exactly the box; the ratio of the sides is not kept.",
    PAD="Like CONTAIN, but the picture is never enlarged.",
)
enumerates(
    Gravity,
    "What stays in sight when COVER crops, and where the picture sits when CONTAIN or PAD fills.",
    CENTER="The middle. The default when the image has no focal point.",
    NORTH="The middle of the top edge.",
    NORTH_EAST="The top right corner.",
    EAST="The middle of the right edge.",
    SOUTH_EAST="The bottom right corner.",
    SOUTH="The middle of the bottom edge.",
    SOUTH_WEST="The bottom left corner.",
    WEST="The middle of the left edge.",
    NORTH_WEST="The top left corner.",
    ATTENTION="What catches the eye: skin, saturated colours, contrast.",
    ENTROPY="Where most is going on.",
    FOCAL_POINT="The image's focal point, or the transform's. The default when there is one.",
)
enumerates(
    OutputColorSpace,
    "In which colours a delivered picture is written.",
    SRGB="sRGB, what every screen and browser shows. The default.",
    KEEP="The original's own RGB profile, such as Display P3; sRGB where it has none. CMYK always becomes sRGB.",
)
enumerates(
    MetadataPolicy,
    "What a delivered picture carries of its source's metadata. Coordinates never leave the house.",
    COPYRIGHT="Copyright and creator. The default.",
    NONE="Nothing.",
    KEEP="Everything but coordinates; names of places in captions stay.",
)

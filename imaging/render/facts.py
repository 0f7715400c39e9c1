"""What is known about a picture once it has been read: formats, sizes, what its maker wrote."""

import enum
from dataclasses import dataclass, field
from typing import Any


class ImageFormat(enum.Enum):
    """A format we read."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    AVIF = "AVIF"
    GIF = "GIF"
    TIFF = "TIFF"
    HEIC = "HEIC"
    SVG = "SVG"


CONTENT_TYPES = {
    ImageFormat.JPEG: "image/jpeg",
    ImageFormat.PNG: "image/png",
    ImageFormat.WEBP: "image/webp",
    ImageFormat.AVIF: "image/avif",
    ImageFormat.GIF: "image/gif",
    ImageFormat.TIFF: "image/tiff",
    ImageFormat.HEIC: "image/heic",
    ImageFormat.SVG: "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one source may cost: bytes, pixels of a page, frames, pixels over all frames."""

    max_bytes: int = 200 * 1024 * 1024
    max_pixels: int = 400_000_000
    max_frames: int = 1_000
    max_total_pixels: int = 400_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """The facts about a stored picture that planning a rendition needs.

    `width` and `height` are as seen, after EXIF orientation, of one page; `orientation` is the EXIF
    value 1 to 8 that is still to be applied when the stored bytes are decoded (1 for formats whose
    decoder applies it itself, such as HEIC). `has_alpha` says that something can be seen through; a
    channel that is opaque throughout does not count.
    """

    format: ImageFormat
    width: int
    height: int
    orientation: int = 1
    pages: int = 1
    animated: bool = False
    has_alpha: bool = False


@dataclass(frozen=True, slots=True)
class Metadata:
    """What camera and author wrote, in the units people use; None where they wrote nothing.

    `exposure_s` seconds, `focal_length_mm` millimetres, `latitude`/`longitude` degrees (WGS 84),
    `altitude_m` metres, `taken_at` ISO 8601 (UTC when the file tells an offset, else as the camera's clock
    had it, taken as UTC).
    """

    camera_make: str | None = None
    camera_model: str | None = None
    lens: str | None = None
    exposure_s: float | None = None
    aperture_f: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None
    taken_at: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    copyright: str | None = None
    creator: str | None = None
    caption: str | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that one reading of a picture tells.

    `thumbhash` is base64, `placeholder_uri` a PNG data URI, colours are `#rrggbb`, `palette` by
    falling weight; `pixel_hash` is a SHA-256 of the decoded upright pixels (hex), `perceptual_hash`
    64 bits as 16 hex digits. `exif` and `iptc` are name → text, `xmp` the packet as text.
    """

    source: Source
    pixel_hash: str
    perceptual_hash: str
    thumbhash: str
    placeholder_uri: str
    dominant_color: str
    palette: tuple[str, ...]
    metadata: Metadata = Metadata()
    exif: dict[str, Any] = field(default_factory=dict)
    iptc: dict[str, Any] = field(default_factory=dict)
    xmp: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a rendition turned out to be; its bytes lie in the file that was asked for.

    `encode_ms` is what encoding alone took, where that was measured: of AVIFs that AUTO may choose.
    """

    width: int
    height: int
    pages: int
    size_bytes: int
    encode_ms: float | None = None

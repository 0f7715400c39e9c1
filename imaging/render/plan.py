"""From a wish and the facts about a source to a plan: every size, box and choice, before a byte is read. No pyvips."""

import math
from dataclasses import dataclass, replace

from imaging.errors import OutputTooLarge
from imaging.render.choices import Gravity, MetadataPolicy, OutputFormat
from imaging.render.facts import ImageFormat, Source
from imaging.render.geometry import Box, Size, Turn
from imaging.render.layout import Layout, crop_box, lay_out, place_box
from imaging.render.negotiate import MEDIA_TYPES, choose_auto, choose_fallback
from imaging.render.transform import DEFAULT_QUALITY, Transform

__all__ = ["MEDIA_TYPES", "OutputLimits", "Plan", "choose_auto", "choose_fallback", "output_size", "plan"]

MOVING = frozenset({OutputFormat.WEBP, OutputFormat.GIF})
OPAQUE = 255
WHITE = (OPAQUE, OPAQUE, OPAQUE, OPAQUE)
CLEAR = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class OutputLimits:
    """What a rendition may be: its longest side, and pixels, over all frames where it moves.

    An AVIF takes more memory to encode than any other format (about 22 bytes a pixel) and more time: it has a
    limit of its own, and a lower one where nobody asked for AVIF by name.
    """

    max_side: int = 8_192
    max_webp_side: int = 16_383
    max_avif_pixels: int = 24_000_000
    auto_avif_pixels: int = 4_000_000
    animation_pixels: int = 24_000_000

    @property
    def avif_pixels(self) -> int:
        """What an AVIF may have: whoever raises the lower limit past the other means both."""
        return max(self.max_avif_pixels, self.auto_avif_pixels)

    def natural(self, seen: Size, format: OutputFormat) -> Size:
        """Return the size of a picture nobody asked a size of: its own, or the largest that is allowed."""
        size = seen.at_most(Size(self.max_side, self.max_side))
        if format is not OutputFormat.AVIF or size.pixels <= self.avif_pixels:
            return size
        width = max(1, math.isqrt(self.avif_pixels * size.width // size.height))
        return size.inside(Size(width, max(1, self.avif_pixels // width)))

    def side(self, format: OutputFormat) -> int:
        """Return the longest side that the format may have; AUTO must suit every format."""
        return self.max_webp_side if format is OutputFormat.WEBP else self.max_side


@dataclass(frozen=True, slots=True)
class Plan:
    """All that rendering does, in order: read, resize, turn, crop, lay on a canvas, write.

    `resized` is the size of one page before it is turned. `crop` cuts the turned picture; where `seek` is set,
    libvips seeks the place and only the size counts. `canvas` is the size laid around the picture, `place`
    where the picture lies on it. `background` is the RGBA the picture is laid upon, None where its transparency
    stays. A source is always read from top to bottom.
    """

    source: Source
    format: OutputFormat
    quality: int | None
    resized: Size
    turn: Turn
    crop: Box | None
    seek: Gravity | None
    canvas: Size | None
    place: Box | None
    background: tuple[int, int, int, int] | None
    metadata: MetadataPolicy
    pages: int
    width: int
    height: int

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """The RGBA of the canvas around the picture: clear where the picture itself is transparent."""
        return self.background or (CLEAR if self.source.has_alpha else WHITE)

    @property
    def random_access(self) -> bool:
        """True when the resized picture is held whole, because what follows does not read it from top to bottom."""
        return self.crop is not None or not self.turn.keeps_rows

    @property
    def shrink_on_load(self) -> int:
        """What a JPEG is divided by while it is decoded. Source: libvips, thumbnail.c; the rest is resized."""
        if self.source.format is not ImageFormat.JPEG:
            return 1
        stored = Turn.from_exif(self.source.orientation).size(Size(self.source.width, self.source.height))
        shrink = min(stored.width / self.resized.width, stored.height / self.resized.height)
        return next((factor for factor in (8, 4, 2) if shrink >= 2 * factor), 1)


def plan(transform: Transform, source: Source, *, format: OutputFormat, limits: OutputLimits | None = None) -> Plan:
    """Decide how the wish becomes a picture in `format`, which is never AUTO.

    Raises:
        OutputTooLarge: a side is longer than the format may have.
    """
    if format is OutputFormat.AUTO:
        raise ValueError("AUTO is negotiated before planning")
    limits = limits or OutputLimits()
    wish = replace(transform, format=format).folded()
    layout = _lay_out(wish, source, limits)
    turn = Turn.from_exif(source.orientation).then(wish.turn)
    crop = crop_box(wish, layout.picture, layout.cut) if layout.cut and layout.cut != layout.picture else None
    return Plan(
        source=source,
        format=format,
        quality=wish.quality or DEFAULT_QUALITY.get(format),
        resized=turn.size(layout.picture),
        turn=turn,
        crop=crop,
        seek=wish.gravity if crop and wish.gravity in (Gravity.ATTENTION, Gravity.ENTROPY) else None,
        canvas=layout.canvas,
        place=place_box(wish, layout.picture, layout.canvas) if layout.canvas else None,
        background=_background(wish),
        metadata=wish.metadata,
        pages=_pages(source, format, layout.result, limits),
        width=layout.result.width,
        height=layout.result.height,
    )


def output_size(transform: Transform, source: Source, limits: OutputLimits | None = None) -> Size:
    """Return the exact size that rendering the wish gives; a format left to negotiation must suit every format.

    Raises:
        OutputTooLarge: a side is longer than the format may have.
    """
    return _lay_out(transform.folded(), source, limits or OutputLimits()).result


def _lay_out(wish: Transform, source: Source, limits: OutputLimits) -> Layout:
    seen = _seen(wish, source)
    layout = lay_out(wish, seen, limits.natural(seen, wish.format))
    result, longest = layout.result, limits.side(wish.format)
    found = f"the picture would be {result.width}×{result.height} pixels"
    for name, side in (("width", result.width), ("height", result.height)):
        if side > longest:
            raise OutputTooLarge(f"{found}; a side may have {longest}", field=[name])
    if wish.format is OutputFormat.AVIF and result.pixels > limits.avif_pixels:
        raise OutputTooLarge(f"{found}; an AVIF may have {limits.avif_pixels} in all", field=["width"])
    return layout


def _seen(wish: Transform, source: Source) -> Size:
    return wish.turn.size(Size(source.width, source.height))


def _background(wish: Transform) -> tuple[int, int, int, int] | None:
    if wish.background is None:
        return WHITE if wish.format is OutputFormat.JPEG else None
    red, green, blue, *rest = bytes.fromhex(wish.background[1:])
    alpha = rest[0] if rest else OPAQUE
    if wish.format is not OutputFormat.JPEG:
        return red, green, blue, alpha
    red, green, blue = ((tone * alpha + OPAQUE * (OPAQUE - alpha) + 127) // OPAQUE for tone in (red, green, blue))
    return red, green, blue, OPAQUE


def _pages(source: Source, format: OutputFormat, result: Size, limits: OutputLimits) -> int:
    moves = source.animated and format in MOVING and source.pages * result.pixels <= limits.animation_pixels
    return source.pages if moves else 1

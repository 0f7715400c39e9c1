"""From a wish and the facts about a source to a plan: every size, box and choice, before a byte is read.

No pyvips here.
"""

from dataclasses import dataclass, replace
from functools import partial

from imaging.errors import InvalidTransform
from imaging.render.choices import Gravity, MetadataPolicy, OutputColorSpace, OutputFormat
from imaging.render.facts import ImageFormat, Source
from imaging.render.fold import MOVING
from imaging.render.geometry import Box, Size, Turn
from imaging.render.layout import Layout, crop_box, lay_out, place_box
from imaging.render.limits import OutputLimits
from imaging.render.negotiate import MEDIA_TYPES, choose_fallback, moves
from imaging.render.region import focus_within, part_of, region_of, region_of_page
from imaging.render.transform import DEFAULT_QUALITY, Transform
from imaging.render.watermark import Overlay

__all__ = [
    "MEDIA_TYPES",
    "OutputLimits",
    "Plan",
    "choose_fallback",
    "output_size",
    "plan",
    "repaged",
    "replanned",
]

OPAQUE = 255
WHITE = (OPAQUE, OPAQUE, OPAQUE, OPAQUE)
CLEAR = (0, 0, 0, 0)
TRANSPARENT = frozenset(
    {OutputFormat.AVIF, OutputFormat.WEBP, OutputFormat.PNG, OutputFormat.GIF, OutputFormat.JPEG_XL}
)
"""Formats that can be seen through."""

LEFT_TO_RESIZE = 1.95
"""How many times larger than its final size a JPEG is at least decoded, so that the resizing still smooths it.

Sharp and imgproxy leave 1, which shows; libvips leaves 2, and so decodes four times too much for the sizes that people
ask for most: 512 of 2040, or 1024 of 4000, since cameras count in tens and pages in twos. Measured against decoding in
full: photographs differ by 52 dB, as with 2; letters by 45, as against 52 with 2 and 30 with 1.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that rendering does: what is read, the sizes and boxes of each step, how it is written.

    `wish` is the folded wish; steps read from it what needs no arithmetic. `region` is the part of the upright
    source that is used, None for all of it. `resized` is the size of the region of one page before it is turned.
    `crop` cuts the turned picture; where `seek` is set, libvips seeks the place and only the size counts. `canvas` is
    the size laid around the picture, `place` where the picture lies on it. `background` is the RGBA the picture is
    laid upon, None where its transparency stays. `page` is the first page read, counted from 0, `pages` how many are
    written. `width` and `height` are those of what is written; while `trims`, the edges are still to be found and
    these are what it would be without. `overlay` is where the watermark's image lies; who renders fills it in.
    """

    source: Source
    wish: Transform
    limits: OutputLimits
    format: OutputFormat
    quality: int | None
    region: Box | None
    trims: bool
    resized: Size
    turn: Turn
    crop: Box | None
    seek: Gravity | None
    canvas: Size | None
    place: Box | None
    background: tuple[int, int, int, int] | None
    page: int
    pages: int
    width: int
    height: int
    overlay: Overlay | None = None

    @property
    def metadata(self) -> MetadataPolicy:
        """What the rendition carries of the source's metadata."""
        return self.wish.metadata

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """The RGBA of the canvas around the picture: clear where the picture itself is transparent."""
        return self.background or (CLEAR if self.source.has_alpha else WHITE)

    @property
    def corner_radius(self) -> int:
        """The radius in pixels that the corners can have: at most half of the shorter side."""
        return min(self.wish.corner_radius, min(self.width, self.height) // 2)

    @property
    def turns(self) -> bool:
        """True when the picture as it is stored is not turned as it shall be."""
        return self.turn != Turn()

    @property
    def adjusts(self) -> bool:
        """True when colours change by brightness, contrast, saturation, hue or the want of them."""
        wish = self.wish
        return (wish.brightness, wish.contrast, wish.saturation, wish.hue, wish.grayscale) != (1, 1, 1, 0, False)

    @property
    def lays_background(self) -> bool:
        """True when a see-through picture is laid upon a colour."""
        return self.background is not None and self.source.has_alpha

    @property
    def random_access(self) -> bool:
        """True when the resized picture is held whole, because what follows does not read it from top to bottom."""
        return self.crop is not None or not self.turn.keeps_rows

    @property
    def decodes_all(self) -> bool:
        """True when every stored pixel counts: edges to be trimmed are exact, and codecs do not shrink light."""
        return self.wish.trim is not None or self.wish.linear_light

    @property
    def keeps_colours(self) -> bool:
        """True when the picture is written in the colours of its own profile, if that is one of RGB."""
        # A GIF cannot say which colours it means.
        return self.wish.color_space is OutputColorSpace.KEEP and self.format is not OutputFormat.GIF

    @property
    def stored_size(self) -> Size:
        """The size of a page as it is stored, before the camera's orientation is undone."""
        return Turn.from_exif(self.source.orientation).inverse.size(Size(self.source.width, self.source.height))

    @property
    def stored_region(self) -> Box | None:
        """The region where it lies in the picture as it is stored, before the camera's orientation is undone."""
        if self.region is None:
            return None
        upright = Turn.from_exif(self.source.orientation)
        return upright.inverse.box(self.region, Size(self.source.width, self.source.height))

    @property
    def shrink_on_load(self) -> int:
        """What a JPEG is divided by while it is decoded; see `LEFT_TO_RESIZE`."""
        if self.source.format is not ImageFormat.JPEG or self.decodes_all:
            return 1
        stored = self.stored_region.size if self.stored_region else self.stored_size
        shrink = min(stored.width / self.resized.width, stored.height / self.resized.height)
        return next((factor for factor in (8, 4, 2) if shrink >= LEFT_TO_RESIZE * factor), 1)


def plan(transform: Transform, source: Source, *, format: OutputFormat, limits: OutputLimits | None = None) -> Plan:
    """Decide how the wish becomes a picture in `format`, which is never AUTO.

    Raises:
        InvalidTransform: this source has no such page, or the crop lies outside of it.
        FormatUnavailable: the format cannot be written here.
        OutputTooLarge: a side is longer than the format may have.
    """
    if format is OutputFormat.AUTO:
        raise ValueError("AUTO is negotiated before planning")
    wish = replace(transform, format=format).folded()
    return _planned(wish, source, limits or OutputLimits(), region_of(wish, source), trims=wish.trim is not None)


def replanned(plan: Plan, source: Source, region: Box | None) -> Plan:
    """Return the plan for what was found on opening: the region of the source that is inside its trimmed edges.

    Raises:
        OutputTooLarge: a side is longer than the format may have.
    """
    found = _planned(plan.wish, source, plan.limits, part_of(region, source), trims=False)
    # What was found on one frame is not true of the others.
    return replace(found, pages=min(plan.pages, found.pages), overlay=plan.overlay)


def repaged(plan: Plan, source: Source) -> Plan:
    """Return the plan for the page that was found on opening, which need not be as the first page is.

    Raises:
        InvalidTransform: the crop lies outside of the page.
        OutputTooLarge: a side is longer than the format may have.
    """
    found = _planned(plan.wish, source, plan.limits, region_of_page(plan.wish, source), trims=plan.trims)
    return replace(found, overlay=plan.overlay)


def output_size(transform: Transform, source: Source, limits: OutputLimits | None = None) -> Size:
    """Return the exact size that rendering the wish gives; a format left to negotiation must suit every format.

    With `trim`, it is the size that the picture would have if there were nothing to trim.

    Raises:
        InvalidTransform: this source has no such page, or the crop lies outside of it.
        FormatUnavailable: the format cannot be written here.
        OutputTooLarge: a side is longer than the format may have.
    """
    wish, limits = transform.folded(), limits or OutputLimits()
    _check_page(wish, source)
    return _lay_out(wish, source, limits, region_of(wish, source))[1]


def _planned(wish: Transform, source: Source, limits: OutputLimits, region: Box | None, *, trims: bool) -> Plan:
    _check_page(wish, source)
    layout, result = _lay_out(wish, source, limits, region)
    turn = Turn.from_exif(source.orientation).then(wish.turn)
    crop = None
    if layout.cut and layout.cut != layout.picture:
        crop = crop_box(wish, layout.picture, layout.cut, focus_within(wish, source, region))
    canvas, place = _canvas(wish, layout, result)
    return Plan(
        source=source,
        wish=wish,
        limits=limits,
        format=wish.format,
        quality=wish.quality or (None if wish.lossless else DEFAULT_QUALITY.get(wish.format)),
        region=region,
        trims=trims,
        resized=turn.size(layout.picture),
        turn=turn,
        crop=crop,
        seek=wish.gravity if crop and wish.gravity in (Gravity.ATTENTION, Gravity.ENTROPY) else None,
        canvas=canvas,
        place=place,
        background=_background(wish),
        page=(wish.page or 1) - 1,
        pages=_pages(wish, source, result, limits),
        width=result.width,
        height=result.height,
    )


def _lay_out(wish: Transform, source: Source, limits: OutputLimits, region: Box | None) -> tuple[Layout, Size]:
    """Return the layout, and the size of the result with its padding."""
    used = region.size if region else Size(source.width, source.height)
    seen = wish.turn.size(used)
    # A padding nobody has left room for is no reason to refuse a picture nobody has asked a size of.
    room = replace(limits, max_side=max(1, limits.max_side - 2 * wish.padding))
    layout = lay_out(wish, seen, partial(room.natural, format=wish.format))
    result = Size(layout.result.width + 2 * wish.padding, layout.result.height + 2 * wish.padding)
    limits.check(result, wish.format, lossless=wish.lossless)
    return layout, result


def _check_page(wish: Transform, source: Source) -> None:
    if wish.page is not None and wish.page > source.pages:
        there = "there is 1 page" if source.pages == 1 else f"there are {source.pages} pages"
        raise InvalidTransform(f"page is {wish.page}; {there}", field=["page"])


def _canvas(wish: Transform, layout: Layout, result: Size) -> tuple[Size | None, Box | None]:
    """Return the canvas, with the padding around it, and where the picture lies on it."""
    if layout.canvas is None and not wish.padding:
        return None, None
    place = place_box(wish, layout.picture, layout.canvas) if layout.canvas else Box(0, 0, *_sides(layout.result))
    return result, place.shifted(wish.padding, wish.padding)


def _sides(size: Size) -> tuple[int, int]:
    return size.width, size.height


def _background(wish: Transform) -> tuple[int, int, int, int] | None:
    if wish.background is None:
        return None if wish.format in TRANSPARENT else WHITE
    red, green, blue, *rest = bytes.fromhex(wish.background[1:])
    alpha = rest[0] if rest else OPAQUE
    if wish.format in TRANSPARENT:
        return red, green, blue, alpha
    red, green, blue = ((tone * alpha + OPAQUE * (OPAQUE - alpha) + 127) // OPAQUE for tone in (red, green, blue))
    return red, green, blue, OPAQUE


def _pages(wish: Transform, source: Source, result: Size, limits: OutputLimits) -> int:
    affordable = source.pages * result.pixels <= limits.animation_pixels
    return source.pages if moves(wish, source) and wish.format in MOVING and affordable else 1

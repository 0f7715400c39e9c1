"""Addresses of an image's pictures: pure functions of its row. No SQL, no storage, no pixel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from imaging.accounts.viewer import Viewer
from imaging.delivery.address import OriginalAddress, RenditionAddress
from imaging.delivery.recipe import RECIPE
from imaging.delivery.responsive import Picture, PictureSource, Srcset, SrcsetItem, picture_html
from imaging.delivery.source import focal_point_of, source_of
from imaging.errors import InvalidInput, OutputTooLarge
from imaging.images.models import Image
from imaging.ports import CdnSigner, UrlSigner
from imaging.render.geometry import Size, scaled
from imaging.render.negotiate import shows_through
from imaging.render.plan import MEDIA_TYPES, OutputLimits, choose_fallback, output_size
from imaging.render.transform import OutputFormat, Transform

MAX_TTL_S = 7 * 24 * 3600
MAX_ITEMS = 32
MAX_SIZES_LENGTH = 500
DEFAULT_WIDTHS = (320, 640, 960, 1280, 1920, 2560)

# A private address lives at least this part of what was asked, so that it repeats and can be cached meanwhile.
_WINDOWS_PER_LIFE = 4


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to find an image's pictures; `clock` gives seconds since the epoch.

    `public_url` is the server as browsers reach it, `ttl_s` the life of a private address. `cdn_url` is the CDN in
    front of it, if there is one; private renditions are there only if `cdn_signer` can sign their addresses for it.
    """

    public_url: str
    signer: UrlSigner
    clock: Callable[[], float]
    ttl_s: int = 3600
    recipe: int = RECIPE
    widths: tuple[int, ...] = DEFAULT_WIDTHS
    limits: OutputLimits = field(default_factory=OutputLimits)
    cdn_url: str | None = None
    cdn_signer: CdnSigner | None = None

    def url(self, image: Image, transform: Transform | None = None, *, expires_in_s: int | None = None) -> str:
        """Return the address of one rendition; it names the focal point, so that it stays what it is.

        Private ones expire after at most `expires_in_s`, and after no less than three quarters of it.

        Raises:
            InvalidTransform: no picture can be made from the wish.
            InvalidInput: `expires_in_s` is out of range.
        """
        transform = transform or Transform()
        self.size(image, transform)
        return self._rendition(image, transform, expires_in_s)

    def address(self, image: Image, transform: Transform) -> RenditionAddress:
        """Return what `url` signs.

        Raises:
            TransformTooLong: the canonical wish has more bytes than an address may hold.
        """
        wish = transform.focused(focal_point_of(image))
        alternative = choose_fallback(wish, source_of(image)) if wish.format is OutputFormat.AUTO else None
        return RenditionAddress.of(image, wish, recipe=self.recipe, alternative=alternative)

    def size(self, image: Image, transform: Transform | None = None) -> Size:
        """Return the size of the bytes behind `url`.

        Raises:
            OutputTooLarge: a side would be longer than allowed.
        """
        return output_size(transform or Transform(), source_of(image), self.limits)

    def srcset(
        self,
        image: Image,
        transform: Transform | None = None,
        *,
        widths: Sequence[int] | None = None,
        densities: Sequence[float] | None = None,
        sizes: str | None = None,
    ) -> Srcset:
        """Return the picture at several widths (w descriptors), or at several densities (x descriptors).

        With widths, the sides of the transform only give the ratio. Widths that give the same picture, as
        those beyond the source do when it is not enlarged, are one. With densities, 1 is always among them.

        Raises:
            InvalidTransform: no picture can be made from the wish.
            InvalidInput: both widths and densities, too many of them, or one out of range.
        """
        transform = transform or Transform()
        _check_sizes(sizes)
        if densities is not None:
            if widths is not None:
                raise InvalidInput("Give widths or densities, not both.", field=["densities"])
            return self._by_density(image, transform, densities, sizes)
        return self._by_width(image, transform, widths, sizes)

    def picture(
        self,
        image: Image,
        transform: Transform | None = None,
        *,
        widths: Sequence[int] | None = None,
        sizes: str | None = None,
        formats: Sequence[OutputFormat] | None = None,
    ) -> Picture:
        """Return the picture in several formats, best first, a fallback that everybody shows, and the HTML.

        Raises:
            InvalidTransform: no picture can be made from the wish.
            InvalidInput: widths, sizes or formats are out of range.
        """
        transform = transform or Transform()
        fallback_format = choose_fallback(transform, source_of(image))
        if transform.format is not OutputFormat.AUTO:
            fallback_format = transform.format
        sources = []
        for output in self._source_formats(image, formats, fallback_format):
            try:
                srcset = self.srcset(image, replace(transform, format=output), widths=widths, sizes=sizes)
            except OutputTooLarge:
                if formats is None:
                    continue
                raise
            sources.append(PictureSource(MEDIA_TYPES[output], srcset.srcset, srcset.sizes))
        fallback = self.srcset(image, replace(transform, format=fallback_format), widths=widths, sizes=sizes)
        html = picture_html(sources, fallback, alt_text=image.alt_text or "", background=_background(image, transform))
        return Picture(tuple(sources), fallback, html)

    def original_url(self, viewer: Viewer, image: Image, *, expires_in_s: int | None = None) -> str | None:
        """Return the address of the original bytes, for its owner and for admins; None for everybody else.

        Raises:
            InvalidInput: `expires_in_s` is out of range.
        """
        expires_s = self._expiry(expires_in_s)
        return self._signed(OriginalAddress.of(image).path, expires_s) if viewer.rules(image.owner_id) else None

    def _by_width(self, image: Image, transform: Transform, widths: Sequence[int] | None, sizes: str | None) -> Srcset:
        _check_steps("widths", self.widths if widths is None else widths)
        items: dict[int, SrcsetItem] = {}
        for width in sorted(set(self.widths if widths is None else widths)):
            wish = _at_width(transform, width)
            try:
                size = self.size(image, wish)
            except OutputTooLarge:
                if widths is None and items:
                    break
                raise
            if size.width not in items:
                items[size.width] = self._item(image, wish, size, f"{size.width}w")
        ordered = [items[width] for width in sorted(items)]
        return Srcset.of(ordered, ordered[-1], sizes)

    def _by_density(self, image: Image, transform: Transform, densities: Sequence[float], sizes: str | None) -> Srcset:
        _check_steps("densities", densities)
        base = self.size(image, transform)
        items: dict[Size, SrcsetItem] = {}
        for density in sorted({1.0, *densities}):
            wish = replace(transform, dpr=transform.dpr * density)
            size = self.size(image, wish)
            if size not in items:
                items[size] = self._item(image, wish, size, f"{_true_density(size, base, density):g}x")
        ordered = list(items.values())
        return Srcset.of(ordered, ordered[0], sizes)

    def _rendition(self, image: Image, transform: Transform, expires_in_s: int | None = None) -> str:
        address = self.address(image, transform)
        if address.public:
            return self._signed(address.path, None, at=self.cdn_url)
        expires_s = self._expiry(expires_in_s)
        if self.cdn_signer is None:
            return self._signed(address.path, expires_s)
        return self.cdn_signer.sign(self._signed(address.path, expires_s, at=self.cdn_url), expires_s)

    def _item(self, image: Image, wish: Transform, size: Size, descriptor: str) -> SrcsetItem:
        return SrcsetItem(self._rendition(image, wish), size.width, size.height, descriptor)

    def _source_formats(
        self, image: Image, formats: Sequence[OutputFormat] | None, fallback: OutputFormat
    ) -> list[OutputFormat]:
        if formats is None:
            still = (OutputFormat.AVIF, OutputFormat.WEBP)
            formats = (OutputFormat.WEBP,) if image.animated else still
            formats = tuple(output for output in formats if output in self.limits.formats)
        if OutputFormat.AUTO in formats:
            raise InvalidInput("AUTO is no format of a picture's sources; leave formats out.", field=["formats"])
        return [output for output in dict.fromkeys(formats) if output is not fallback]

    def _expiry(self, expires_in_s: int | None) -> int:
        life_s = self.ttl_s if expires_in_s is None else expires_in_s
        if not 1 <= life_s <= MAX_TTL_S:
            message = f"An address may live from 1 to {MAX_TTL_S} seconds; {life_s} were asked for."
            raise InvalidInput(message, field=["expiresInS"])
        window_s = max(1, life_s // _WINDOWS_PER_LIFE)
        return (int(self.clock()) + life_s) // window_s * window_s

    def _signed(self, path: str, expires_s: int | None, *, at: str | None = None) -> str:
        return f"{at or self.public_url}{path}?{self.signer.sign(path, expires_s)}"


@lru_cache(maxsize=4096)
def _at_width(transform: Transform, width: int) -> Transform:
    if transform.width is None or transform.height is None:
        return replace(transform, width=width, height=None)
    return replace(transform, width=width, height=scaled(transform.height, width, transform.width))


def _true_density(size: Size, base: Size, density: float) -> float:
    """Return the density asked for, or the one there is where the source was too small for it."""
    if abs(size.width - base.width * density) <= 1:
        return density
    return max(0.01, round(size.width / base.width, 2))


def _check_steps(name: str, values: Sequence[float]) -> None:
    if not 1 <= len(values) <= MAX_ITEMS:
        raise InvalidInput(f"Give from 1 to {MAX_ITEMS} {name}; there are {len(values)}.", field=[name])
    for value in values:
        if value < 1:
            raise InvalidInput(f"One of the {name} is {value}; allowed is 1 and more.", field=[name])


def _check_sizes(sizes: str | None) -> None:
    if sizes is not None and len(sizes) > MAX_SIZES_LENGTH:
        raise InvalidInput(f"sizes has {len(sizes)} characters; {MAX_SIZES_LENGTH} are allowed.", field=["sizes"])


def _background(image: Image, wish: Transform) -> str | None:
    """Return the placeholder as a CSS background; none for a see-through picture, where it would stay in sight."""
    if image.has_alpha or shows_through(wish, source_of(image)):
        return None
    return f"{image.dominant_color} url('{image.placeholder_uri}') center/cover no-repeat"

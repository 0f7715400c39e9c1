"""Addresses of renditions and originals: read strictly, written in one spelling.

    /r/{image}/{version}/{recipe}/{ops}/{name}.{ext}    a rendition everybody may see
    /p/{image}/{version}/{recipe}/{ops}/{name}.{ext}    a rendition for whom it was signed
    /o/{image}/{version}/{name}.{ext}                   the original bytes, for whom it was signed

A rendition's address without its first slash is also its object key. `ops` is the canonical transform;
of an address that is negotiated it also names the fallback (`alt_jpg`), and its `ext` is `auto`, or one
of the formats that `auto` may turn into. The signature of a negotiated address is over the `auto` path.
"""

import re
import uuid
from dataclasses import dataclass, replace

from imaging.delivery.slug import MAX_NAME_BYTES, slug
from imaging.errors import NotFound
from imaging.images.models import Image
from imaging.render.canonical import canonical, parse_canonical
from imaging.render.facts import ImageFormat
from imaging.render.negotiate import MEDIA_TYPES
from imaging.render.transform import OutputFormat, Transform

ORIGINAL_EXTENSIONS = {
    ImageFormat.JPEG: "jpg",
    ImageFormat.PNG: "png",
    ImageFormat.WEBP: "webp",
    ImageFormat.AVIF: "avif",
    ImageFormat.GIF: "gif",
    ImageFormat.TIFF: "tiff",
    ImageFormat.HEIC: "heic",
    ImageFormat.SVG: "svg",
}

_NAME = r"(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)\.(?P<ext>[a-z]{3,4})"
_START = r"(?P<image>[0-9a-f]{32})/(?P<version>[1-9][0-9]{0,8})"
_RENDITION = re.compile(rf"/(?P<kind>[rp])/{_START}/(?P<recipe>[1-9][0-9]{{0,8}})/(?P<ops>[A-Za-z0-9._-]+)/{_NAME}")
_ORIGINAL = re.compile(rf"/o/{_START}/{_NAME}")
_NO_SUCH_ADDRESS = "There is no picture at this address."


@dataclass(frozen=True, slots=True)
class RenditionAddress:
    """Where a rendition is; `ops` spells `wish`, and the `alternative` when the format is negotiated.

    A negotiated address whose wish has a concrete format is what `auto` turned into.
    """

    public: bool
    image_id: uuid.UUID
    version: int
    recipe: int
    ops: str
    name: str
    wish: Transform
    alternative: OutputFormat | None = None

    @classmethod
    def of(
        cls,
        image: Image,
        wish: Transform,
        *,
        recipe: int,
        alternative: OutputFormat | None = None,
    ) -> "RenditionAddress":
        """Return where the wish for the image, as it is now, is found.

        Raises:
            TransformTooLong: the canonical wish has more bytes than an address may hold.
        """
        if wish.watermark is not None and wish.watermark.image_id and not wish.watermark.version:
            raise ValueError("A watermark's image is looked up before its address is told.")
        ops = canonical(wish, alternative)
        return cls(image.is_public, image.id, image.version, recipe, ops, slug(image.filename), wish, alternative)

    @property
    def path(self) -> str:
        """The address without host and query."""
        kind = "r" if self.public else "p"
        return f"/{kind}/{self.image_id.hex}/{self.version}/{self.recipe}/{self.ops}/{self.filename}"

    @property
    def signed_path(self) -> str:
        """What the signature is over: of a negotiated address, the `.auto` path."""
        return self.path if self.alternative is None else self.in_format(OutputFormat.AUTO).path

    @property
    def key(self) -> str:
        """Where the rendition is stored; only an address with a concrete format has one."""
        if self.wish.format is OutputFormat.AUTO:
            raise ValueError("A negotiated address is never an object key.")
        return self.path[1:]

    @property
    def filename(self) -> str:
        """What the browser calls it when somebody saves it."""
        return f"{self.name}.{self.wish.format.value}"

    def in_format(self, output: OutputFormat) -> "RenditionAddress":
        """Return the same address in another format."""
        return replace(self, wish=replace(self.wish, format=output))


@dataclass(frozen=True, slots=True)
class OriginalAddress:
    """Where the original bytes are."""

    image_id: uuid.UUID
    version: int
    name: str
    ext: str

    @classmethod
    def of(cls, image: Image) -> "OriginalAddress":
        """Return where the image's present bytes are found."""
        return cls(image.id, image.bytes_version, slug(image.filename), ORIGINAL_EXTENSIONS[image.format])

    @property
    def path(self) -> str:
        """The address without host and query."""
        return f"/o/{self.image_id.hex}/{self.version}/{self.filename}"

    @property
    def signed_path(self) -> str:
        """What the signature is over."""
        return self.path

    @property
    def key(self) -> str:
        """Where the bytes are stored."""
        return f"o/{self.image_id.hex}/{self.version}"

    @property
    def filename(self) -> str:
        """What the browser calls it when somebody saves it."""
        return f"{self.name}.{self.ext}"


def parse(path: str) -> RenditionAddress | OriginalAddress:
    """Read an address as it was sent, undecoded.

    Raises:
        NotFound: it is no address, or not spelt as we spell it.
        InvalidTransform: its operations are unknown, out of range, or not in their canonical form.
    """
    if match := _ORIGINAL.fullmatch(path):
        return _original(match)
    if match := _RENDITION.fullmatch(path):
        return _rendition(match)
    raise NotFound(_NO_SUCH_ADDRESS)


def _original(match: re.Match[str]) -> OriginalAddress:
    if match["ext"] not in ORIGINAL_EXTENSIONS.values() or len(match["name"]) > MAX_NAME_BYTES:
        raise NotFound(_NO_SUCH_ADDRESS)
    return OriginalAddress(uuid.UUID(match["image"]), int(match["version"]), match["name"], match["ext"])


def _rendition(match: re.Match[str]) -> RenditionAddress:
    try:
        output = OutputFormat(match["ext"])
    except ValueError:
        raise NotFound(_NO_SUCH_ADDRESS) from None
    if len(match["name"]) > MAX_NAME_BYTES:
        raise NotFound(_NO_SUCH_ADDRESS)
    wish, alternative = parse_canonical(match["ops"], output)
    if output not in _allowed_formats(alternative):
        raise NotFound(_NO_SUCH_ADDRESS)
    return RenditionAddress(
        public=match["kind"] == "r",
        image_id=uuid.UUID(match["image"]),
        version=int(match["version"]),
        recipe=int(match["recipe"]),
        ops=match["ops"],
        name=match["name"],
        wish=wish,
        alternative=alternative,
    )


def _allowed_formats(alternative: OutputFormat | None) -> frozenset[OutputFormat]:
    if alternative is None:
        return frozenset(MEDIA_TYPES)
    return frozenset({OutputFormat.AUTO, OutputFormat.AVIF, OutputFormat.WEBP, alternative})

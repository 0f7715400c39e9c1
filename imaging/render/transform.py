"""What was asked for: a wish about a picture, frozen, that validates itself. No pyvips here."""

from dataclasses import dataclass, replace
from functools import lru_cache

from imaging.errors import InvalidTransform
from imaging.render.choices import Fit, Gravity, MetadataPolicy, OutputColorSpace, OutputFormat
from imaging.render.crop import Crop
from imaging.render.fold import DEFAULT_QUALITY, MAX_BLUR, MAX_LENGTH, MAX_SHARPEN, NEVER_LOSSLESS, quality_drop
from imaging.render.fold import folded as _plainest
from imaging.render.geometry import Turn
from imaging.render.ranges import check_color, check_range
from imaging.render.trim import Trim
from imaging.render.watermark import Watermark

__all__ = [
    "DEFAULT_QUALITY",
    "Crop",
    "Fit",
    "Gravity",
    "MetadataPolicy",
    "OutputColorSpace",
    "OutputFormat",
    "Transform",
    "Trim",
    "Watermark",
    "quality_drop",
]

MAX_PADDING = 8_192
MAX_FACTOR = 10

_FACTORS = ("brightness", "contrast", "saturation")


@dataclass(frozen=True, slots=True)
class Transform:
    """A wish: lengths in pixels of the output, colours as `#rrggbb` or `#rrggbbaa`, `rotate` clockwise degrees.

    The upright source is cropped and trimmed, rotated, flipped (top to bottom) and flopped (left to right), then
    fitted; what follows stands in `order`. `focal_point` is (x, y), each 0..1 from the top left corner, of the
    whole upright source. `crop` is in its pixels. `dpr` multiplies all other lengths, sigmas among them, and lowers
    the default quality; `quality_drop` is that lowering once dpr is folded away. `brightness`, `contrast` and
    `saturation` are factors, 1 changes nothing; `hue` turns by degrees; all as in CSS. `page` counts from 1.
    A `quality` of PNG chooses a palette.

    Raises:
        InvalidTransform: a value is out of range; the message says what is allowed.
    """

    width: int | None = None
    height: int | None = None
    aspect_ratio: float | None = None
    dpr: float = 1.0
    fit: Fit | None = None
    gravity: Gravity | None = None
    focal_point: tuple[float, float] | None = None
    allow_upscale: bool = False
    linear_light: bool = False
    crop: Crop | None = None
    trim: Trim | None = None
    rotate: int = 0
    flip: bool = False
    flop: bool = False
    background: str | None = None
    padding: int = 0
    corner_radius: int = 0
    brightness: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    hue: int = 0
    grayscale: bool = False
    tint: str | None = None
    blur: float | None = None
    sharpen: float | None = None
    watermark: Watermark | None = None
    page: int | None = None
    animated: bool = True
    format: OutputFormat = OutputFormat.AUTO
    quality: int | None = None
    lossless: bool = False
    progressive: bool = False
    metadata: MetadataPolicy = MetadataPolicy.COPYRIGHT
    color_space: OutputColorSpace = OutputColorSpace.SRGB
    quality_drop: int = 0

    def __post_init__(self) -> None:
        self._check_lengths()
        self._check_looks()
        check_range("quality", self.quality, 1, 100)
        check_range("quality_drop", self.quality_drop, 0, 24)
        check_range("page", self.page, 1, 1_000_000)
        for axis, ratio in zip("xy", self.focal_point or (), strict=False):
            check_range(f"focalPoint.{axis}", ratio, 0, 1)
        if self.lossless and self.format in NEVER_LOSSLESS:
            message = f"{self.format.name} is never lossless; WEBP, AVIF and PNG can be"
            raise InvalidTransform(message, field=["lossless"])

    def _check_lengths(self) -> None:
        check_range("dpr", self.dpr, 1, 4)
        for name, length in (("width", self.width), ("height", self.height)):
            check_range(name, length, 1, int(MAX_LENGTH / self.dpr))
        check_range("aspectRatio", self.aspect_ratio, 0.01, 100)
        if self.aspect_ratio is not None and self.width is not None and self.height is not None:
            message = "aspectRatio goes with one side or with none; width and height are both given"
            raise InvalidTransform(message, field=["aspectRatio"])
        self._check_other_side()
        if self.rotate % 90:
            raise InvalidTransform(f"rotate is {self.rotate}; it must be a multiple of 90", field=["rotate"])
        check_range("padding", self.padding, 0, int(MAX_PADDING / self.dpr))
        check_range("cornerRadius", self.corner_radius, 0, MAX_LENGTH)

    def _check_other_side(self) -> None:
        if self.aspect_ratio is None or (self.width is None) == (self.height is None):
            return
        name, other = "width", (self.height or 0) * self.aspect_ratio
        if self.width is not None:
            name, other = "height", self.width / self.aspect_ratio
        if other * self.dpr > MAX_LENGTH:
            message = f"aspectRatio makes the {name} {other * self.dpr:.0f}; it must be at most {MAX_LENGTH}"
            raise InvalidTransform(message, field=["aspectRatio"])

    def _check_looks(self) -> None:
        check_color("background", self.background)
        check_color("tint", self.tint, opaque=True)
        for name in _FACTORS:
            check_range(name, getattr(self, name), 0, MAX_FACTOR)
        check_range("hue", self.hue, -360, 360)
        check_range("blur", self.blur, 0.3, MAX_BLUR)
        check_range("sharpen", self.sharpen, 0.3, MAX_SHARPEN)

    @property
    def turn(self) -> Turn:
        """How the upright source is turned, as one of eight ways."""
        turn = Turn().rotated(self.rotate // 90)
        turn = turn.flipped() if self.flip else turn
        return turn.flopped() if self.flop else turn

    def focused(self, point: tuple[float, float] | None) -> "Transform":
        """Return the wish with the image's own focal point filled in where the wish leaves it open."""
        if point is None or self.focal_point is not None or self.gravity not in (None, Gravity.FOCAL_POINT):
            return self
        return replace(self, focal_point=point, gravity=Gravity.FOCAL_POINT)

    def folded(self) -> "Transform":
        """Return the same wish in its plainest form: dpr folded away, and nothing said that has no effect.

        Two wishes for the same picture have equal folded forms.
        """
        return _folded(self)


# The same few wishes are made of every image of a list: what they come to is worth remembering.
@lru_cache(maxsize=4096)
def _folded(wish: Transform) -> Transform:
    return _plainest(wish)

"""What was asked for: a wish about a picture, frozen, that validates itself. No pyvips here."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from imaging.errors import InvalidTransform, TransformTooLong
from imaging.render.choices import Fit, Gravity, MetadataPolicy, OutputFormat
from imaging.render.geometry import Turn

__all__ = [
    "DEFAULT_QUALITY",
    "Fit",
    "Gravity",
    "MetadataPolicy",
    "OutputFormat",
    "Transform",
    "parse_canonical",
    "quality_drop",
]

MAX_LENGTH = 65_535
MAX_CANONICAL_BYTES = 200
FOCAL_STEPS = 10_000


SEEKING = frozenset({Gravity.ATTENTION, Gravity.ENTROPY, Gravity.FOCAL_POINT})
FALLBACKS = frozenset({OutputFormat.JPEG, OutputFormat.PNG, OutputFormat.GIF})
DEFAULT_QUALITY = {OutputFormat.JPEG: 80, OutputFormat.WEBP: 79, OutputFormat.AVIF: 63}


@dataclass(frozen=True, slots=True)
class Transform:
    """A wish: lengths in pixels, `background` as `#rrggbb` or `#rrggbbaa`, `rotate` clockwise degrees.

    The upright source is rotated, then flipped (top to bottom) and flopped (left to right), then fitted.
    `focal_point` is (x, y), each 0..1 from the top left corner, of the upright source. `dpr` multiplies the
    lengths and lowers the default quality; `quality_drop` is that lowering once dpr is folded away.

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
    quality_drop: int = 0

    def __post_init__(self) -> None:
        _check_range("dpr", self.dpr, 1, 4)
        for name, length in (("width", self.width), ("height", self.height)):
            _check_range(name, length, 1, int(MAX_LENGTH / self.dpr))
        _check_range("quality", self.quality, 1, 100)
        _check_range("quality_drop", self.quality_drop, 0, 24)
        if self.rotate % 90:
            raise InvalidTransform(f"rotate is {self.rotate}; it must be a multiple of 90", field=["rotate"])
        if self.background is not None and not re.fullmatch(r"#(?:[0-9a-fA-F]{2}){3,4}", self.background):
            raise InvalidTransform("background must look like #rrggbb or #rrggbbaa", field=["background"])
        for ratio in self.focal_point or ():
            _check_range("focalPoint", ratio, 0, 1)

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

    def canonical(self, alt: OutputFormat | None = None) -> str:
        """Return the one text for this wish, as it stands in an address: `key_value` joined by `-`, `o` for none.

        The format is not in it: a concrete one is the address's extension. `alt` (JPEG, PNG or GIF) is the
        fallback of an address whose format is negotiated, and is in it.

        Raises:
            TransformTooLong: the text is longer than 200 bytes.
        """
        return _canonical(self, alt)


def parse_canonical(text: str, format: OutputFormat = OutputFormat.AUTO) -> tuple[Transform, OutputFormat | None]:
    """Read a canonical text back: the wish, in `format`, and the fallback if it names one.

    Raises:
        TransformTooLong: the text is longer than 200 bytes.
        InvalidTransform: it has an unknown operation or value, or is not spelt as `canonical` spells it.
    """
    _check_length(text)
    values: dict[str, Any] = {"format": format}
    alt = None
    for operation in [] if text == "o" else text.split("-"):
        key, _, value = operation.partition("_")
        if key == "alt":
            alt = _parse_alt(value)
        else:
            values.update(_parse_operation(key, value))
    transform = Transform(**values)
    if transform.canonical(alt) != text:
        raise InvalidTransform("the operations are not in their canonical spelling", field=["ops"])
    return transform, alt


def quality_drop(dpr: float) -> int:
    """Return how far the default quality is lowered for a device of this pixel density."""
    return min(24, math.floor(10 * (dpr - 1) + 0.5))


# The same few wishes are made of every image of a list: both spellings are worth remembering.
@lru_cache(maxsize=4096)
def _folded(wish: Transform) -> Transform:
    boxed = wish.width is not None and wish.height is not None
    fit = (wish.fit or Fit.COVER) if boxed else None
    gravity, focal_point = _fold_gravity(wish, fit)
    quality, drop = _fold_quality(wish)
    rotate, flip, flop = _PLAIN_TURNS[wish.turn]
    return replace(
        wish,
        width=_times(wish.width, wish.dpr),
        height=_times(wish.height, wish.dpr),
        dpr=1.0,
        fit=fit,
        gravity=gravity,
        focal_point=focal_point,
        allow_upscale=wish.allow_upscale and fit is not Fit.PAD and (wish.width or wish.height) is not None,
        rotate=rotate,
        flip=flip,
        flop=flop,
        background=_fold_color(wish.background),
        quality=quality,
        quality_drop=drop,
    )


@lru_cache(maxsize=4096)
def _canonical(wish: Transform, alt: OutputFormat | None) -> str:
    wish = (wish if alt is None else replace(wish, format=OutputFormat.AUTO)).folded()
    values = {key: spell(wish) for key, (spell, _) in _OPERATIONS.items()}
    values["alt"] = None if alt is None else alt.value
    text = "-".join(f"{key}_{value}" for key, value in values.items() if value is not None) or "o"
    _check_length(text)
    return text


def _fold_gravity(wish: Transform, fit: Fit | None) -> tuple[Gravity | None, tuple[float, float] | None]:
    gravity = wish.gravity or (Gravity.FOCAL_POINT if wish.focal_point else None)
    if fit is Fit.COVER and gravity is Gravity.FOCAL_POINT and wish.focal_point is not None:
        x, y = (math.floor(ratio * FOCAL_STEPS + 0.5) / FOCAL_STEPS for ratio in wish.focal_point)
        return (None, None) if (x, y) == (0.5, 0.5) else (gravity, (x, y))
    if gravity in (None, Gravity.CENTER, Gravity.FOCAL_POINT):
        return None, None
    if fit is Fit.COVER or (fit in (Fit.CONTAIN, Fit.PAD) and gravity not in SEEKING):
        return gravity, None
    return None, None


def _fold_quality(wish: Transform) -> tuple[int | None, int]:
    drop = 0 if wish.quality else max(wish.quality_drop, quality_drop(wish.dpr))
    if wish.format is OutputFormat.AUTO:
        return wish.quality, drop
    default = DEFAULT_QUALITY.get(wish.format)
    if default is None:
        return None, 0
    quality = wish.quality or default - drop
    return (None if quality == default else quality), 0


def _fold_color(color: str | None) -> str | None:
    if color is None:
        return None
    color = color.lower()
    return color[:7] if color.endswith("ff") else color


def _times(length: int | None, dpr: float) -> int | None:
    return None if length is None else math.floor(length * dpr + 0.5)


def _check_range(name: str, value: float | None, low: int, high: int) -> None:
    if value is not None and not low <= value <= high:
        raise InvalidTransform(f"{name} is {value}; it must be from {low} to {high}", field=[name])


_PLAIN_TURNS = {
    Transform(rotate=rotate, flip=flip, flop=flop).turn: (rotate, flip, flop)
    for rotate, flip, flop in (
        *((rotate, False, False) for rotate in (0, 90, 180, 270)),
        *((rotate, flip, not flip) for rotate in (0, 90) for flip in (False, True)),
    )
}


def _check_length(text: str) -> None:
    size = len(text.encode())
    if size > MAX_CANONICAL_BYTES:
        raise TransformTooLong(f"the operations take {size} bytes; at most {MAX_CANONICAL_BYTES} fit an address")


def _spell_gravity(wish: Transform) -> str | None:
    if wish.focal_point is None:
        return None if wish.gravity is None else wish.gravity.value
    x, y = (round(ratio * FOCAL_STEPS) for ratio in wish.focal_point)
    return f"focal_{x}_{y}"


def _parse_gravity(value: str) -> dict[str, Any]:
    numbers = re.fullmatch(r"focal_(\d{1,5})_(\d{1,5})", value, re.ASCII)
    if numbers is None:
        return {"gravity": Gravity(value)}
    x, y = (int(number) / FOCAL_STEPS for number in numbers.groups())
    return {"gravity": Gravity.FOCAL_POINT, "focal_point": (x, y)}


def _parse_number(value: str) -> int:
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII):
        raise ValueError
    return int(value)


def _parse_alt(value: str) -> OutputFormat:
    for format in FALLBACKS:
        if format.value == value:
            return format
    raise InvalidTransform("alt must be jpg, png or gif", field=["ops"])


def _parse_operation(key: str, value: str) -> dict[str, Any]:
    if key not in _OPERATIONS:
        raise InvalidTransform(f"there is no operation {key[:20]!r}", field=["ops"])
    try:
        return _OPERATIONS[key][1](value)
    except ValueError:
        raise InvalidTransform(f"operation {key!r} cannot take {value[:40]!r}", field=["ops"]) from None


# Reading and spelling of each operation, in the order in which they stand in an address.
_OPERATIONS: dict[str, tuple[Callable[[Transform], int | str | None], Callable[[str], dict[str, Any]]]] = {
    "w": (lambda wish: wish.width, lambda value: {"width": _parse_number(value)}),
    "h": (lambda wish: wish.height, lambda value: {"height": _parse_number(value)}),
    "fit": (lambda wish: wish.fit and wish.fit.value, lambda value: {"fit": Fit(value)}),
    "g": (_spell_gravity, _parse_gravity),
    "up": (lambda wish: 1 if wish.allow_upscale else None, lambda _: {"allow_upscale": True}),
    "rot": (lambda wish: wish.rotate or None, lambda value: {"rotate": _parse_number(value)}),
    "flip": (lambda wish: 1 if wish.flip else None, lambda _: {"flip": True}),
    "flop": (lambda wish: 1 if wish.flop else None, lambda _: {"flop": True}),
    "bg": (lambda wish: wish.background and wish.background[1:], lambda value: {"background": f"#{value}"}),
    "q": (lambda wish: wish.quality, lambda value: {"quality": _parse_number(value)}),
    "qd": (lambda wish: wish.quality_drop or None, lambda value: {"quality_drop": _parse_number(value)}),
    "m": (
        lambda wish: None if wish.metadata is MetadataPolicy.COPYRIGHT else wish.metadata.value,
        lambda value: {"metadata": MetadataPolicy(value)},
    ),
}

"""Wishes in their plainest form: the same picture is asked for in one way only. No pyvips here."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from imaging.render.choices import Fit, Gravity, OutputColorSpace, OutputFormat
from imaging.render.geometry import Turn
from imaging.render.ranges import plain_color, rounded

if TYPE_CHECKING:
    from imaging.render.crop import Crop
    from imaging.render.transform import Transform

FOCAL_STEPS = 10_000
RATIO_DECIMALS = 4
FACTOR_DECIMALS = 3
SIGMA_DECIMALS = 2
MAX_BLUR = 250.0
MAX_SHARPEN = 10.0
MAX_LENGTH = 65_535

SEEKING = frozenset({Gravity.ATTENTION, Gravity.ENTROPY, Gravity.FOCAL_POINT})
MOVING = frozenset({OutputFormat.WEBP, OutputFormat.GIF})
"""Formats we write with more than one frame."""
NEVER_LOSSLESS = frozenset({OutputFormat.JPEG})
DEFAULT_QUALITY = {OutputFormat.JPEG: 80, OutputFormat.WEBP: 79, OutputFormat.AVIF: 63, OutputFormat.JPEG_XL: 75}

# Turns that come to the same are written in the same way.
_PLAIN_TURNS = {
    Turn(False, 0): (0, False, False),
    Turn(False, 1): (90, False, False),
    Turn(False, 2): (180, False, False),
    Turn(False, 3): (270, False, False),
    Turn(True, 0): (0, False, True),
    Turn(True, 2): (0, True, False),
    Turn(True, 1): (90, True, False),
    Turn(True, 3): (90, False, True),
}


def quality_drop(dpr: float) -> int:
    """Return how far the default quality is lowered for a device of this pixel density."""
    return min(24, math.floor(10 * (dpr - 1) + 0.5))


def folded(wish: "Transform") -> "Transform":
    """Return the wish with dpr folded away and without what has no effect; see `Transform.folded`."""
    return replace(wish, dpr=1.0, **_geometry(wish), **_looks(wish), **_coding(wish))


def _geometry(wish: "Transform") -> dict[str, Any]:
    width, height, ratio = _sides(wish)
    fit = (wish.fit or Fit.COVER) if ratio or (width and height) else None
    gravity, focal_point = _gravity(wish, fit)
    rotate, flip, flop = _PLAIN_TURNS[wish.turn]
    sized = (width or height) is not None
    return {
        "width": width,
        "height": height,
        "aspect_ratio": ratio,
        "fit": fit,
        "gravity": gravity,
        "focal_point": focal_point,
        "allow_upscale": wish.allow_upscale and fit is not Fit.PAD and sized,
        "crop": _crop(wish),
        "trim": wish.trim and wish.trim.folded(),
        "rotate": rotate,
        "flip": flip,
        "flop": flop,
        "padding": _times(wish.padding, wish.dpr) or 0,
        "corner_radius": min(MAX_LENGTH, _times(wish.corner_radius, wish.dpr) or 0),
    }


def _sides(wish: "Transform") -> tuple[int | None, int | None, float | None]:
    """Return width, height and the ratio that is left when neither tells it."""
    width, height, ratio = _times(wish.width, wish.dpr), _times(wish.height, wish.dpr), wish.aspect_ratio
    if ratio is None:
        return width, height, None
    if width is not None:
        return width, max(1, math.floor(width / ratio + 0.5)), None
    if height is not None:
        return max(1, math.floor(height * ratio + 0.5)), height, None
    return None, None, rounded(ratio, RATIO_DECIMALS)


def _gravity(wish: "Transform", fit: Fit | None) -> tuple[Gravity | None, tuple[float, float] | None]:
    gravity = wish.gravity or (Gravity.FOCAL_POINT if wish.focal_point else None)
    if fit is Fit.COVER and gravity is Gravity.FOCAL_POINT and wish.focal_point is not None:
        x, y = (math.floor(ratio * FOCAL_STEPS + 0.5) / FOCAL_STEPS for ratio in wish.focal_point)
        central = (x, y) == (0.5, 0.5) and _crop(wish) is None and wish.trim is None
        return (None, None) if central else (gravity, (x, y))
    if gravity in (None, Gravity.CENTER, Gravity.FOCAL_POINT):
        return None, None
    if fit is Fit.COVER or (fit in (Fit.CONTAIN, Fit.PAD) and gravity not in SEEKING):
        return gravity, None
    return None, None


def _crop(wish: "Transform") -> "Crop | None":
    return None if wish.crop is None or wish.crop.is_all else wish.crop


def _looks(wish: "Transform") -> dict[str, Any]:
    return {
        "background": plain_color(wish.background),
        "brightness": rounded(wish.brightness, FACTOR_DECIMALS),
        "contrast": rounded(wish.contrast, FACTOR_DECIMALS),
        "saturation": rounded(wish.saturation, FACTOR_DECIMALS),
        "hue": wish.hue % 360,
        "tint": plain_color(wish.tint),
        "blur": _sigma(wish.blur, wish.dpr, MAX_BLUR),
        "sharpen": _sigma(wish.sharpen, wish.dpr, MAX_SHARPEN),
        "watermark": wish.watermark and wish.watermark.folded(wish.dpr),
    }


def _coding(wish: "Transform") -> dict[str, Any]:
    quality, drop = _quality(wish)
    still = wish.page is not None or wish.format not in MOVING | {OutputFormat.AUTO}
    return {
        "animated": wish.animated or still,
        "quality": quality,
        "quality_drop": drop,
        "lossless": wish.lossless and wish.format not in (OutputFormat.PNG, OutputFormat.GIF),
        "progressive": wish.progressive and wish.format in (OutputFormat.JPEG, OutputFormat.AUTO),
        "color_space": OutputColorSpace.SRGB if wish.format is OutputFormat.GIF else wish.color_space,
    }


def _quality(wish: "Transform") -> tuple[int | None, int]:
    if wish.lossless or wish.format is OutputFormat.GIF:
        return None, 0
    if wish.format is OutputFormat.PNG:
        # A quality asks for a palette; all colours need none.
        return (None if wish.quality == 100 else wish.quality), 0
    drop = 0 if wish.quality else max(wish.quality_drop, quality_drop(wish.dpr))
    if wish.format is OutputFormat.AUTO:
        return wish.quality, drop
    default = DEFAULT_QUALITY[wish.format]
    quality = wish.quality or default - drop
    return (None if quality == default else quality), 0


def _times(length: int | None, dpr: float) -> int | None:
    return None if length is None else math.floor(length * dpr + 0.5)


def _sigma(sigma: float | None, dpr: float, most: float) -> float | None:
    return None if sigma is None else min(most, rounded(sigma * dpr, SIGMA_DECIMALS))

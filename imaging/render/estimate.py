"""What a render is expected to take, before a byte is read: arithmetic on its plan. No pyvips here.

Milliseconds are those of one core of 2.5 GHz or so, measured over photographs by `benchmarks/estimates.py`, which
tells how well this fits. What cannot be known from the facts about a source is assumed: a JPEG is baseline (a
progressive one takes twice the time, and its coefficients four bytes for each pixel of the whole), a drawing is of a
few hundred shapes, and a watermark's image is no larger than the picture.
"""

from imaging.render.choices import Gravity, OutputFormat
from imaging.render.facts import ImageFormat
from imaging.render.geometry import Size
from imaging.render.negotiate import shows_through
from imaging.render.plan import Plan

MIB = 1024 * 1024

_START_MS = 4.0
_FRAME_MS = 4.0

# Milliseconds for a megapixel of the stored page, and for one of what comes out of the decoder.
_DECODING = {
    ImageFormat.JPEG: (1.7, 1.3),
    ImageFormat.PNG: (10.5, 0.0),
    ImageFormat.WEBP: (10.0, 8.0),
    ImageFormat.AVIF: (38.0, 0.0),
    ImageFormat.HEIC: (38.0, 0.0),
    ImageFormat.GIF: (20.0, 0.0),
    ImageFormat.TIFF: (10.0, 0.0),
    ImageFormat.SVG: (0.0, 40.0),
}
# Milliseconds for a megapixel that goes in, and for one that comes out; the last where it is enlarged.
_RESIZING = (2.6, 2.6)
_ENLARGING = 30.0
_LINEAR_TIMES = 8.0
_ALPHA = 20.0
_TRIMMING = 15.0

# Milliseconds for a megapixel of what the step is done to.
_TURNING, _SEEKING, _ADJUSTING, _TINTING, _LAYING, _MARKING, _ROUNDING = 4.0, 8.0, 12.0, 12.0, 4.0, 13.0, 16.0
_BLUR, _BLUR_SIGMA, _BLUR_MOST = 5.0, 1.5, 32.0
_SHARPEN, _SHARPEN_SIGMA = 55.0, 8.0

_ENCODING = {
    OutputFormat.JPEG: 5.0,
    OutputFormat.WEBP: 47.0,
    OutputFormat.AVIF: 60.0,
    OutputFormat.PNG: 31.0,
    OutputFormat.GIF: 340.0,
    OutputFormat.JPEG_XL: 100.0,
}
_LOSSLESS = {OutputFormat.WEBP: 220.0, OutputFormat.AVIF: 300.0, OutputFormat.JPEG_XL: 200.0}
_PALETTE_PNG, _PROGRESSIVE_JPEG, _SEE_THROUGH_WEBP_TIMES = 140.0, 17.0, 1.8

_LEAST_BYTES = 3 * MIB
# For each pixel of a line: strips are held of what is stored, and of what is resized and written.
_STORED_LINE_BYTES, _LINE_BYTES = 1_500, 3_500
_LINEAR_LINE_TIMES = 3
# For each pixel of the whole page, where nothing can be had before all of it is decoded.
_WHOLE = {ImageFormat.AVIF: 15.0, ImageFormat.HEIC: 12.0, ImageFormat.GIF: 5.0}
_SCALED_WEBP = 8.0
_HELD = 4
_ENCODER = {
    OutputFormat.WEBP: 4.5,
    OutputFormat.AVIF: 21.0,
    OutputFormat.GIF: 30.0,
    OutputFormat.JPEG_XL: 30.0,
}
_ENCODER_LOSSLESS = {OutputFormat.WEBP: 28.0, OutputFormat.AVIF: 36.0, OutputFormat.JPEG_XL: 40.0}
_ENCODER_PALETTE, _ENCODER_PROGRESSIVE, _ENCODER_SEE_THROUGH = 20.0, 6.0, 20.0


def estimated_ms(plan: Plan) -> int:
    """Return the processor time that the render is expected to take, in milliseconds, at least 1."""
    frames = plan.pages * (_decoding(plan) + _resizing(plan) + _changing(plan))
    extra = (plan.pages - 1) * _FRAME_MS
    written = plan.pages * _mega(Size(plan.width, plan.height)) * _encoding(plan)
    return max(1, round(_START_MS + extra + frames + written))


def estimated_peak_bytes(plan: Plan) -> int:
    """Return how much memory above that of an idle decoder the render is expected to need at its peak."""
    lines = max(_decoded(plan).width, plan.width) * _LINE_BYTES
    if plan.wish.linear_light:
        lines *= _LINEAR_LINE_TIMES
    if plan.source.format is not ImageFormat.SVG:
        lines += plan.stored_size.width * _STORED_LINE_BYTES
    held = plan.resized.pixels * _HELD if plan.random_access or plan.pages > 1 else 0
    frames = plan.pages * plan.width * plan.height * _HELD if plan.pages > 1 else 0
    return int(_LEAST_BYTES + lines + _whole_bytes(plan) + held + frames + encoder_bytes(plan))


def _decoding(plan: Plan) -> float:
    stored, decoded = _DECODING[plan.source.format]
    read = _mega(Size(plan.stored_size.width, _rows(plan)))
    return read * stored + _mega(_decoded(plan)) * decoded + (read * _TRIMMING if plan.trims else 0)


def _rows(plan: Plan) -> int:
    """Return how many rows are read: a picture is read from its top, and no further than the region goes."""
    region = plan.stored_region
    return plan.stored_size.height if region is None else region.top + region.height


def _decoded(plan: Plan) -> Size:
    """Return the size in which the page, as far as it is read, leaves the decoder."""
    read = Size(plan.stored_size.width, _rows(plan))
    used = plan.stored_region.size if plan.stored_region else plan.stored_size
    scale = 1 / plan.shrink_on_load
    if plan.source.format is ImageFormat.SVG or (plan.source.format is ImageFormat.WEBP and not plan.decodes_all):
        scale = max(plan.resized.width / used.width, plan.resized.height / used.height)
        scale = scale if plan.source.format is ImageFormat.SVG else min(1.0, scale)
    return Size(max(1, round(read.width * scale)), max(1, round(read.height * scale)))


def _resizing(plan: Plan) -> float:
    used = plan.stored_region.size if plan.stored_region else plan.stored_size
    goes_in, comes_out = _mega(used) / plan.shrink_on_load**2, _mega(plan.resized)
    if plan.source.format is ImageFormat.SVG or (used == plan.resized and plan.shrink_on_load == 1):
        return 0.0
    if plan.source.format is ImageFormat.WEBP and not plan.decodes_all:
        goes_in = min(goes_in, comes_out)
    if comes_out > goes_in:
        return comes_out * _ENLARGING
    times = _LINEAR_TIMES if plan.wish.linear_light else 1.0
    alpha = goes_in * _ALPHA if plan.source.has_alpha else 0.0
    return (goes_in * _RESIZING[0] + comes_out * _RESIZING[1]) * times + alpha


def _changing(plan: Plan) -> float:
    """Return what the steps between resizing and encoding take."""
    wish, held = plan.wish, _mega(plan.resized)
    picture = _mega(plan.crop.size if plan.crop else plan.resized)
    result = _mega(Size(plan.width, plan.height))
    seeks = plan.seek in (Gravity.ATTENTION, Gravity.ENTROPY)
    return (
        held * (_TURNING * plan.turns + _SEEKING * seeks)
        + picture * (_ADJUSTING * plan.adjusts + _TINTING * (wish.tint is not None) + _LAYING * plan.lays_background)
        + picture * (min(_BLUR_MOST, _BLUR + _BLUR_SIGMA * wish.blur) if wish.blur else 0)
        + picture * (_SHARPEN + _SHARPEN_SIGMA * wish.sharpen if wish.sharpen else 0)
        + result * (_LAYING * (plan.canvas is not None) + _MARKING * (wish.watermark is not None))
        + result * _ROUNDING * (plan.corner_radius > 0)
    )


def _encoding(plan: Plan) -> float:
    """Return what writing a megapixel takes."""
    if plan.wish.lossless and plan.format in _LOSSLESS:
        return _LOSSLESS[plan.format]
    if plan.format is OutputFormat.PNG and plan.quality is not None:
        return _PALETTE_PNG
    if plan.format is OutputFormat.JPEG and plan.wish.progressive:
        return _PROGRESSIVE_JPEG
    return _ENCODING[plan.format] * (_SEE_THROUGH_WEBP_TIMES if _writes_alpha_of_webp(plan) else 1)


def _writes_alpha_of_webp(plan: Plan) -> bool:
    """Return True where a mask is compressed without loss beside the picture."""
    return plan.format is OutputFormat.WEBP and shows_through(plan.wish, plan.source)


def _whole_bytes(plan: Plan) -> float:
    if plan.source.format is ImageFormat.WEBP:
        decoded = _decoded(plan)
        return decoded.pixels * _SCALED_WEBP
    return plan.stored_size.pixels * _WHOLE.get(plan.source.format, 0.0)


def encoder_bytes(plan: Plan) -> float:
    """Return how much memory the encoder of a still is expected to need."""
    pixels = plan.width * plan.height
    if plan.wish.lossless and plan.format in _ENCODER_LOSSLESS:
        return pixels * _ENCODER_LOSSLESS[plan.format]
    if plan.format is OutputFormat.PNG and plan.quality is not None:
        return pixels * _ENCODER_PALETTE
    if plan.format is OutputFormat.JPEG and plan.wish.progressive:
        return pixels * _ENCODER_PROGRESSIVE
    if _writes_alpha_of_webp(plan):
        return pixels * _ENCODER_SEE_THROUGH
    return pixels * _ENCODER.get(plan.format, 0.0)


def _mega(size: Size) -> float:
    return size.pixels / 1_000_000

"""Makes ready what is laid over a picture: its colours and its mask, as large as the picture, all in their places."""

from functools import lru_cache

import pyvips

from imaging.render.choices import Fit, OutputFormat
from imaging.render.geometry import Box, Size
from imaging.render.lettering import lettering, measured
from imaging.render.limits import OutputLimits
from imaging.render.placing import place
from imaging.render.plan import OPAQUE, plan
from imaging.render.steps.hold import hold
from imaging.render.steps.turn import turn
from imaging.render.streams import picture
from imaging.render.transform import Transform
from imaging.render.watermark import DEFAULT_COLOR, Overlay, Watermark

# It is never larger than the picture, which has been held to the limits.
_NO_LIMITS = OutputLimits(max_side=65_535)


# For the frames of one animation; what it holds is let go by `forget`.
@lru_cache(maxsize=1)
def ready(mark: Watermark, overlay: Overlay | None, size: Size) -> tuple[pyvips.Image, pyvips.Image]:
    """Return the colours (RGB) and the mask (0 to 255, opacity included) to be laid over a picture of this size.

    Raises:
        pyvips.Error: the watermark's image cannot be decoded.
    """
    if mark.text is not None:
        return _text(mark, size)
    if overlay is None:
        raise ValueError("a watermark's image was not looked up before rendering")
    box = place(mark, size, Size(overlay.source.width, overlay.source.height))
    image = _opened(overlay, box.size)
    mask = image[3] if image.hasalpha() else image.new_from_image(OPAQUE)
    return _spread(image[:3], box, size, mark), _spread(_faded(mask, mark.opacity), box, size, mark)


def forget() -> None:
    """Let go of what was made ready: the next picture has another watermark."""
    ready.cache_clear()


def _text(mark: Watermark, size: Size) -> tuple[pyvips.Image, pyvips.Image]:
    shape, least_width = measured(mark)
    box = place(mark, size, shape, least_width)
    *color, alpha = bytes.fromhex(f"{(mark.color or DEFAULT_COLOR)[1:]}ff"[:8])
    mask = _faded(lettering(mark, shape, box.size), mark.opacity * alpha / OPAQUE).copy_memory()
    colors = pyvips.Image.black(size.width, size.height).new_from_image(color)
    return colors.cast("uchar").copy(interpretation="srgb"), _spread(mask, box, size, mark)


def _opened(overlay: Overlay, size: Size) -> pyvips.Image:
    """Open the first page of the watermark's image, upright, at this size, without any of its metadata."""
    wish = Transform(width=size.width, height=size.height, fit=Fit.STRETCH, allow_upscale=True)
    steps = plan(wish, overlay.source, format=OutputFormat.PNG, limits=_NO_LIMITS)
    image = turn(hold(picture(overlay.path, steps), steps), steps)
    pixels = image.write_to_memory()
    return pyvips.Image.new_from_memory(pixels, image.width, image.height, image.bands, "uchar").copy(
        interpretation="srgb"
    )


def _faded(mask: pyvips.Image, opacity: float) -> pyvips.Image:
    return mask if opacity == 1 else mask.linear(opacity, 0.5).cast("uchar")


def _spread(image: pyvips.Image, box: Box, size: Size, mark: Watermark) -> pyvips.Image:
    """Lay it into its box, with nothing around, or into all boxes of a tiling that has one there."""
    if not mark.tile:
        return image.embed(box.left, box.top, size.width, size.height)
    tile = Size(box.width + mark.margin, box.height + mark.margin)
    left, top = -box.left % tile.width, -box.top % tile.height
    across, down = -(-(left + size.width) // tile.width), -(-(top + size.height) // tile.height)
    return image.embed(0, 0, tile.width, tile.height).replicate(across, down).crop(left, top, size.width, size.height)

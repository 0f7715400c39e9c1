"""What a plan does not do although it was asked for, or does otherwise than people may think. No pyvips here."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from imaging.errors import OutputTooLarge
from imaging.render.choices import Fit, Gravity, OutputColorSpace, OutputFormat
from imaging.render.fold import MOVING
from imaging.render.negotiate import moves
from imaging.render.plan import TRANSPARENT, Plan, plan
from imaging.render.transform import Transform
from imaging.render.wording import format_name


def caveats(asked: Transform, planned: Plan) -> list[str]:
    """Return what whoever asked should know, each a sentence; none when all is as asked."""
    return [sentence for rule in _RULES for sentence in rule(asked, planned)]


def _upscaling(asked: Transform, planned: Plan) -> Iterator[str]:
    if asked.allow_upscale or not (asked.width or asked.height):
        return
    wish = replace(asked, allow_upscale=True)
    try:
        larger = plan(wish, planned.source, format=planned.format, limits=planned.limits).resized
    except OutputTooLarge:
        larger = None
    if larger != planned.resized:
        used = planned.region or planned.source
        what = "What is cut out" if planned.region else "The picture"
        yield f"{what} is only {used.width}×{used.height}: it is not enlarged, unless `allowUpscale` is true."


def _transparency(asked: Transform, planned: Plan) -> Iterator[str]:
    name = format_name(planned.format)
    if planned.format in TRANSPARENT:
        return
    if planned.source.has_alpha and asked.background is None:
        yield f"{name} cannot be seen through: what is transparent becomes white; `background` gives another colour."
    if planned.corner_radius and asked.background is None:
        yield f"{name} cannot be seen through: outside of its corners the picture is white."
    if asked.background is not None and len(asked.background) == 9 and not asked.background.lower().endswith("ff"):
        yield f"{name} cannot be seen through: the background is mixed with white."


def _frames(asked: Transform, planned: Plan) -> Iterator[str]:
    source = planned.source
    if source.pages > 1 and not source.animated and asked.page is None:
        yield f"Only the first of {source.pages} pages is shown: `page` chooses another."
    if not moves(asked, source) or planned.pages > 1 or source.pages == 1:
        return
    if planned.format not in MOVING:
        yield f"{format_name(planned.format)} does not move here: only the first of {source.pages} frames is shown."
    else:
        most = planned.limits.animation_pixels
        yield (
            f"{source.pages} frames of {planned.width}×{planned.height} have more than the {most} pixels that an "
            "animation may have in all: only the first is shown."
        )


def _trimming(_asked: Transform, planned: Plan) -> Iterator[str]:
    if planned.trims:
        yield "The size is told as if there were nothing to trim: the true one shows when the picture is made."


def _paging(asked: Transform, planned: Plan) -> Iterator[str]:
    if asked.page is not None and asked.page > 1 and not planned.source.animated:
        yield f"The size is told as if page {asked.page} were as large as the first: it may come out otherwise."


def _coding(asked: Transform, planned: Plan) -> Iterator[str]:
    name = format_name(planned.format)
    if asked.quality is not None and asked.lossless:
        yield "`quality` has no effect on a lossless picture."
    elif asked.quality is not None and planned.format is OutputFormat.GIF:
        yield "`quality` has no effect on a GIF."
    elif asked.quality is not None and planned.quality is not None and planned.format is OutputFormat.PNG:
        yield "`quality` of a PNG reduces its colours to a palette."
    if asked.lossless and planned.format is OutputFormat.GIF:
        yield "`lossless` has no effect on a GIF: it has at most 256 colours a frame."
    if asked.lossless and planned.format is OutputFormat.PNG:
        yield "`lossless` has no effect on a PNG: it always is."
    if asked.progressive and planned.format is not OutputFormat.JPEG:
        yield f"`progressive` has no effect on {name}."
    if asked.color_space is OutputColorSpace.KEEP and planned.format is OutputFormat.GIF:
        yield "`colorSpace` has no effect on a GIF: it is written in sRGB."


def _fitting(asked: Transform, planned: Plan) -> Iterator[str]:
    boxed = (asked.width and asked.height) or asked.aspect_ratio
    if asked.fit is not None and not boxed:
        yield "`fit` has no effect without both sides, or an `aspectRatio`."
    elif asked.gravity is not None and planned.wish.gravity is None and asked.gravity is not Gravity.CENTER:
        if asked.gravity is Gravity.FOCAL_POINT and asked.focal_point is None:
            yield "`gravity` is FOCAL_POINT, and the image has none: its middle stays in sight."
        elif boxed and planned.wish.fit in (Fit.CONTAIN, Fit.PAD):
            yield f"`gravity` {asked.gravity.name} has no effect here: it chooses what is cropped, and nothing is."
        elif not boxed or planned.wish.fit is not Fit.COVER:
            yield f"`gravity` {asked.gravity.name} has no effect here: nothing is cropped or laid around."
    if planned.wish.corner_radius > planned.corner_radius:
        yield f"The corners are rounded by {planned.corner_radius} pixels, half of the shorter side, and no more."


_RULES: tuple[Callable[[Transform, Plan], Iterator[str]], ...] = (
    _upscaling,
    _transparency,
    _frames,
    _trimming,
    _paging,
    _coding,
    _fitting,
)

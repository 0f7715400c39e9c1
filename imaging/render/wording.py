"""What each step of a plan does, in words: `resize to 640×480`. No pyvips here."""

from collections.abc import Callable

from imaging.render.choices import Gravity, MetadataPolicy, OutputFormat
from imaging.render.facts import ImageFormat
from imaging.render.geometry import Box, Size
from imaging.render.order import Step, steps_of
from imaging.render.plan import Plan

FORMAT_NAMES = {OutputFormat.WEBP: "WebP", OutputFormat.JPEG_XL: "JPEG XL"}

_SOUGHT = {Gravity.ATTENTION: "around what catches the eye", Gravity.ENTROPY: "where most is going on"}
_KEPT = {
    MetadataPolicy.COPYRIGHT: "keep copyright and creator",
    MetadataPolicy.NONE: "remove all metadata",
    MetadataPolicy.KEEP: "keep all metadata but coordinates",
}


def steps_told(plan: Plan) -> list[tuple[str, Step]]:
    """Return what is done, in its order, each in words beside its step."""
    return [(_WORDS[step.name](plan), step) for step in steps_of(plan)]


def format_name(format: OutputFormat) -> str:
    """Return the format as people write it."""
    return FORMAT_NAMES.get(format, format.name)


def _decode(plan: Plan) -> str:
    source = plan.source
    name = {ImageFormat.WEBP: "WebP"}.get(source.format, source.format.name)
    which = f"{plan.pages} frames of " if plan.pages > 1 else f"page {plan.page + 1} of " if source.pages > 1 else ""
    shrunk = f" at 1/{plan.shrink_on_load} of its size" if plan.shrink_on_load > 1 else ""
    return f"decode {which}{name} {_size(plan.stored_size)}{shrunk}"


def _trim(plan: Plan) -> str:
    trim = plan.wish.trim
    assert trim is not None, "only a plan with trim has this step"
    return f"trim edges within {trim.threshold} of {trim.color or 'the colour of the top left pixel'}"


def _resize(plan: Plan) -> str:
    used = plan.stored_region.size if plan.stored_region else plan.stored_size
    if used == plan.resized:
        return f"keep {_size(plan.resized)}"
    how = " in linear light" if plan.wish.linear_light else ""
    return f"{'enlarge' if plan.resized.pixels > used.pixels else 'resize'} to {_size(plan.resized)}{how}"


def _turn(plan: Plan) -> str:
    parts = ["mirror left to right"] if plan.turn.mirrored else []
    if plan.turn.quarters:
        parts.append(f"turn {90 * plan.turn.quarters}° clockwise")
    return ", ".join(parts)


def _crop(plan: Plan) -> str:
    assert plan.crop is not None, "only a plan with a crop has this step"
    if plan.seek is not None:
        return f"crop {_size(plan.crop.size)} {_SOUGHT[plan.seek]}"
    return f"crop {_box(plan.crop)}"


def _adjust(plan: Plan) -> str:
    wish = plan.wish
    parts = [
        f"{name} {getattr(wish, name):g}"
        for name in ("brightness", "contrast", "saturation")
        if getattr(wish, name) != 1
    ]
    parts += [f"hue by {wish.hue}°"] * bool(wish.hue) + ["grayscale"] * wish.grayscale
    return f"adjust {', '.join(parts)}"


def _canvas(plan: Plan) -> str:
    assert plan.place is not None, "only a plan with a canvas has this step"
    return f"lay on a canvas of {plan.width}×{plan.height} at {plan.place.left}, {plan.place.top}"


def _watermark(plan: Plan) -> str:
    mark = plan.wish.watermark
    assert mark is not None, "only a plan with a watermark has this step"
    what = "an image" if mark.text is None else "a text"
    where = "all over it" if mark.tile else f"at {mark.position.value.replace('_', ' ')}"
    return f"lay {what} over it, {where}"


def _encode(plan: Plan) -> str:
    parts = [f"encode as {format_name(plan.format)}"]
    if plan.wish.lossless:
        parts.append("lossless")
    elif plan.format is OutputFormat.PNG and plan.quality is not None:
        parts.append(f"with a palette of quality {plan.quality}")
    elif plan.quality is not None:
        parts.append(f"quality {plan.quality}")
    parts += ["progressive"] * plan.wish.progressive
    return ", ".join(parts)


def _size(size: Size) -> str:
    return f"{size.width}×{size.height}"


def _box(box: Box) -> str:
    return f"{_size(box.size)} at {box.left}, {box.top}"


_WORDS: dict[str, Callable[[Plan], str]] = {
    "decode": _decode,
    "cut": lambda plan: f"cut out {_box(plan.region)}" if plan.region else "",
    "trim": _trim,
    "resize": _resize,
    "turn": _turn,
    "crop": _crop,
    "adjust": _adjust,
    "tint": lambda plan: f"tint {plan.wish.tint}",
    "blur": lambda plan: f"blur with sigma {plan.wish.blur:g}",
    "sharpen": lambda plan: f"sharpen with sigma {plan.wish.sharpen:g}",
    "background": lambda plan: "lay on #{:02x}{:02x}{:02x}{:02x}".format(*plan.background or ()),
    "canvas": _canvas,
    "watermark": _watermark,
    "corners": lambda plan: f"round corners by {plan.corner_radius}",
    "label": lambda plan: _KEPT[plan.metadata],
    "encode": _encode,
}

"""Our wishes in sharp's words, and where the two mean something else."""

from dataclasses import dataclass
from typing import Any

from imaging.render.choices import Fit, Gravity, OutputColorSpace
from imaging.render.facts import Source
from imaging.render.geometry import Size
from imaging.render.plan import Plan
from imaging.render.transform import Transform

DIFFERENCES = {
    "orientation": "sharp leaves a picture as the camera held it unless told autoOrient(); we always set it upright.",
    "upscaling": "sharp enlarges unless told withoutEnlargement; we only with allowUpscale.",
    "COVER and STRETCH that would enlarge": "sharp's withoutEnlargement stops each side for itself and so changes "
    "the shape that was asked for; ours shrinks the box in proportion, so that the shape stays.",
    "PAD": "sharp has no such word; it is contain with withoutEnlargement.",
    "aspectRatio": "sharp has no such word; it is the other side, worked out by the caller.",
    "flip and flop with a quarter turn": "sharp mirrors before it rotates, we after, as one reads it.",
    "a JPEG shrunk while it is decoded": "sharp works out the other side from the shrunk picture, whose sides are "
    "rounded already, ours comes from the true size: they may differ by a pixel. Unless told fastShrinkOnLoad: false, "
    "sharp also decodes it smaller than we do, which shows.",
    "grayscale": "sharp weighs the light itself, CSS the stored values; ours is CSS's, spelt recomb() in sharp.",
    "brightness, contrast, saturation, hue": "sharp's modulate() works in LCH; ours are the filters of CSS, "
    "spelt linear() and recomb() in sharp.",
    "blur": "sharp cuts the bell of its blur off where it is 0.2 high, ours runs out; told minAmplitude, sharp's does.",
    "background of a grey picture": "sharp makes the background grey, too; ours has the colour that was asked for.",
    "sharpen": "sharp also sharpens flat areas (m1 = 1); ours is libvips's own, which leaves skies alone "
    "(m1 = 0, m2 = 3).",
    "background of a JPEG": "sharp lays a see-through picture on black, we on white.",
    "edges of an SVG": "where its shape does not come out in whole pixels, sharp leaves two edges half transparent; "
    "ours fills them.",
    "ATTENTION": "libvips looks for it on the resized picture, whose ratio ours keeps to the pixel and sharp to a "
    "fraction: the place found may be a pixel off.",
    "wide gamut of 16 bits": "sharp leaves the numbers of Display P3 without their profile unless told "
    "withIccProfile('srgb'); ours are sRGB, as always.",
    "linearLight": "sharp calls it pipelineColourspace('scrgb').",
    "metadata": "sharp strips all, we keep the copyright.",
}
"""What differs on purpose, and why."""

_FITS = {
    Fit.COVER: "cover",
    Fit.CONTAIN: "contain",
    Fit.PAD: "contain",
    Fit.INSIDE: "inside",
    Fit.OUTSIDE: "outside",
    Fit.STRETCH: "fill",
}
_CLEAR = {"r": 0, "g": 0, "b": 0, "alpha": 0}
_SEEKING = (Gravity.ATTENTION, Gravity.ENTROPY)


@dataclass(frozen=True)
class Asked:
    """The same wish for sharp: how it opens the picture, and what it is told to do, in order."""

    options: dict[str, Any]
    steps: list[list[Any]]


def in_sharp(plan: Plan) -> Asked:
    """Say a wish of one operation, or of several whose order is the same there, in sharp's words."""
    wish, source = plan.wish, plan.source
    options = {"autoOrient": True, "failOn": "error", "page": plan.page, "pages": plan.pages}
    steps = [*_parts(wish, source), *_turns(wish), *_resize(wish, source), *_looks(wish), *_around(wish)]
    if wish.linear_light:
        steps.insert(0, ["pipelineColourspace", "scrgb"])
    if wish.color_space is OutputColorSpace.KEEP:
        steps.append(["keepIccProfile"])
    return Asked(options, steps)


def _parts(wish: Transform, source: Source) -> list[list[Any]]:
    steps: list[list[Any]] = []
    if wish.crop:
        box = wish.crop.box(Size(source.width, source.height))
        steps.append(["extract", {"left": box.left, "top": box.top, "width": box.width, "height": box.height}])
    if wish.trim:
        background = {"background": wish.trim.color} if wish.trim.color else {}
        steps.append(["trim", {"threshold": wish.trim.threshold, **background}])
    return steps


def _turns(wish: Transform) -> list[list[Any]]:
    flip, flop = (wish.flop, wish.flip) if wish.rotate in (90, 270) else (wish.flip, wish.flop)
    asked = [(flip, ["flip"]), (flop, ["flop"]), (wish.rotate, ["rotate", wish.rotate])]
    return [step for wanted, step in asked if wanted]


def _resize(wish: Transform, source: Source) -> list[list[Any]]:
    if wish.width is None and wish.height is None:
        return []
    how: dict[str, Any] = {
        "width": wish.width,
        "height": wish.height,
        "withoutEnlargement": not wish.allow_upscale,
        "fastShrinkOnLoad": False,
        "background": wish.background or (_CLEAR if source.has_alpha else "#ffffff"),
    }
    if wish.fit:
        how["fit"] = _FITS[wish.fit]
    if wish.gravity in _SEEKING:
        how["position"] = wish.gravity.value
    elif wish.gravity:
        how["position"] = wish.gravity.value.replace("_", "")
    return [["resize", {key: value for key, value in how.items() if value is not None}]]


def _looks(wish: Transform) -> list[list[Any]]:
    asked = [
        (wish.grayscale, ["recomb", GRAY]),
        (wish.brightness != 1, ["linear", wish.brightness, 0]),
        (wish.contrast != 1, ["linear", wish.contrast, 127.5 * (1 - wish.contrast)]),
        (wish.saturation != 1, ["recomb", _mixed(wish.saturation)]),
        (wish.tint, ["tint", wish.tint]),
        (wish.blur, ["blur", {"sigma": wish.blur, "precision": "float", "minAmplitude": 0.001}]),
        (wish.sharpen, ["sharpen", {"sigma": wish.sharpen, "m1": 0, "m2": 3}]),
    ]
    return [step for wanted, step in asked if wanted]


def _around(wish: Transform) -> list[list[Any]]:
    asked = []
    if wish.background:
        asked.append(["flatten", {"background": wish.background}])
    if wish.padding:
        sides = dict.fromkeys(("top", "bottom", "left", "right"), wish.padding)
        asked.append(["extend", {**sides, "background": wish.background or "#ffffff"}])
    return asked


# Source: Filter Effects Module Level 1, 9.5 and 9.6: the sums for grayscale() have one decimal more.
GRAY = [[0.2126, 0.7152, 0.0722]] * 3
_LUMA = (0.213, 0.715, 0.072)


def _mixed(share: float) -> list[list[float]]:
    """Return the matrix of CSS's saturate()."""
    return [
        [weight * (1 - share) + (share if row == column else 0) for column, weight in enumerate(_LUMA)]
        for row in range(3)
    ]

"""The order of the steps, which never changes, and why it is this one. No pyvips here."""

from collections.abc import Callable
from dataclasses import dataclass

from imaging.render.plan import Plan


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its name, why it comes where it does, and whether a plan needs it."""

    name: str
    reason: str
    is_needed: Callable[[Plan], bool]


ORDER: tuple[Step, ...] = (
    Step("decode", "A page is opened, a JPEG or a drawing already smaller where that is possible.", lambda _: True),
    Step(
        "cut", "The crop counts in the source's own pixels, so nothing may have changed them.", lambda p: bool(p.region)
    ),
    Step("trim", "Edges are found while they are sharp: resizing would blur them into the picture.", lambda p: p.trims),
    Step("resize", "Everything after it costs what the result is large, not what the source is large.", lambda _: True),
    Step(
        "turn",
        "Eight ways of turning are one step: the camera's orientation and what was asked for.",
        lambda p: p.turns,
    ),
    Step(
        "crop",
        "COVER cuts what hangs over, as the picture is seen: gravity means sides after turning.",
        lambda p: bool(p.crop),
    ),
    Step(
        "adjust", "Brightness, contrast, saturation, hue and grayscale see only pixels that stay.", lambda p: p.adjusts
    ),
    Step("tint", "A tint colours what the adjustments have left.", lambda p: p.wish.tint is not None),
    Step(
        "blur",
        "Blurred before anything is laid around, so that no background bleeds into the picture.",
        lambda p: bool(p.wish.blur),
    ),
    Step(
        "sharpen",
        "Sharpened last of what changes the picture: it would amplify what others do later.",
        lambda p: bool(p.wish.sharpen),
    ),
    Step(
        "background", "Under what shines through; the colour is exactly the one asked for.", lambda p: p.lays_background
    ),
    Step(
        "canvas",
        "What CONTAIN and PAD leave free, and the padding, are laid around the finished picture.",
        lambda p: bool(p.canvas),
    ),
    Step(
        "watermark",
        "Over everything, so that it can neither be cropped away nor blurred.",
        lambda p: p.wish.watermark is not None,
    ),
    Step(
        "corners",
        "Rounded as CSS rounds a box: with its padding, and with what lies on it.",
        lambda p: bool(p.corner_radius),
    ),
    Step("label", "Metadata are reduced to what the policy lets out.", lambda _: True),
    Step("encode", "Written once, in one format.", lambda _: True),
)


def steps_of(plan: Plan) -> tuple[Step, ...]:
    """Return the steps that the plan needs, in their order."""
    return tuple(step for step in ORDER if step.is_needed(plan))

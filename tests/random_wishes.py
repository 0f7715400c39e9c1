"""Transforms at random, as a client writes them in GraphQL: every operation, with sizes that are quickly made."""

import random
from typing import Any

LONGEST = 700
FITS = ("CONTAIN", "COVER", "INSIDE", "OUTSIDE", "PAD", "STRETCH")
GRAVITIES = ("CENTER", "NORTH", "SOUTH_EAST", "WEST", "ATTENTION", "ENTROPY", "FOCAL_POINT")
FORMATS = ("AUTO", "AUTO", "JPEG", "PNG", "WEBP", "AVIF", "GIF")
TEXTS = ("© Ada", "Ωμέγα", "two\nlines", "ابجد")


def random_wish(chance: random.Random) -> dict[str, Any]:
    """Return a `TransformInput` of a few fields; it may still be impossible for its picture."""
    wish: dict[str, Any] = {"width": chance.randint(1, LONGEST), "format": chance.choice(FORMATS)}
    for _ in range(chance.randint(0, 4)):
        wish |= chance.choice((_geometry, _parts, _looks, _manner, _watermark))(chance)
    return wish


def _geometry(chance: random.Random) -> dict[str, Any]:
    return chance.choice(
        (
            {"height": chance.randint(1, LONGEST), "fit": chance.choice(FITS), "gravity": chance.choice(GRAVITIES)},
            {"rotate": chance.choice((90, 180, 270)), "flip": chance.random() < 0.5, "flop": chance.random() < 0.5},
            {"dpr": chance.choice((1.5, 2, 3)), "allowUpscale": True},
            {"focalPoint": {"x": chance.random(), "y": chance.random()}},
        )
    )


def _parts(chance: random.Random) -> dict[str, Any]:
    ratio = {"left": 0.25, "top": 0.1, "width": 0.5, "height": 0.8}
    pixels = {"left": 0, "top": 1, "width": chance.randint(1, 60), "height": chance.randint(1, 40)}
    return chance.choice(
        (
            {"crop": {"ratio": ratio}},
            {"crop": {"pixels": pixels}},
            {"trim": {"threshold": chance.randint(0, 255)}},
            {"page": chance.randint(1, 3)},
            {"animated": chance.random() < 0.5},
        )
    )


def _looks(chance: random.Random) -> dict[str, Any]:
    return chance.choice(
        (
            {"blur": chance.uniform(0.3, 60)},
            {"sharpen": chance.uniform(0.3, 5)},
            {"brightness": chance.uniform(0, 3), "contrast": chance.uniform(0, 3)},
            {"saturation": chance.uniform(0, 3), "hue": chance.randint(-360, 360)},
            {"grayscale": True},
            {"tint": "#ff8800"},
            {"padding": chance.randint(0, 60), "background": "#12345680"},
            {"cornerRadius": chance.randint(0, 400)},
        )
    )


def _manner(chance: random.Random) -> dict[str, Any]:
    return chance.choice(
        (
            {"quality": chance.randint(1, 100)},
            {"progressive": True},
            {"linearLight": True},
            {"colorSpace": "KEEP"},
            {"metadata": chance.choice(("NONE", "KEEP", "COPYRIGHT"))},
            {"format": chance.choice(("WEBP", "PNG")), "lossless": True},
        )
    )


def _watermark(chance: random.Random) -> dict[str, Any]:
    lettering = {"text": chance.choice(TEXTS), "scale": chance.uniform(0.05, 1), "opacity": chance.uniform(0.05, 1)}
    return {"watermark": lettering | {"tile": chance.random() < 0.3}}

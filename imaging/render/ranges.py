"""Checks of the numbers and colours in a wish."""

import math
import re

from imaging.errors import InvalidTransform

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{2}){3,4}")
_OPAQUE_COLOR = re.compile(r"#(?:[0-9a-fA-F]{2}){3}(?:[fF]{2})?")


def check_range(name: str, value: float | None, low: float, high: float) -> None:
    """Accept a number from low to high, or none; `name` is the field, with dots into objects.

    Raises:
        InvalidTransform: it is out of range, or no number.
    """
    if value is not None and not low <= value <= high:
        raise InvalidTransform(
            f"{name} is {told(value)}; it must be from {told(low)} to {told(high)}", field=name.split(".")
        )


def check_color(name: str, color: str | None, *, opaque: bool = False) -> None:
    """Accept `#rrggbb` or `#rrggbbaa`, or none.

    Raises:
        InvalidTransform: it is something else, or can be seen through where it must not.
    """
    if color is not None and not (_OPAQUE_COLOR if opaque else _COLOR).fullmatch(color):
        allowed = "be opaque, such as #ff8000" if opaque else "look like #rrggbb or #rrggbbaa"
        raise InvalidTransform(f"{name} is {color[:20]!r}; it must {allowed}", field=name.split("."))


def plain_color(color: str | None) -> str | None:
    """Return the colour's shortest spelling in lower case: without an alpha that hides nothing."""
    if color is None:
        return None
    color = color.lower()
    return color[:7] if len(color) == 9 and color.endswith("ff") else color


def told(number: float) -> str:
    """Return a number as people write it: whole where it is whole, never with an exponent unless it is tiny or huge."""
    return f"{number:.15g}"


def rounded(value: float, decimals: int) -> float:
    """Round half up, so that what is spelt is what is meant."""
    steps: int = 10**decimals
    return math.floor(value * steps + 0.5) / steps

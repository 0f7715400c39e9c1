"""How a wish stands in an address: `key_value` joined by `-`, `o` for none; one text for each wish. No pyvips here."""

import base64
import binascii
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from imaging.errors import InvalidTransform, TransformTooLong
from imaging.render.choices import Fit, Gravity, MetadataPolicy, OutputColorSpace, OutputFormat
from imaging.render.crop import Crop
from imaging.render.fold import FOCAL_STEPS
from imaging.render.transform import Transform
from imaging.render.trim import Trim
from imaging.render.watermark import Watermark

MAX_BYTES = 200
FALLBACKS = frozenset({OutputFormat.JPEG, OutputFormat.PNG, OutputFormat.GIF})
_WATERMARK = "watermark"


def canonical(wish: Transform, alt: OutputFormat | None = None) -> str:
    """Return the one text for this wish, as it stands in an address.

    The format is not in it: a concrete one is the address's extension. `alt` (JPEG, PNG or GIF) is the
    fallback of an address whose format is negotiated, and is in it.

    Raises:
        TransformTooLong: the text is longer than 200 bytes.
    """
    return _canonical(wish, alt)


def parse_canonical(text: str, format: OutputFormat = OutputFormat.AUTO) -> tuple[Transform, OutputFormat | None]:
    """Read a canonical text back: the wish, in `format`, and the fallback if it names one.

    Raises:
        TransformTooLong: the text is longer than 200 bytes.
        InvalidTransform: it has an unknown operation or value, or is not spelt as `canonical` spells it.
    """
    _check_length(text)
    values: dict[str, Any] = {"format": format}
    mark: dict[str, Any] = {}
    alt = None
    for operation in [] if text == "o" else text.split("-"):
        key, _, value = operation.partition("_")
        if key == "alt":
            alt = _parse_alt(value)
        elif key in _WATERMARK_OPERATIONS:
            mark.update(_parsed(key, value, _WATERMARK_OPERATIONS[key][1]))
        elif key in _OPERATIONS:
            values.update(_parsed(key, value, _OPERATIONS[key][1]))
        else:
            raise InvalidTransform(f"there is no operation {key[:20]!r}", field=["ops"])
    if mark:
        values[_WATERMARK] = Watermark(**mark)
    wish = Transform(**values)
    if canonical(wish, alt) != text:
        raise InvalidTransform("the operations are not in their canonical spelling", field=["ops"])
    return wish, alt


# The same few wishes are made of every image of a list: their spelling is worth remembering.
@lru_cache(maxsize=4096)
def _canonical(wish: Transform, alt: OutputFormat | None) -> str:
    wish = (wish if alt is None else replace(wish, format=OutputFormat.AUTO)).folded()
    text = "-".join(_spelt(wish, alt)) or "o"
    _check_length(text)
    return text


def _spelt(wish: Transform, alt: OutputFormat | None) -> Iterator[str]:
    for key, (spell, _) in _OPERATIONS.items():
        value = spell(wish)
        if value is not None:
            yield f"{key}_{value}"
    if wish.watermark is not None:
        for key, (spell_mark, _) in _WATERMARK_OPERATIONS.items():
            value = spell_mark(wish.watermark)
            if value is not None:
                yield f"{key}_{value}"
    if alt is not None:
        yield f"alt_{alt.value}"


def _check_length(text: str) -> None:
    size = len(text.encode())
    if size > MAX_BYTES:
        raise TransformTooLong(f"the operations take {size} bytes; at most {MAX_BYTES} fit an address")


def _parsed(key: str, value: str, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    try:
        return parse(value)
    except ValueError:
        raise InvalidTransform(f"operation {key!r} cannot take {value[:40]!r}", field=["ops"]) from None


def _parse_alt(value: str) -> OutputFormat:
    for format in FALLBACKS:
        if format.value == value:
            return format
    raise InvalidTransform("alt must be jpg, png or gif", field=["ops"])


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


def _spell_crop(wish: Transform) -> str | None:
    if wish.crop is None:
        return None
    crop = wish.crop
    return f"{'r_' if crop.is_ratio else ''}{crop.left}_{crop.top}_{crop.width}_{crop.height}"


def _parse_crop(value: str) -> dict[str, Any]:
    left, top, width, height = map(_integer, value.removeprefix("r_").split("_"))
    return {"crop": Crop(left, top, width, height, is_ratio=value.startswith("r_"))}


def _spell_trim(wish: Transform) -> str | None:
    if wish.trim is None:
        return None
    color = f"_{wish.trim.color[1:]}" if wish.trim.color else ""
    return f"{wish.trim.threshold}{color}"


def _parse_trim(value: str) -> dict[str, Any]:
    threshold, _, color = value.partition("_")
    return {"trim": Trim(_integer(threshold), f"#{color}" if color else None)}


def _spell_image(mark: Watermark) -> str | None:
    return None if mark.image_id is None else f"{mark.image_id.hex}_{mark.version}"


def _parse_image(value: str) -> dict[str, Any]:
    found = re.fullmatch(r"([0-9a-f]{32})_(\d{1,9})", value, re.ASCII)
    if found is None:
        raise ValueError
    return {"image_id": uuid.UUID(found[1]), "version": int(found[2])}


def _spell_text(mark: Watermark) -> str | None:
    return None if mark.text is None else base64.b32encode(mark.text.encode()).decode().rstrip("=").lower()


def _parse_text(value: str) -> dict[str, Any]:
    if not re.fullmatch("[a-z2-7]+", value):
        raise ValueError
    try:
        return {"text": base64.b32decode(value.upper() + "=" * (-len(value) % 8)).decode()}
    except binascii.Error:
        raise ValueError from None


def _integer(value: str) -> int:
    if not re.fullmatch(r"\d{1,7}", value, re.ASCII):
        raise ValueError
    return int(value)


def _decimal(value: str) -> float:
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4})?", value, re.ASCII):
        raise ValueError
    return float(value)


def _number(value: float | None, absent: float | None = None) -> str | None:
    return None if value is None or value == absent else f"{value:.4f}".rstrip("0").rstrip(".")


def _amount(name: str, absent: float | None = None) -> tuple[Callable[[Any], str | None], Callable[[str], Any]]:
    return (lambda wish: _number(getattr(wish, name), absent)), (lambda value: {name: _decimal(value)})


def _length(name: str, absent: int | None = None) -> tuple[Callable[[Any], int | None], Callable[[str], Any]]:
    def spell(wish: Any) -> int | None:  # a wish or a watermark
        value = getattr(wish, name)
        return None if value == absent else value

    return spell, lambda value: {name: _integer(value)}


def _switch(name: str, usual: bool = False) -> tuple[Callable[[Any], int | None], Callable[[str], dict[str, Any]]]:
    return (lambda wish: None if getattr(wish, name) is usual else 1), (lambda _: {name: not usual})


def _color(name: str) -> tuple[Callable[[Any], str | None], Callable[[str], dict[str, Any]]]:
    return (lambda wish: getattr(wish, name) and getattr(wish, name)[1:]), (lambda value: {name: f"#{value}"})


def _word(name: str, words: Any, absent: Any = None) -> tuple[Callable[[Any], Any], Callable[[str], dict[str, Any]]]:
    def spell(wish: Any) -> Any:  # a wish or a watermark, and the value of any enum
        chosen = getattr(wish, name)
        return None if chosen is absent else chosen.value

    return spell, lambda value: {name: words(value)}


# Reading and spelling of each operation, in the order in which they stand in an address.
_OPERATIONS: dict[str, tuple[Callable[[Transform], int | str | None], Callable[[str], dict[str, Any]]]] = {
    "page": _length("page"),
    "still": _switch("animated", usual=True),
    "crop": (_spell_crop, _parse_crop),
    "trim": (_spell_trim, _parse_trim),
    "w": _length("width"),
    "h": _length("height"),
    "ar": _amount("aspect_ratio"),
    "fit": _word("fit", Fit),
    "g": (_spell_gravity, _parse_gravity),
    "up": _switch("allow_upscale"),
    "lin": _switch("linear_light"),
    "rot": _length("rotate", 0),
    "flip": _switch("flip"),
    "flop": _switch("flop"),
    "br": _amount("brightness", 1.0),
    "con": _amount("contrast", 1.0),
    "sat": _amount("saturation", 1.0),
    "hue": _length("hue", 0),
    "gray": _switch("grayscale"),
    "tint": _color("tint"),
    "blur": _amount("blur"),
    "sharp": _amount("sharpen"),
    "bg": _color("background"),
    "pad": _length("padding", 0),
    "rad": _length("corner_radius", 0),
    "q": _length("quality"),
    "qd": _length("quality_drop", 0),
    "ll": _switch("lossless"),
    "prog": _switch("progressive"),
    "m": _word("metadata", MetadataPolicy, MetadataPolicy.COPYRIGHT),
    "cs": _word("color_space", OutputColorSpace, OutputColorSpace.SRGB),
}
_WATERMARK_OPERATIONS: dict[str, tuple[Callable[[Watermark], int | str | None], Callable[[str], dict[str, Any]]]] = {
    "wmi": (_spell_image, _parse_image),
    "wmt": (_spell_text, _parse_text),
    "wmc": _color("color"),
    "wmp": _word("position", Gravity, Gravity.SOUTH_EAST),
    "wms": _amount("scale", 0.25),
    "wmo": _amount("opacity", 1.0),
    "wmm": _length("margin", 0),
    "wmtile": _switch("tile"),
}

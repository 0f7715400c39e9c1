"""What is laid over a picture to say whose it is: another image, or words. No pyvips here."""

import unicodedata
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from imaging.errors import InvalidTransform
from imaging.render.choices import Gravity
from imaging.render.facts import Source
from imaging.render.fonts import is_visible, missing
from imaging.render.ranges import check_color, check_range, plain_color, rounded

MAX_TEXT = 100
MAX_MARGIN = 8_192
DEFAULT_COLOR = "#ffffff"
_SEEKING = frozenset({Gravity.ATTENTION, Gravity.ENTROPY, Gravity.FOCAL_POINT})


@dataclass(frozen=True, slots=True)
class Watermark:
    """An image, by id and version, or a text; one of them.

    `scale` is its width as a part of the picture's width, 0..1; `margin` is its distance from the edge in
    pixels, and between tiles; `opacity` is 0..1; `color` is the text's. Where `tile`, it is repeated over the
    whole picture, and `position` says where the first one lies. `version` is 0 until the image has been looked up.
    A text is set in the font of `fonts`; it has its own lines, and is no markup.

    Raises:
        InvalidTransform: a value is out of range; the message says what is allowed.
    """

    image_id: uuid.UUID | None = None
    version: int = 0
    text: str | None = None
    color: str | None = None
    position: Gravity = Gravity.SOUTH_EAST
    scale: float = 0.25
    opacity: float = 1.0
    margin: int = 0
    tile: bool = False

    def __post_init__(self) -> None:
        if (self.image_id is None) == (self.text is None):
            raise InvalidTransform("a watermark needs an image or a text, and not both", field=["watermark"])
        if self.text is not None:
            self._check_text(self.text)
        if self.color is not None and self.text is None:
            raise InvalidTransform("only a text has a color; an image has its own", field=["watermark", "color"])
        if self.position in _SEEKING:
            raise InvalidTransform(
                "a watermark's position is CENTER, a side or a corner", field=["watermark", "position"]
            )
        check_color("watermark.color", self.color)
        check_range("watermark.scale", self.scale, 0.01, 1)
        check_range("watermark.opacity", self.opacity, 0.01, 1)
        check_range("watermark.margin", self.margin, 0, MAX_MARGIN)

    def folded(self, dpr: float) -> "Watermark":
        """Return the same watermark in its plainest form, its margin in pixels of the output."""
        color = plain_color(self.color)
        return replace(
            self,
            text=self.text and unicodedata.normalize("NFC", self.text),
            color=None if color == DEFAULT_COLOR else color,
            scale=rounded(self.scale, 4),
            opacity=rounded(self.opacity, 2),
            margin=min(MAX_MARGIN, int(self.margin * dpr + 0.5)),
        )

    def _check_text(self, text: str) -> None:
        if not text.strip() or len(text) > MAX_TEXT:
            message = f"a watermark's text has from 1 to {MAX_TEXT} characters; this has {len(text)}"
            raise InvalidTransform(message, field=["watermark", "text"])
        if any(ord(character) < 32 and character != "\n" for character in text):
            raise InvalidTransform("a watermark's text may not have control characters", field=["watermark", "text"])
        if unknown := missing(text):
            message = f"a watermark's text can only have what our font shows; it lacks {_named(unknown)}"
            raise InvalidTransform(message, field=["watermark", "text"])
        if not is_visible(text):
            raise InvalidTransform("there is nothing to see in this text", field=["watermark", "text"])


@dataclass(frozen=True, slots=True)
class Overlay:
    """Where the original of a watermark's image lies, and the facts about it."""

    path: Path
    source: Source


def _named(characters: str) -> str:
    """Name characters that may not be fit to be shown."""
    return ", ".join(
        f"{letter} (U+{ord(letter):04X})" if letter.isprintable() else f"U+{ord(letter):04X}" for letter in characters
    )

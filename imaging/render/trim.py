"""What is cut away from the edges because it is all of one colour. No pyvips here."""

from dataclasses import dataclass

from imaging.render.ranges import check_color, check_range, plain_color


@dataclass(frozen=True, slots=True)
class Trim:
    """Edges whose pixels differ from `color` by at most `threshold` (0..255, in any channel) are cut away.

    Without a colour, that of the top left pixel is meant.

    Raises:
        InvalidTransform: a value is out of range; the message says what is allowed.
    """

    threshold: int = 10
    color: str | None = None

    def __post_init__(self) -> None:
        check_range("trim.threshold", self.threshold, 0, 255)
        check_color("trim.color", self.color, opaque=True)

    def folded(self) -> "Trim":
        """Return the same in its plainest form."""
        return Trim(self.threshold, plain_color(self.color))

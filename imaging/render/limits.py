"""How large a rendition may be. No pyvips here."""

import math
from dataclasses import dataclass

from imaging.errors import FormatUnavailable, OutputTooLarge
from imaging.render.choices import OutputFormat
from imaging.render.geometry import Size

ALWAYS_WRITTEN = frozenset(OutputFormat) - {OutputFormat.JPEG_XL}


@dataclass(frozen=True, slots=True)
class OutputLimits:
    """What a rendition may be: its longest side, and pixels, over all frames where it moves.

    An AVIF takes more memory to encode than any other format (about 22 bytes a pixel) and more time: it has a
    limit of its own, and a lower one where nobody asked for AVIF by name. So has what is lossless: a WebP takes
    26 bytes a pixel then, an AVIF 36. A WebP that can be seen through takes 20.
    """

    max_side: int = 8_192
    max_webp_side: int = 16_383
    max_avif_pixels: int = 24_000_000
    auto_avif_pixels: int = 4_000_000
    auto_clear_webp_pixels: int = 32_000_000
    max_lossless_pixels: int = 24_000_000
    animation_pixels: int = 24_000_000
    formats: frozenset[OutputFormat] = ALWAYS_WRITTEN

    @property
    def avif_pixels(self) -> int:
        """What an AVIF may have: whoever raises the lower limit past the other means both."""
        return max(self.max_avif_pixels, self.auto_avif_pixels)

    def natural(self, seen: Size, format: OutputFormat) -> Size:
        """Return the size of a picture nobody asked a size of: its own, or the largest that is allowed."""
        size = seen.at_most(Size(self.max_side, self.max_side))
        if format is not OutputFormat.AVIF or size.pixels <= self.avif_pixels:
            return size
        width = max(1, math.isqrt(self.avif_pixels * size.width // size.height))
        return size.inside(Size(width, max(1, self.avif_pixels // width)))

    def side(self, format: OutputFormat) -> int:
        """Return the longest side that the format may have; AUTO must suit every format."""
        return self.max_webp_side if format is OutputFormat.WEBP else self.max_side

    def check(self, size: Size, format: OutputFormat, *, lossless: bool = False) -> None:
        """Accept the size, or say what is too much.

        Raises:
            FormatUnavailable: the format cannot be written here.
            OutputTooLarge: a side is longer, or the area larger, than the format may have.
        """
        if format not in self.formats:
            names = ", ".join(sorted(known.name for known in self.formats))
            raise FormatUnavailable(f"{format.name} cannot be written here; these can: {names}", field=["format"])
        longest = self.side(format)
        found = f"the picture would be {size.width}×{size.height} pixels"
        for name, side in (("width", size.width), ("height", size.height)):
            if side > longest:
                raise OutputTooLarge(f"{found}; a side may have {longest}", field=[name])
        if format is OutputFormat.AVIF and size.pixels > self.avif_pixels:
            raise OutputTooLarge(f"{found}; an AVIF may have {self.avif_pixels} in all", field=["width"])
        if lossless and size.pixels > self.max_lossless_pixels:
            raise OutputTooLarge(f"{found}; a lossless one may have {self.max_lossless_pixels} in all", field=["width"])

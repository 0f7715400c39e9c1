"""A TIFF may store its colours already multiplied by their transparency."""

import struct

import numpy
import pytest

from imaging.render.facts import ImageFormat, Source
from imaging.render.transform import Transform


@pytest.mark.parametrize("depth", [8, 16])
def test_a_tiff_that_stores_colours_thinned_by_transparency_is_shown_in_full_colour(show, depth):
    # Source: TIFF 6.0, section 18: ExtraSamples 1 is associated alpha.
    pixel = [100 * 128 // 255, 200 * 128 // 255, 0, 128]
    content = associated(pixel if depth == 8 else [value * 257 for value in pixel], depth)
    shown = show(content, Source(ImageFormat.TIFF, 16, 16, has_alpha=True), Transform(width=5))
    assert numpy.abs(numpy.subtract(shown.getpixel((2, 2)), (100, 200, 0, 128))).max() <= 4


def associated(pixel: list[int], depth: int) -> bytes:
    """A TIFF of 16 by 16 pixels of one premultiplied colour."""
    data = struct.pack("<4B" if depth == 8 else "<4H", *pixel) * 256
    depths = 8 + len(data)
    entries = [
        (256, 3, 1, 16), (257, 3, 1, 16), (258, 3, 4, depths), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 8),
        (277, 3, 1, 4), (278, 3, 1, 16), (279, 4, 1, len(data)), (338, 3, 1, 1),
    ]  # fmt: skip
    fields = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\0" + struct.pack("<I", depths + 8)
    return head + data + struct.pack("<4H", *[depth] * 4) + struct.pack("<H", len(entries)) + fields + bytes(4)

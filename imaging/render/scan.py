"""Reads all pixels of a picture once, strip by strip: hashes them, and keeps a small copy."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyvips

TILE = 128
THUMBNAIL_PX = 256
CHANNELS = 4

Pixels = npt.NDArray[np.uint8]

# EXIF orientations that mirror the stored rows, the stored columns, and that swap both. Source: Exif 3.0, 4.6.6.
_ROWS_REVERSED = frozenset({3, 4, 6, 7})
_COLUMNS_REVERSED = frozenset({2, 3, 7, 8})
_TRANSPOSED = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class Scan:
    """What one reading gave: the hash in hex, and the first page, upright, shrunk to 256 to 511 px (or smaller).

    `is_opaque` is True when no pixel of any page can be seen through.
    """

    pixel_hash: str
    thumbnail: Pixels
    is_opaque: bool


def scan(image: pyvips.Image, page_height: int, orientation: int) -> Scan:
    """Read an RGBA image of eight bits from top to bottom, all its pages below one another.

    The hash does not depend on how the pixels were stored. It is the SHA-256 of `imaging-pixels-1`, then width and
    height as seen (eight bytes each, big endian), then the SHA-256 of each tile of 128 x 128 pixels of the upright
    picture, in reading order; tiles at the right and lower edge are smaller; pixels are RGBA, opaque where the
    file has no alpha. Memory stays at a strip of 128 rows.
    """
    width, height = image.width, image.height
    tiles = _Tiles(width, height, orientation)
    shrunk: list[Pixels] = []
    factor = _factor(max(width, page_height))
    region = pyvips.Region.new(image)
    top, is_opaque = 0, True
    for row, strip_height in enumerate(tiles.strip_heights):
        data = region.fetch(0, top, width, strip_height)
        strip: Pixels = np.frombuffer(data, np.uint8).reshape(strip_height, width, CHANNELS)
        tiles.add(row, strip)
        is_solid = bool(strip[..., 3].min() == 255)
        is_opaque = is_opaque and is_solid
        if top < page_height:
            part = strip[: page_height - top]
            shrunk.append(_shrink(part, factor) if is_solid else _shrink_clear(part, factor))
        top += strip_height
    return Scan(tiles.digest(), np.ascontiguousarray(turned(np.concatenate(shrunk), orientation)), is_opaque)


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """Return a view of stored pixels as they are to be seen."""
    if orientation in _ROWS_REVERSED:
        pixels = pixels[::-1]
    if orientation in _COLUMNS_REVERSED:
        pixels = pixels[:, ::-1]
    return pixels.swapaxes(0, 1) if orientation in _TRANSPOSED else pixels


def is_transposed(orientation: int) -> bool:
    """Return whether width and height change places when the picture is turned upright."""
    return orientation in _TRANSPOSED


class _Tiles:
    """The digests of all tiles, placed as the upright picture is read although pixels arrive as stored."""

    def __init__(self, width: int, height: int, orientation: int) -> None:
        self._orientation = orientation
        self._seen = (height, width) if is_transposed(orientation) else (width, height)
        # Tiles are counted from the upright corner: where that is the stored end, the odd tile comes first.
        self.strip_heights = _cuts(height, odd_first=orientation in _ROWS_REVERSED)
        self._columns = _cuts(width, odd_first=orientation in _COLUMNS_REVERSED)
        self._digests = np.zeros((len(self.strip_heights), len(self._columns), 32), np.uint8)

    def add(self, row: int, strip: Pixels) -> None:
        left = 0
        for column, width in enumerate(self._columns):
            tile = turned(strip[:, left : left + width], self._orientation)
            digest = hashlib.sha256(tile.tobytes()).digest()
            self._digests[row, column] = np.frombuffer(digest, np.uint8)
            left += width

    def digest(self) -> str:
        width, height = self._seen
        total = hashlib.sha256(b"imaging-pixels-1" + width.to_bytes(8, "big") + height.to_bytes(8, "big"))
        total.update(turned(self._digests, self._orientation).tobytes())
        return total.hexdigest()


def _cuts(length: int, *, odd_first: bool) -> list[int]:
    whole, odd = divmod(length, TILE)
    cuts = [TILE] * whole + ([odd] if odd else [])
    return cuts[::-1] if odd_first else cuts


def _factor(longest: int) -> int:
    """Return the power of two, at most a strip, that leaves at least 256 px."""
    factor = 1
    while factor < TILE and longest // (factor * 2) >= THUMBNAIL_PX:
        factor *= 2
    return factor


def _shrink(strip: Pixels, factor: int) -> Pixels:
    return strip.copy() if factor == 1 else _pixels(_image(strip).shrink(factor, factor, ceil=True))


def _shrink_clear(strip: Pixels, factor: int) -> Pixels:
    """Shrink so that what cannot be seen does not colour what can."""
    if factor == 1:
        return strip.copy()
    small = _image(strip).premultiply().shrink(factor, factor, ceil=True).unpremultiply()
    return _pixels(small.rint().cast("uchar"))


def _image(strip: Pixels) -> pyvips.Image:
    height, width, _ = strip.shape
    image = pyvips.Image.new_from_memory(np.ascontiguousarray(strip), width, height, CHANNELS, "uchar")
    return image.copy(interpretation="srgb")


def _pixels(image: pyvips.Image) -> Pixels:
    return np.frombuffer(image.write_to_memory(), np.uint8).reshape(image.height, image.width, CHANNELS)

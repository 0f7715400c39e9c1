"""A fingerprint by which pictures that look alike are found."""

import numpy as np
import numpy.typing as npt
import pyvips

SIDE_PX = 32
KEPT = 8


def perceptual_hash(image: pyvips.Image) -> str:
    """Return 64 bits as 16 hex digits; pictures that look alike differ in few bits.

    The picture, on white, is reduced to 32 x 32 grey values; of their cosine transform the 8 x 8 lowest
    frequencies are compared with their median, row by row, the highest bit first.

    Source: C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010, 3.2.1.
    """
    small = image.flatten(background=[255, 255, 255]).thumbnail_image(SIDE_PX, height=SIDE_PX, size="force")
    pixels = np.frombuffer(small.cast("uchar").write_to_memory(), np.uint8).reshape(SIDE_PX, SIDE_PX, 3)
    grey = pixels @ np.array([0.299, 0.587, 0.114])
    low = _COSINES @ grey @ _COSINES.T
    # Rounded, or the noise of summing in another order would decide the bits of flat pictures.
    low = low.round(6)
    bits = np.packbits((low > np.median(low)).ravel())
    return bits.tobytes().hex()


def _dct_rows(count: int, length: int) -> npt.NDArray[np.float64]:
    return np.cos(np.pi / length * np.outer(np.arange(count), np.arange(length) + 0.5))


_COSINES = _dct_rows(KEPT, SIDE_PX)

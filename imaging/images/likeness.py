"""How alike two perceptual hashes are, and by which parts of a hash those like it are found in an index.

A hash is 64 bits as 16 hex digits (`render.fingerprint`). Cut into four bands of 16 bits, two hashes that differ in
at most seven bits have a band that differs in at most one: a look-up of the 17 nearest values of each band finds
every hash that is near, and few others.
"""

from collections.abc import Iterator

BITS = 64
MOST_BITS_APART = 7
BANDS = range(4)
BAND_DIGITS = 4

# Where many frequencies are exactly equal, as in flat pictures and gradients, few lie above their median.
FEWEST_ONES = 24

_BAND_BITS = 16


def bits_apart(one: str, other: str) -> int:
    """Return in how many bits two hashes differ, 0 to 64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def tells_apart(perceptual_hash: str) -> bool:
    """Return False for a hash that many different pictures share: those of one colour, and plain gradients."""
    return int(perceptual_hash, 16).bit_count() >= FEWEST_ONES


def band_of(perceptual_hash: str, band: int) -> str:
    """Return the band with this number, 0 to 3, as hex digits."""
    start = band * BAND_DIGITS
    return perceptual_hash[start : start + BAND_DIGITS]


def nearest_bands(band: str) -> Iterator[str]:
    """Give the band itself, and the 16 that differ from it in one bit."""
    value = int(band, 16)
    yield band
    for bit in range(_BAND_BITS):
        yield f"{value ^ 1 << bit:0{BAND_DIGITS}x}"

"""JPEG: segments up to the frame header. Source: ITU-T T.81, B.1 and B.2."""

from typing import BinaryIO

from imaging.render.headers.parts import Claim, broken, size_of, skip, take

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_COEFFICIENT_BYTES = 2
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_MOST_SEGMENTS = 4_096


def claim(file: BinaryIO) -> Claim:
    """Return the size in the first frame header.

    Raises:
        FileRejected: there is none.
    """
    size = size_of(file)
    take(file, 2)
    for _ in range(_MOST_SEGMENTS):
        marker = _next_marker(file)
        if marker in _STANDALONE:
            continue
        if marker in (0xD9, 0xDA):
            raise broken("it has no frame header")
        length = int.from_bytes(take(file, 2), "big")
        if marker in _FRAMES:
            body = take(file, 6)
            width, height = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
            held_bytes = _coefficients(file, body[5], width * height) if marker in _PROGRESSIVE else 0
            return Claim(width, height, held_bytes)
        skip(file, max(0, length - 2), size)
    raise broken("it has too many segments")


def survey(_file: BinaryIO, _most_pages: int) -> int:
    """Return the number of pages: one, whatever else (a gain map, a second view) follows.

    Where the data end too early is left to the decoder, which alone can tell.
    """
    return 1


def _coefficients(file: BinaryIO, components: int, pixels: int) -> int:
    """Return how many bytes all coefficients take, which a progressive JPEG refines scan by scan."""
    sampling = take(file, 3 * components)[1::3]
    samples = [(factors >> 4) * (factors & 15) for factors in sampling]
    most = max(samples, default=0) or 1
    return _COEFFICIENT_BYTES * pixels * sum(samples) // most


def _next_marker(file: BinaryIO) -> int:
    # Decoders forgive rubbish between segments, so we do too, within reason.
    for _ in range(65_536):
        if take(file, 1) != b"\xff":
            continue
        code = take(file, 1)[0]
        while code == 0xFF:
            code = take(file, 1)[0]
        if code:
            return code
    raise broken("there is rubbish between its segments")

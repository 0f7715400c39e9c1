"""Large pictures that cost nothing to draw: uncompressed TIFFs of any size, each with pixels of its own."""

import struct
from pathlib import Path

import numpy as np

ROWS = 64
_SHORT, _LONG = 3, 4


def write_tiff(path: Path, width: int, height: int, *, seed: int = 0) -> Path:
    """Write slanted bands of grey as RGB of eight bits, in strips, a few of them in memory at a time."""
    row_bytes = width * 3
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(_head(width, height, row_bytes))
        across = np.arange(row_bytes, dtype=np.uint32) * (7 + 2 * (seed % 50)) + seed * 64
        for top in range(0, height, ROWS):
            row = ((across + top * 3) // 64).astype(np.uint8)
            file.write(np.tile(row, min(ROWS, height - top)).data)
    return path


def _head(width: int, height: int, row_bytes: int) -> bytes:
    """Header, directory, and where each strip lies. Source: TIFF Revision 6.0, sections 2 and 6."""
    strips = -(-height // ROWS)
    tags = 10
    depths_at = 8 + 2 + 12 * tags + 4
    starts_at = depths_at + 8
    lengths_at = starts_at + 4 * strips
    pixels_at = lengths_at + 4 * strips
    lengths = [min(ROWS, height - strip * ROWS) * row_bytes for strip in range(strips)]
    starts = [pixels_at + strip * ROWS * row_bytes for strip in range(strips)]
    # What fits into an entry stands in it.
    first, length = (starts_at, lengths_at) if strips > 1 else (starts[0], lengths[0])
    entries = [
        (256, _LONG, 1, width), (257, _LONG, 1, height), (258, _SHORT, 3, depths_at), (259, _SHORT, 1, 1),
        (262, _SHORT, 1, 2), (273, _LONG, strips, first), (277, _SHORT, 1, 3), (278, _LONG, 1, ROWS),
        (279, _LONG, strips, length), (284, _SHORT, 1, 1),
    ]  # fmt: skip
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = struct.pack("<2sHIH", b"II", 42, 8, tags) + directory + bytes(4) + struct.pack("<4H", 8, 8, 8, 0)
    return head + struct.pack(f"<{strips}I", *starts) + struct.pack(f"<{strips}I", *lengths)

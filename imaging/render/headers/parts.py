"""What the readers of headers share."""

import os
from dataclasses import dataclass, field
from typing import BinaryIO

from imaging.errors import CorruptFile, TruncatedFile

# More parts than any real file has: past this, walking on would only serve whoever made it.
MOST_PARTS = 2_000_000


@dataclass(frozen=True, slots=True)
class Claim:
    """The size a header claims, as stored: nothing has been decoded to prove it.

    `held_bytes` is what a decoder must hold at once before it can give out a row, because the file brings the whole
    picture several times, finer each time.
    """

    width: int
    height: int
    held_bytes: int = field(default=0, compare=False)

    @property
    def pixels(self) -> int:
        """The pixels of one page."""
        return self.width * self.height


def take(file: BinaryIO, length: int) -> bytes:
    """Read exactly so many bytes.

    Raises:
        TruncatedFile: there are fewer.
    """
    data = file.read(length)
    if len(data) < length:
        raise ended()
    return data


def skip(file: BinaryIO, length: int, size: int) -> None:
    """Pass over so many bytes of a file of `size` bytes.

    Raises:
        TruncatedFile: there are fewer.
    """
    if file.tell() + length > size:
        raise ended()
    file.seek(length, os.SEEK_CUR)


def size_of(file: BinaryIO) -> int:
    """Return how many bytes the file has."""
    return os.fstat(file.fileno()).st_size


def ended() -> TruncatedFile:
    """Make the error for a file that stops before its picture does."""
    return TruncatedFile("This file ends before its picture does")


def broken(what: str) -> CorruptFile:
    """Make the error for a file whose structure contradicts itself; `what` names the part."""
    return CorruptFile(f"This file is damaged: {what}")

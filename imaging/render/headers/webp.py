"""WebP: RIFF chunks. Source: RFC 9649, 2."""

from typing import BinaryIO

from imaging.render.headers.parts import MOST_PARTS, Claim, broken, ended, size_of, take


def claim(file: BinaryIO) -> Claim:
    """Return the size of the canvas.

    Raises:
        FileRejected: the first chunk does not tell.
    """
    head = take(file, 30)
    kind = head[12:16]
    if kind == b"VP8X":
        return Claim(1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little"))
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return Claim(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 ":
        return Claim(int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF)
    raise broken("its first chunk is none of WebP's")


def survey(file: BinaryIO, most_pages: int) -> int:
    """Count the frames, as far as one past `most_pages`, having seen that the chunks fill the container.

    Raises:
        TruncatedFile: the container is longer than the file.
    """
    head = take(file, 12)
    end = 8 + int.from_bytes(head[4:8], "little")
    if end > size_of(file):
        raise ended()
    frames = 0
    for _ in range(MOST_PARTS):
        if file.tell() + 8 > end:
            return max(1, frames)
        chunk = take(file, 8)
        frames += chunk[:4] == b"ANMF"
        if frames > most_pages:
            return frames
        length = int.from_bytes(chunk[4:8], "little")
        file.seek(length + (length & 1), 1)
    raise broken("it has too many chunks")

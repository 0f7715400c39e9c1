"""PNG: chunks. Source: W3C Portable Network Graphics, Third Edition, 5 and 11.2.1."""

from typing import BinaryIO

from imaging.render.headers.parts import MOST_PARTS, Claim, broken, ended, size_of, skip, take

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def claim(file: BinaryIO) -> Claim:
    """Return the size in IHDR.

    Raises:
        FileRejected: there is none.
    """
    head = take(file, 29)
    if head[12:16] != b"IHDR":
        raise broken("its first chunk is not IHDR")
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    depth, colour, interlaced = head[24], head[25], head[28]
    held_bytes = width * height * _CHANNELS.get(colour, 4) * (2 if depth == 16 else 1) if interlaced else 0
    return Claim(width, height, held_bytes)


def survey(file: BinaryIO, _most_pages: int) -> int:
    """Return the number of pages, one, having seen that the chunks reach IEND.

    Raises:
        TruncatedFile: the file ends before.
        CorruptFile: something that is no chunk comes before.
    """
    size = size_of(file)
    take(file, 8)
    for _ in range(MOST_PARTS):
        head = file.read(8)
        if len(head) < 8:
            raise ended()
        kind = head[4:8]
        if not kind.isalpha():
            raise broken("there is something between its chunks")
        skip(file, int.from_bytes(head[:4], "big") + 4, size)
        if kind == b"IEND":
            return 1
    raise broken("it has too many chunks")

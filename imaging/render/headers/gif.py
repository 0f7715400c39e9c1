"""GIF: blocks. Source: GIF89a Specification, CompuServe 1990."""

from typing import BinaryIO

from imaging.render.headers.parts import MOST_PARTS, Claim, broken, ended, size_of, skip, take


def claim(file: BinaryIO) -> Claim:
    """Return the size of the logical screen."""
    head = take(file, 10)
    return Claim(int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))


def survey(file: BinaryIO, most_pages: int) -> int:
    """Count the frames, as far as one past `most_pages`, having seen the trailer.

    Raises:
        TruncatedFile: the file ends before the trailer.
        CorruptFile: something that is no block comes before.
    """
    size = size_of(file)
    _skip_colours(file, take(file, 13)[10], size)
    frames = 0
    for _ in range(MOST_PARTS):
        label = take(file, 1)
        if label == b"\x3b":
            return _at_least_one(frames)
        if label == b"\x2c":
            frames += 1
            if frames > most_pages:
                return frames
            _skip_colours(file, take(file, 9)[8], size)
        elif label != b"\x21":
            return _rest(frames)
        take(file, 1)
        _skip_blocks(file, size)
    raise broken("it has too many blocks")


def _skip_colours(file: BinaryIO, flags: int, size: int) -> None:
    if flags & 0x80:
        skip(file, 3 << ((flags & 7) + 1), size)


def _skip_blocks(file: BinaryIO, size: int) -> None:
    while length := take(file, 1)[0]:
        # Seeking past the end does not fail; the next read then does.
        file.seek(length, 1)
    if file.tell() > size:
        raise ended()


def _at_least_one(frames: int) -> int:
    if not frames:
        raise broken("it has no frame")
    return frames


def _rest(frames: int) -> int:
    """Rubbish after a frame: browsers show what came before, and so do we."""
    if not frames:
        raise broken("there is something between its blocks")
    return frames

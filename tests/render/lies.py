"""Pictures whose header says something else than their data: made by changing a few bytes of honest ones."""

import struct
import zlib
from collections.abc import Callable

from tests import pictures

WIDTH, HEIGHT = 64, 48
"""What the data of every liar holds."""


def jpeg(width: int = WIDTH, height: int = HEIGHT, *, progressive: bool = False) -> bytes:
    """A JPEG whose frame header tells this size."""
    data = bytearray(pictures.jpeg(progressive=progressive))
    at = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def png(
    width: int = WIDTH, height: int = HEIGHT, *, interlaced: bool = False, depth: int = 8, colour: int = 2
) -> bytes:
    """A PNG whose header tells this size, depth and colour, with its checksum put right."""
    data = pictures.png(interlaced=interlaced)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return data[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + data[33:]


def webp_canvas(width: int, height: int) -> bytes:
    """A WebP whose canvas is told to be of this size while its one frame is not."""
    data = pictures.webp_alpha()
    extended = struct.pack("<I", 0x10) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + extended
    return b"RIFF" + struct.pack("<I", len(data) - 8 + len(chunk)) + b"WEBP" + chunk + data[12:]


def webp_moving(width: int, height: int) -> bytes:
    """An animated WebP whose canvas is told to be of this size."""
    data = bytearray(pictures.webp_animated(WIDTH, HEIGHT))
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def gif(width: int, height: int, *, moving: bool = False) -> bytes:
    """A GIF whose logical screen is told to be of this size; its frames keep theirs."""
    data = bytearray(pictures.gif_animated(3, WIDTH, HEIGHT) if moving else pictures.gif())
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def gif_frame_outside() -> bytes:
    """A GIF whose frame lies beyond its screen."""
    data = bytearray(pictures.gif())
    at = data.index(b"\x2c\0\0\0\0" + struct.pack("<HH", WIDTH, HEIGHT))
    data[at + 1 : at + 5] = struct.pack("<HH", 60_000, 60_000)
    return bytes(data)


def tiff(tag: int, value: int, *, pages: int = 1) -> bytes:
    """A TIFF of which one tag of the first page says this."""
    data = bytearray(pictures.tiff() if pages == 1 else pictures.tiff_pages(pages, WIDTH, HEIGHT))
    at = struct.unpack_from("<I", data, 4)[0]
    for entry in range(at + 2, at + 2 + 12 * struct.unpack_from("<H", data, at)[0], 12):
        if struct.unpack_from("<H", data, entry)[0] == tag:
            kind = struct.unpack_from("<H", data, entry + 2)[0]
            struct.pack_into(
                "<HI" if kind == 3 else "<I", data, entry + 8, *((value & 0xFFFF, 0) if kind == 3 else (value,))
            )
            return bytes(data)
    raise ValueError(f"this TIFF has no tag {tag}")


def tiff_in_a_circle() -> bytes:
    """A TIFF whose first directory is followed by itself."""
    data = bytearray(pictures.tiff())
    at = struct.unpack_from("<I", data, 4)[0]
    struct.pack_into("<I", data, at + 2 + 12 * struct.unpack_from("<H", data, at)[0], at)
    return bytes(data)


def avif(width: int, height: int) -> bytes:
    """An AVIF whose container tells this size, and whose stream another."""
    return in_container(pictures.avif(), width, height)


def in_container(data: bytes, width: int, height: int) -> bytes:
    """Return the AVIF or HEIC with every size in its container replaced."""
    changed, at = bytearray(data), 0
    while (at := changed.find(b"ispe", at)) >= 0:
        changed[at + 8 : at + 16] = struct.pack(">II", width, height)
        at += 16
    return bytes(changed)


def orientation(value: int) -> bytes:
    """A JPEG whose EXIF tells an orientation, whether there is such or not."""
    data = bytearray(pictures.exif_jpeg(orientation=6))
    for order in (">", "<"):
        mark = struct.pack(f"{order}HHIH", 0x0112, 3, 1, 6)
        if mark in data:
            at = data.index(mark)
            data[at : at + len(mark)] = struct.pack(f"{order}HHIH", 0x0112, 3, 1, value)
            return bytes(data)
    raise ValueError("the camera wrote no orientation")


LARGER = (65, 49), (64, 480), (640, 48), (5_000, 5_000), (16_000, 16_000)
SMALLER = (63, 48), (64, 47), (8, 8), (1, 1)

KINDS: dict[str, Callable[[int, int], bytes]] = {
    "jpeg": jpeg,
    "progressive jpeg": lambda width, height: jpeg(width, height, progressive=True),
    "png": png,
    "interlaced png": lambda width, height: png(width, height, interlaced=True),
    "webp canvas": webp_canvas,
    "moving webp": webp_moving,
    "gif": gif,
    "moving gif": lambda width, height: gif(width, height, moving=True),
    "avif": avif,
}

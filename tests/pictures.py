"""Draws the pictures that tests need, in memory and the same every time."""

import io
import struct
import zlib
from pathlib import Path

import pyvips
from PIL import Image, TiffImagePlugin

SHARED = Path(__file__).resolve().parents[2] / "shared" / "pictures"


def shared_pictures(*patterns: str) -> list[Path]:
    """Real files kept beside the repository, where that folder is present; else none."""
    return sorted(path for pattern in patterns for path in SHARED.glob(pattern))


def scene(width: int, height: int, *, seed: int = 0) -> pyvips.Image:
    """A gradient with waves in it: every corner has its own colour, so that no orientation looks like another."""
    across = pyvips.Image.xyz(width, height)
    x, y = across[0] / max(1, width - 1), across[1] / max(1, height - 1)
    waves = ((x * (420 + 30 * seed)).sin() + (y * 300).cos()) * 18
    red, green, blue = x * 220 + 20, y * 200 + 30, (x * -160 + y * 60) + 180
    bands = [red, green, blue] if seed % 2 == 0 else [blue, red, green]
    return ((bands[0].bandjoin(bands[1:])) + waves).cast("uchar").copy(interpretation="srgb")


def jpeg(width: int = 64, height: int = 48, *, quality: int = 85, progressive: bool = False, seed: int = 0) -> bytes:
    """A JPEG."""
    return scene(width, height, seed=seed).jpegsave_buffer(Q=quality, interlace=progressive)


def png(width: int = 64, height: int = 48, *, interlaced: bool = False, seed: int = 0) -> bytes:
    """An opaque PNG."""
    return scene(width, height, seed=seed).pngsave_buffer(interlace=interlaced)


def png_alpha(width: int = 64, height: int = 48, *, seed: int = 0) -> bytes:
    """A PNG that fades from opaque at the left to transparent at the right."""
    return _fading(scene(width, height, seed=seed)).pngsave_buffer()


def png_16bit(width: int = 64, height: int = 48) -> bytes:
    """A PNG of sixteen bits a channel."""
    deep = (scene(width, height).cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")
    return deep.pngsave_buffer(bitdepth=16)


def webp(width: int = 64, height: int = 48, *, lossless: bool = False, seed: int = 0) -> bytes:
    """A WebP."""
    return scene(width, height, seed=seed).webpsave_buffer(lossless=lossless)


def webp_alpha(width: int = 64, height: int = 48) -> bytes:
    """A WebP with transparency."""
    return _fading(scene(width, height)).webpsave_buffer(lossless=True)


def webp_animated(width: int = 40, height: int = 30, frames: int = 4) -> bytes:
    """An animated WebP."""
    return _roll(width, height, frames).webpsave_buffer(lossless=True)


def avif(width: int = 64, height: int = 48, *, seed: int = 0) -> bytes:
    """An AVIF."""
    return scene(width, height, seed=seed).heifsave_buffer(compression="av1", effort=0)


def gif(width: int = 64, height: int = 48, *, seed: int = 0) -> bytes:
    """A still GIF."""
    return scene(width, height, seed=seed).gifsave_buffer(effort=1)


def gif_animated(frames: int = 4, width: int = 40, height: int = 30) -> bytes:
    """An animated GIF of as many different frames."""
    return _roll(width, height, frames).gifsave_buffer(effort=1)


def tiff(width: int = 64, height: int = 48, *, compression: str = "none", seed: int = 0) -> bytes:
    """A TIFF of one page."""
    return scene(width, height, seed=seed).tiffsave_buffer(compression=compression)


def tiff_pages(pages: int = 3, width: int = 40, height: int = 30) -> bytes:
    """A TIFF of several pages of one size."""
    return _roll(width, height, pages).tiffsave_buffer(compression="lzw")


def svg(width: int = 120, height: int = 80, *, body: str | None = None) -> bytes:
    """An SVG; `body` replaces the drawing inside it."""
    drawing = '<rect width="100%" height="100%" fill="#204060"/><circle cx="40" cy="40" r="30" fill="#ffb000"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}">{drawing if body is None else body}</svg>'
    ).encode()


def slow_svg(sheets: int = 20) -> bytes:
    """A small drawing, allowed in all it says, that takes seconds to draw for each sheet of noise."""
    noise = '<filter id="f"><feTurbulence baseFrequency="0.05" numOctaves="200"/></filter>'
    return svg(2000, 2000, body=noise + '<rect width="2000" height="2000" filter="url(#f)"/>' * sheets)


def heic() -> list[Path]:
    """Real HEIC files: nothing here can write one, so they exist only where the shared folder does."""
    return shared_pictures("*.heic", "*.heif")


def exif_jpeg(
    width: int = 64,
    height: int = 48,
    *,
    orientation: int = 1,
    gps: tuple[float, float] | None = None,
    tags: dict[int, object] | None = None,
    quality: int = 90,
) -> bytes:
    """A JPEG as a camera writes it; with orientation 5 to 8 it is seen as `height` by `width`.

    `gps` is (latitude, longitude) in degrees; `tags` adds to, or replaces, those of the main directory.
    """
    exif = camera_exif(orientation=orientation, gps=gps, tags=tags)
    picture = _pillow(scene(width, height))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality, exif=exif.tobytes())
    return target.getvalue()


def camera_exif(
    *, orientation: int = 1, gps: tuple[float, float] | None = None, tags: dict[int, object] | None = None
) -> Image.Exif:
    """What a camera writes: make, model, lens, exposure, time, copyright, and where it was."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Nikon", "Nikon D90"
    exif[0x0112] = orientation
    exif[0x013B], exif[0x8298] = "Ada Lens", "(c) 2024 Ada Lens"
    exif[0x010E] = "A gradient with waves"
    exif.get_ifd(0x8769).update(
        {
            0x829A: TiffImagePlugin.IFDRational(1, 250),
            0x829D: TiffImagePlugin.IFDRational(28, 10),
            0x8827: 200,
            0x9003: "2024:06:01 12:30:00",
            0x9011: "+02:00",
            0x920A: TiffImagePlugin.IFDRational(50, 1),
            0xA434: "50mm f/1.8",
        }
    )
    if gps is not None:
        exif.get_ifd(0x8825).update(_gps(*gps))
    for tag, value in (tags or {}).items():
        exif[tag] = value
    return exif


def png_claiming(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, body) for kind, body in chunks)


def gif_claiming(width: int, height: int, *, frames: int = 1) -> bytes:
    """A tiny GIF whose header claims any size up to 65 535, with as many one-pixel frames."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    frame = (
        b"\x21\xf9\x04\x00\x05\x00\x00\x00" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    )
    return head + frame * frames + b"\x3b"


def webp_claiming(width: int, height: int) -> bytes:
    """A tiny lossless WebP whose header claims any size up to 16 384."""
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + bytes(16)
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body + (b"\0" if len(body) % 2 else b"")
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def tiff_claiming(width: int, height: int) -> bytes:
    """A tiny TIFF whose header claims any size."""
    entries = [
        (256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1),
        (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, 64),
    ]  # fmt: skip
    fields = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<I", 72) + bytes(64) + struct.pack("<H", len(entries)) + fields + bytes(4)


def jpeg_claiming(width: int, height: int) -> bytes:
    """A small JPEG whose frame header claims any size up to 65 535."""
    data = bytearray(jpeg(16, 16))
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _fading(picture: pyvips.Image) -> pyvips.Image:
    ramp = pyvips.Image.xyz(picture.width, picture.height)[0] * (-255 / max(1, picture.width - 1)) + 255
    return picture.bandjoin(ramp.cast("uchar"))


def _roll(width: int, height: int, frames: int) -> pyvips.Image:
    pages = [scene(width, height, seed=seed) for seed in range(frames)]
    roll = pyvips.Image.arrayjoin(pages, across=1).copy()
    roll.set_type(pyvips.GValue.gint_type, "page-height", height)
    roll.set_type(pyvips.GValue.array_int_type, "delay", [100] * frames)
    return roll


def _pillow(picture: pyvips.Image) -> Image.Image:
    return Image.frombytes("RGB", (picture.width, picture.height), picture.write_to_memory())


def _gps(latitude: float, longitude: float) -> dict[int, object]:
    return {
        1: "N" if latitude >= 0 else "S",
        2: _sexagesimal(latitude),
        3: "E" if longitude >= 0 else "W",
        4: _sexagesimal(longitude),
        5: b"\x00",
        6: TiffImagePlugin.IFDRational(352, 10),
    }


def _sexagesimal(degrees: float) -> tuple[TiffImagePlugin.IFDRational, ...]:
    whole, rest = divmod(abs(degrees), 1)
    minutes, rest = divmod(rest * 60, 1)
    return (
        TiffImagePlugin.IFDRational(int(whole), 1),
        TiffImagePlugin.IFDRational(int(minutes), 1),
        TiffImagePlugin.IFDRational(round(rest * 60 * 10_000), 10_000),
    )


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

"""One small source of every kind, with the facts that inspection tells about it."""

import functools
import io
from dataclasses import dataclass

import pi_heif
from PIL import Image

from imaging.render.facts import ImageFormat, Source
from tests import pictures


@dataclass(frozen=True)
class Sample:
    """A stored picture and its facts."""

    name: str
    content: bytes
    source: Source

    def __repr__(self) -> str:
        return self.name


@functools.cache
def samples() -> tuple[Sample, ...]:
    """Every format, orientation, depth and colour model we read, in awkward sizes."""
    return (*_photographs(), *_drawings(), *_deep_and_odd(), *_moving(), *_phone_pictures())


def moving_gif(frames: int = 5, width: int = 40, height: int = 30) -> Sample:
    """An animation of as many frames."""
    source = Source(ImageFormat.GIF, width, height, pages=frames, animated=True)
    return Sample(f"gif of {frames}", pictures.gif_animated(frames, width, height), source)


def turned_jpeg(orientation: int, width: int = 97, height: int = 61) -> Sample:
    """A JPEG whose camera was held in one of eight ways; stored as `width` by `height`."""
    seen = (height, width) if orientation > 4 else (width, height)
    content = pictures.exif_jpeg(width, height, orientation=orientation)
    return Sample(f"jpeg turned {orientation}", content, Source(ImageFormat.JPEG, *seen, orientation=orientation))


def _photographs() -> list[Sample]:
    jpeg = [turned_jpeg(orientation) for orientation in range(1, 9)]
    return [
        *jpeg,
        Sample("wide jpeg", pictures.jpeg(301, 1), Source(ImageFormat.JPEG, 301, 1)),
        Sample("large jpeg", pictures.jpeg(1013, 709), Source(ImageFormat.JPEG, 1013, 709)),
        Sample("progressive jpeg", pictures.jpeg(333, 127, progressive=True), Source(ImageFormat.JPEG, 333, 127)),
        Sample("webp", pictures.webp(533, 401), Source(ImageFormat.WEBP, 533, 401)),
        Sample("avif", pictures.avif(65, 49), Source(ImageFormat.AVIF, 65, 49)),
        Sample("tiff", pictures.tiff(71, 53, compression="lzw"), Source(ImageFormat.TIFF, 71, 53)),
    ]


def _drawings() -> list[Sample]:
    return [
        Sample("png", pictures.png(77, 78), Source(ImageFormat.PNG, 77, 78)),
        Sample("tall png", pictures.png(1, 299), Source(ImageFormat.PNG, 1, 299)),
        Sample("dot", pictures.png(1, 1), Source(ImageFormat.PNG, 1, 1)),
        Sample("alpha png", pictures.png_alpha(63, 47), Source(ImageFormat.PNG, 63, 47, has_alpha=True)),
        Sample("alpha webp", pictures.webp_alpha(63, 47), Source(ImageFormat.WEBP, 63, 47, has_alpha=True)),
        Sample("gif", pictures.gif(51, 33), Source(ImageFormat.GIF, 51, 33)),
        Sample("svg", pictures.svg(120, 81), Source(ImageFormat.SVG, 120, 81, has_alpha=True)),
    ]


def _deep_and_odd() -> list[Sample]:
    grey = pictures.scene(45, 67).colourspace("b-w")
    # As printing houses' programs convert: white to paper, black to the blackest ink.
    ink = {"intent": "relative", "black_point_compensation": True}
    cmyk = pictures.scene(83, 41).icc_transform("cmyk", input_profile="srgb", **ink)
    return [
        Sample("16 bit png", pictures.png_16bit(59, 37), Source(ImageFormat.PNG, 59, 37)),
        Sample("grey jpeg", grey.jpegsave_buffer(), Source(ImageFormat.JPEG, 45, 67)),
        Sample("cmyk jpeg", cmyk.jpegsave_buffer(), Source(ImageFormat.JPEG, 83, 41)),
        Sample("cmyk jpeg without profile", cmyk.jpegsave_buffer(keep="none"), Source(ImageFormat.JPEG, 83, 41)),
        Sample("palette png", _palette_png(), Source(ImageFormat.PNG, 50, 70)),
        Sample("grey alpha png", _grey_alpha_png(), Source(ImageFormat.PNG, 50, 70, has_alpha=True)),
    ]


def _moving() -> list[Sample]:
    webp = pictures.webp_animated(43, 29, 4)
    return [
        moving_gif(),
        Sample("moving webp", webp, Source(ImageFormat.WEBP, 43, 29, pages=4, animated=True)),
        Sample("tiff of pages", pictures.tiff_pages(3, 47, 31), Source(ImageFormat.TIFF, 47, 31, pages=3)),
    ]


def _phone_pictures() -> list[Sample]:
    return [
        Sample(path.name, path.read_bytes(), Source(ImageFormat.HEIC, *pi_heif.open_heif(path).size))
        for path in pictures.heic()
    ]


def _palette_png() -> bytes:
    target = io.BytesIO()
    with Image.open(io.BytesIO(pictures.png(50, 70))) as image:
        image.quantize(200).save(target, "PNG")
    return target.getvalue()


def _grey_alpha_png() -> bytes:
    target = io.BytesIO()
    with Image.open(io.BytesIO(pictures.png_alpha(50, 70))) as image:
        image.convert("LA").save(target, "PNG")
    return target.getvalue()

"""What is rendered: a picture, a width, a format; and the pictures that the render benchmark is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from benchmarks.pictures import SEED, mosaic, photograph
from imaging.render.choices import OutputFormat
from imaging.render.facts import ImageFormat

WIDTH = 512
FORMATS = (OutputFormat.JPEG, OutputFormat.WEBP, OutputFormat.AVIF, OutputFormat.PNG)

# The quality that imaging picks when nobody asks for one; everybody gets the same.
QUALITY = {OutputFormat.JPEG: 80, OutputFormat.WEBP: 79, OutputFormat.AVIF: 63}

# How each kind of source is written: the coding that cameras, editors and browsers use.
_WRITTEN: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("jpg", {"Q": 88}),
    "progressive JPEG": ("jpg", {"Q": 88, "interlace": True}),
    "PNG": ("png", {"compression": 3, "filter": 0x40}),
    "WebP": ("webp", {"Q": 85, "effort": 2}),
    "AVIF": ("avif", {"Q": 70, "compression": "av1", "effort": 0}),
    "TIFF": ("tif", {"compression": "lzw", "predictor": "horizontal"}),
}
_LARGE_SIDE = 8_000


@dataclass(frozen=True)
class Photos:
    """Photographs of one size and kind, each different."""

    kind: str
    width: int
    height: int
    paths: tuple[Path, ...]

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1e6

    @property
    def name(self) -> str:
        return (
            f"{self.megapixels:.1f} MP {self.kind}" if self.megapixels < 10 else f"{self.megapixels:.0f} MP {self.kind}"
        )

    @property
    def format(self) -> ImageFormat:
        return ImageFormat(self.kind.split()[-1].upper())


@dataclass(frozen=True)
class Job:
    """One rendition to make."""

    photo: Path
    width: int
    format: OutputFormat


def draw(folder: Path, kind: str, width: int, height: int, count: int) -> Photos:
    """Draw photographs and write them in the way of their kind."""
    extension, settings = _WRITTEN[kind]
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        drawn = (mosaic if width > _LARGE_SIDE else photograph)(width, height, SEED + number)
        path = folder / f"{kind.lower().replace(' ', '-')}-{width}-{number}.{extension}"
        drawn.write_to_file(str(path), **settings)
        paths.append(path)
    return Photos(kind, width, height, tuple(paths))


def diverse(photos: Photos, format: OutputFormat) -> Iterator[Job]:
    """Ask for every photograph in one width after the other: no two jobs are the same, all cost about the same."""
    for width in range(WIDTH, photos.width + 1):
        for path in photos.paths:
            yield Job(path, width, format)


def size_of(body: bytes) -> tuple[int, int]:
    """Return the size of a rendition, decoded to its end."""
    image = pyvips.Image.new_from_buffer(body, "", fail_on="error")
    image.avg()
    return image.width, image.height

"""Reads pictures with Pillow inside the test's own process: for tests that are not about decoding."""

import asyncio
from pathlib import Path

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from imaging.errors import UnsupportedFormat
from imaging.render.facts import ImageFormat, Inspection, Metadata, Source


class PillowInspector:
    """An inspector whose work takes as long as it is told to, and which counts what it read."""

    def __init__(self, *, delay_s: float = 0) -> None:
        self.delay_s = delay_s
        self.read = 0

    async def inspect(self, path: Path) -> Inspection:
        self.read += 1
        await asyncio.sleep(self.delay_s)
        return await asyncio.to_thread(_inspect, path)


def _inspect(path: Path) -> Inspection:
    try:
        with Pillow.open(path, formats=("JPEG", "PNG", "GIF")) as picture:
            width, height = picture.size
            format = ImageFormat(picture.format)
    except UnidentifiedImageError as error:
        raise UnsupportedFormat("This is no picture.") from error
    return Inspection(
        source=Source(format, width, height),
        pixel_hash="0" * 64,
        perceptual_hash="0" * 16,
        thumbhash="AAAA",
        placeholder_uri="data:image/png;base64,AAAA",
        dominant_color="#c86432",
        palette=("#c86432",),
        metadata=Metadata(camera_model="Box", taken_at="2026-05-01T12:00:00+02:00"),
        exif={"Model": "Box"},
    )

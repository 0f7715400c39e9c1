"""Pictures of one colour with a watermark on them, rendered for real."""

import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray
from PIL import Image

from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import plan
from imaging.render.render import render
from imaging.render.transform import OutputFormat, Transform, Watermark
from imaging.render.watermark import Overlay
from tests.render.sources import Sample

GROUND = (200, 100, 50)
BLUE = (0, 0, 255)


def flat(width: int, height: int, color: tuple[int, ...] = GROUND) -> Sample:
    """A PNG of one colour, with alpha if the colour has it."""
    pixels = pyvips.Image.black(width, height).new_from_image(list(color)).cast("uchar").copy(interpretation="srgb")
    source = Source(ImageFormat.PNG, width, height, has_alpha=len(color) == 4)
    return Sample("flat", pixels.pngsave_buffer(), source)


@dataclass(frozen=True)
class Easel:
    """Where watermarks are laid over pictures."""

    folder: Path

    def bytes_of(
        self,
        picture: Sample,
        mark: Watermark,
        over: Sample | None = None,
        format: OutputFormat = OutputFormat.PNG,
        wish: Transform | None = None,
    ) -> bytes:
        """The encoded picture."""
        path, target = self.folder / "picture", self.folder / "rendition"
        path.write_bytes(picture.content)
        steps = plan(replace(wish or Transform(), watermark=mark), picture.source, format=format)
        if over is not None:
            laid = self.folder / "over"
            laid.write_bytes(over.content)
            steps = replace(steps, overlay=Overlay(laid, over.source))
        render(path, steps, target)
        return target.read_bytes()

    def pixels(
        self,
        picture: Sample,
        mark: Watermark,
        over: Sample | None = None,
        format: OutputFormat = OutputFormat.PNG,
        wish: Transform | None = None,
    ) -> NDArray[np.uint8]:
        """The picture's pixels: rows, columns, channels."""
        with Image.open(io.BytesIO(self.bytes_of(picture, mark, over, format, wish))) as image:
            return np.asarray(image)


def touched(pixels: NDArray[np.uint8], ground: tuple[int, ...] = GROUND) -> tuple[int, int, int, int]:
    """The box of what is not the ground any more: left, top, width, height."""
    rows, columns = np.nonzero((pixels != np.asarray(ground, np.uint8)).any(axis=2))
    return int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1

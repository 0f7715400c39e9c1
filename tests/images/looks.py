"""Pictures that look like one another or not, and rows of what the real inspection finds in them."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pyvips

from imaging.accounts.viewer import Viewer
from imaging.images.models import Image
from imaging.images.picture import facts_of
from imaging.render.facts import Limits
from imaging.render.inspect import inspect
from tests.rows import add_image


def landscape(width: int = 360, height: int = 240, *, seed: int = 1) -> pyvips.Image:
    """A picture with light and shade at every scale, as photographs have; another one for each seed."""
    light = pyvips.Image.xyz(width, height).bandmean() * 0.05
    for octave in range(5):
        light += pyvips.Image.perlin(width, height, cell_size=128 >> octave, seed=seed * 31 + octave) * (80 >> octave)
    tints = [light * 1.05 + 118, light + 110, light * 0.8 + 120]
    return tints[0].bandjoin(tints[1:]).cast("uchar").copy(interpretation="srgb").copy_memory()


def plain(*colour: int, width: int = 120, height: int = 90) -> pyvips.Image:
    """A picture of one colour."""
    return (pyvips.Image.black(width, height, bands=3) + list(colour)).cast("uchar").copy(interpretation="srgb")


def facts(content: bytes) -> dict[str, Any]:
    """What is found in a file, as columns of a row."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        return facts_of(
            inspect(Path(file.name), Limits()), size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
        )


async def add_picture(owner: Viewer, content: bytes, **values: Any) -> Image:
    """Store an image of these bytes as a row."""
    return await add_image(owner, **facts(content) | values)

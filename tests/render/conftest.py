"""Renders samples for real."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from imaging.render.facts import Source
from imaging.render.plan import OutputLimits, plan
from imaging.render.render import render
from imaging.render.transform import OutputFormat, Transform

Shown = Callable[..., Image.Image]


@pytest.fixture
def show(tmp_path: Path) -> Shown:
    """Render bytes with their facts, and open the file with another library than the one that wrote it."""

    def rendered(
        content: bytes,
        source: Source,
        wish: Transform | None = None,
        format: OutputFormat = OutputFormat.PNG,
        limits: OutputLimits | None = None,
    ) -> Image.Image:
        stored, target = tmp_path / "source", tmp_path / "rendition"
        stored.write_bytes(content)
        render(stored, plan(wish or Transform(), source, format=format, limits=limits), target)
        # From memory, so that no file stays open.
        return Image.open(io.BytesIO(target.read_bytes()))

    return rendered

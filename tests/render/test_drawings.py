from pathlib import Path

import pytest

from imaging.render.draw import drawings
from imaging.render.facts import ImageFormat, Limits
from imaging.render.inspect import inspect

FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "svg": "SVG"}


def test_there_are_two_dozen_and_each_has_its_words() -> None:
    assert len({drawing.filename for drawing in drawings()}) == len(drawings()) >= 24
    assert all(drawing.title and drawing.alt_text and drawing.tags for drawing in drawings())
    assert {drawing.filename.rpartition(".")[2] for drawing in drawings()} >= set(FORMATS)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_drawing_is_what_its_name_says_and_the_same_every_time(suffix: str, tmp_path: Path) -> None:
    drawing = next(drawing for drawing in drawings() if drawing.filename.endswith(suffix))
    for name in ("first", "second"):
        drawing.draw(tmp_path / name)
    first, second = (inspect(tmp_path / name, Limits()) for name in ("first", "second"))
    assert first.source.format is ImageFormat(FORMATS[suffix])
    assert first.source.animated or suffix != "gif"
    assert first.pixel_hash == second.pixel_hash

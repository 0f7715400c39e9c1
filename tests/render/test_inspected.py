"""What inspection tells is what rendering finds."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from imaging.errors import FileRejected
from imaging.render.facts import Limits, Source
from imaging.render.inspect import inspect
from imaging.render.plan import output_size, plan
from imaging.render.render import render
from imaging.render.transform import Fit, OutputFormat, Transform
from tests import pictures
from tests.render.sources import Sample, samples

WISHES = [
    Transform(format=OutputFormat.JPEG, width=37, height=41),
    Transform(format=OutputFormat.WEBP, width=300),
    Transform(format=OutputFormat.PNG, rotate=90, flip=True, width=90),
    Transform(format=OutputFormat.AVIF, width=64, height=64, fit=Fit.CONTAIN),
]


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_the_facts_that_plans_are_made_from_are_told(tmp_path: Path, sample: Sample):
    stored = tmp_path / "stored"
    stored.write_bytes(sample.content)
    told = inspect(stored, Limits()).source
    assert replace(told, has_alpha=sample.source.has_alpha) == sample.source
    assert told.has_alpha or not sample.source.has_alpha


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.format.name)
def test_real_files_that_are_taken_in_are_shown_at_the_size_told(tmp_path: Path, wish: Transform):
    target = tmp_path / "rendition"
    found = {}
    for path in pictures.shared_pictures("*.jpg", "*.png", "*.gif", "*.webp", "*.avif", "*.tif*", "*.mpo", "*.svg"):
        source = source_of(path)
        if source is not None:
            render(path, plan(wish, source, format=wish.format), target)
            with Image.open(target) as image:
                found[path.name] = (image.size, output_size(wish, source))
    assert all(size == (told.width, told.height) for size, told in found.values())


def source_of(path: Path) -> Source | None:
    """Return the facts, or None where the file is not taken in."""
    try:
        return inspect(path, Limits()).source
    except FileRejected:
        return None

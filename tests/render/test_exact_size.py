"""The crucial promise: the size that is told is the size of the bytes, always."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from imaging.errors import OutputTooLarge
from imaging.render.canonical import canonical, parse_canonical
from imaging.render.limits import ALWAYS_WRITTEN, OutputLimits
from imaging.render.plan import output_size, plan
from imaging.render.render import render
from imaging.render.transform import OutputFormat, Transform
from tests.render.sources import Sample, samples
from tests.render.wishes import parts, transforms

LIMITS = OutputLimits(max_side=600, max_webp_side=700, animation_pixels=200_000)
FORMATS = sorted(ALWAYS_WRITTEN - {OutputFormat.AUTO}, key=str)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    """Where the samples are stored."""
    folder = tmp_path_factory.mktemp("sources")
    for number, sample in enumerate(samples()):
        (folder / str(number)).write_bytes(sample.content)
    return folder


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=90, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(number=st.integers(0, len(samples()) - 1), wish=transforms(longest=160), part=parts(), page=st.integers(0, 9))
def test_the_size_told_is_the_size_of_the_bytes(shelf, format, number, wish, part, page):
    sample = samples()[number]
    # Most pictures have one page, and most wishes name none.
    page = page if 0 < page <= sample.source.pages else None
    wish = replace(wish, format=format, page=page, **(part if wish.width is None else part | {"aspect_ratio": None}))
    try:
        told = output_size(wish, sample.source, LIMITS)
    except OutputTooLarge:
        with pytest.raises(OutputTooLarge):
            plan(wish, sample.source, format=format, limits=LIMITS)
        return
    stored_wish, _ = parse_canonical(canonical(wish), format)
    planned = plan(stored_wish, sample.source, format=format, limits=LIMITS)
    target = shelf / "rendition"

    rendered = render(shelf / str(number), planned, target)

    assert (rendered.width, rendered.height) == (planned.width, planned.height) == (told.width, told.height)
    assert_file_is(target, sample, planned.width, planned.height, rendered.pages, format)
    assert rendered.size_bytes == target.stat().st_size


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("number", range(len(samples())), ids=[sample.name for sample in samples()])
def test_an_address_without_a_wish_works_for_every_source(shelf, number, format):
    sample = samples()[number]
    small = OutputLimits(max_side=80)
    told = output_size(Transform(), sample.source, small)
    planned = plan(Transform(), sample.source, format=format, limits=small)
    target = shelf / "rendition"

    rendered = render(shelf / str(number), planned, target)

    assert max(told.width, told.height) <= 80
    assert_file_is(target, sample, told.width, told.height, rendered.pages, format)


def assert_file_is(target: Path, sample: Sample, width: int, height: int, pages: int, format: OutputFormat) -> None:
    """Ask another library than the one that wrote the file."""
    with Image.open(target) as image:
        assert image.format == format.name
        assert image.size == (width, height)
        assert image.getexif().get(0x0112, 1) == 1
        for page in range(pages):
            image.seek(page)
            image.load()
            assert image.size == (width, height)

"""The sizes that are told equal those of the bytes served, always: real decoders behind the real door."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from imaging.delivery.responsive import SrcsetItem
from imaging.errors import InvalidTransform, OutputTooLarge
from imaging.images.models import Image, Visibility
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Limits
from imaging.render.limits import ALWAYS_WRITTEN
from imaging.render.transform import OutputFormat, Transform
from tests.delivery.stage import Stage, open_stage, size_of
from tests.render.sources import Sample, samples
from tests.render.wishes import transforms

LONGEST = 300

real = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
accepts = st.sampled_from(["*/*", "image/webp,*/*", "image/avif,image/webp,*/*"])
formats = st.sampled_from(sorted(ALWAYS_WRITTEN, key=str))
sources = st.integers(0, len(samples()) - 1)
focal_points = st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1))


class Gallery:
    """A stage with one image of every kind, taken in by a real decoder."""

    def __init__(self, stage: Stage, decoder: DecoderPool) -> None:
        self.stage = stage
        self._decoder = decoder
        self._images: dict[str, Image] = {}

    async def image(self, sample: Sample) -> Image:
        """Take the sample in, unless it is there already."""
        if sample.name not in self._images:
            path = self.stage.folder / "tmp/sample"
            path.write_bytes(sample.content)
            found = await self._decoder.inspect(path)
            path.unlink()
            self._images[sample.name] = await self.stage.taken_in(sample.content, found)
        return self._images[sample.name]

    async def served(self, url: str, accept: str = "*/*") -> tuple[int, int]:
        """Return the size of the bytes that a browser gets."""
        answer = await self.stage.get(url, accept=accept)
        assert answer.status_code == 200, (url, answer.text)
        return size_of(answer.content)

    async def check(self, items: tuple[SrcsetItem, ...], accept: str) -> None:
        """Fetch a few of a srcset's items and compare."""
        for item in items:
            assert await self.served(item.url, accept) == (item.width, item.height), item.url


@pytest.fixture
async def gallery(tmp_path: Path) -> AsyncIterator[Gallery]:
    decoder = DecoderPool(2, 1024 * 1024 * 1024, 30, Limits())
    await decoder.start()
    try:
        async with open_stage(tmp_path, decoder) as stage:
            yield Gallery(stage, decoder)
    finally:
        await decoder.close()


@real
@given(index=sources, wish=transforms(LONGEST), format=formats, accept=accepts, focal_point=focal_points)
async def test_a_rendition_has_the_size_that_was_told(
    gallery: Gallery, index: int, wish: Transform, format: OutputFormat, accept: str, focal_point: tuple[float, float]
) -> None:
    image = await gallery.image(samples()[index])
    image.focal_x, image.focal_y = focal_point or (None, None)
    wish = replace(wish, format=format)
    try:
        told = gallery.stage.addresses.size(image, wish)
    except OutputTooLarge:
        with pytest.raises(OutputTooLarge):
            gallery.stage.addresses.url(image, wish)
        return
    url = gallery.stage.addresses.url(image, wish)
    note(f"{samples()[index]} {url}")
    assert await gallery.served(url, accept) == (told.width, told.height)
    assert httpx.URL(url).path.endswith(wish.format.value)


@real
@given(
    index=sources,
    wish=transforms(LONGEST),
    widths=st.lists(st.integers(1, LONGEST), min_size=1, max_size=3),
    accept=accepts,
)
async def test_every_width_of_a_srcset_is_the_width_of_its_bytes(
    gallery: Gallery, index: int, wish: Transform, widths: list[int], accept: str
) -> None:
    image = await gallery.image(samples()[index])
    try:
        srcset = gallery.stage.addresses.srcset(image, wish, widths=widths)
    except InvalidTransform:
        # Too large, or a side that follows is longer than any wish may have.
        return
    assert [item.descriptor for item in srcset.items] == [f"{item.width}w" for item in srcset.items]
    await gallery.check(srcset.items, accept)
    assert await gallery.served(srcset.src, accept) == (srcset.width, srcset.height)


async def test_every_kind_of_source_is_shown_by_a_page(gallery: Gallery) -> None:
    for sample in samples():
        image = await gallery.image(sample)
        image.visibility = Visibility.PRIVATE
        picture = gallery.stage.addresses.picture(image, widths=[20, 40])
        await gallery.check(picture.fallback.items, "*/*")
        for source in picture.sources:
            url = source.srcset.split(" ")[0]
            answer = await gallery.stage.get(url)
            assert (answer.status_code, answer.headers["content-type"]) == (200, source.type)

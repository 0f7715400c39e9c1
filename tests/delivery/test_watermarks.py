"""Watermarks when a picture is rendered: who may be laid over whom is looked at again."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from imaging.accounts.models import User
from imaging.delivery.admission import PixelGate
from imaging.delivery.watermarks import marked
from imaging.errors import CorruptFile
from imaging.images.models import Image, ImageState, Visibility
from imaging.render.decoder import DecoderPool
from imaging.render.facts import ImageFormat, Limits, Rendered, Source
from imaging.render.plan import Plan
from imaging.render.transform import Gravity, OutputFormat, Transform, Watermark
from tests import pictures
from tests.delivery.stage import Painter, Stage, open_stage
from tests.render.marks import BLUE, GROUND, flat

PRIVATE = Visibility.PRIVATE


@dataclass
class Witness(Painter):
    """A painter that remembers what it was to lay over, and the bytes that it found there."""

    overlays: list[tuple[Source, bytes]] = field(default_factory=list)

    async def render(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        if plan.overlay is not None:
            self.overlays.append((plan.overlay.source, plan.overlay.path.read_bytes()))
        return await super().render(source_path, plan, target)


@pytest.fixture
def painter() -> Witness:
    return Witness()


@pytest.fixture
async def stage(tmp_path: Path, painter: Witness) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, painter) as opened:
        yield opened


def wish(image: Image, mark: Image, **values: Any) -> Transform:
    """The wish as it is signed: with the watermark looked up."""
    asked = Transform(width=32, format=OutputFormat.JPEG, watermark=Watermark(image_id=mark.id, **values))
    return marked(asked, image, mark)


async def changed(image: Image, **values: Any) -> None:
    await Image.filter(id=image.id).update(**values)


async def test_the_renderer_is_given_the_watermarks_original(stage: Stage, painter: Witness) -> None:
    logo = pictures.png(20, 10)
    image, mark = await stage.image(), await stage.image(logo, format=ImageFormat.PNG, width=20, height=10)
    assert (await stage.get(stage.addresses.url(image, wish(image, mark)))).status_code == 200
    assert painter.overlays == [(Source(ImageFormat.PNG, 20, 10), logo)]


async def test_a_picture_without_one_is_rendered_as_ever(stage: Stage, painter: Witness) -> None:
    image = await stage.image()
    asked = Transform(width=32, format=OutputFormat.JPEG, watermark=Watermark(text="© Ed"))
    assert (await stage.get(stage.addresses.url(image, asked))).status_code == 200
    assert (painter.painted, painter.overlays) == (1, [])


@pytest.mark.parametrize(
    "values",
    [
        {"state": ImageState.TRASHED},
        {"state": ImageState.QUARANTINED},
        {"state": ImageState.FAILED},
        {"visibility": PRIVATE},
        {"bytes_version": 2, "bytes_since": 2, "version": 2},
    ],
)
async def test_what_happens_to_the_mark_after_signing_ends_public_addresses(
    stage: Stage, painter: Witness, values: dict[str, Any]
) -> None:
    image, mark = await stage.image(), await stage.image()
    url = stage.addresses.url(image, wish(image, mark))
    await changed(mark, **values)
    answer = await stage.get(url)
    assert (answer.status_code, painter.painted) == (404, 0)
    assert answer.json()["code"] == "NOT_FOUND"


async def test_a_mark_that_was_deleted_ends_addresses_too(stage: Stage) -> None:
    for visibility in Visibility:
        image, mark = await stage.image(visibility=visibility), await stage.image()
        url = stage.addresses.url(image, wish(image, mark))
        await Image.filter(id=mark.id).delete()
        assert (await stage.get(url)).status_code == 404


async def test_a_rendition_that_is_stored_stays_when_its_mark_goes(stage: Stage, painter: Witness) -> None:
    image, mark = await stage.image(), await stage.image()
    url = stage.addresses.url(image, wish(image, mark))
    before = await stage.get(url)
    await changed(mark, state=ImageState.TRASHED)
    after = await stage.get(url)
    assert (after.status_code, after.content, painter.painted) == (200, before.content, 1)


async def test_a_private_address_vouches_for_a_private_mark(stage: Stage, painter: Witness) -> None:
    somebody = await User.create(issuer="tests", subject="somebody else")
    image = await stage.image(visibility=PRIVATE)
    for owner in (stage.owner, somebody):
        mark = await stage.image(visibility=PRIVATE)
        await changed(mark, owner_id=owner.id)
        assert (await stage.get(stage.addresses.url(image, wish(image, mark)))).status_code == 200
    assert len(painter.overlays) == 2


async def test_a_private_mark_in_the_trash_ends_private_addresses(stage: Stage) -> None:
    image, mark = await stage.image(visibility=PRIVATE), await stage.image(visibility=PRIVATE)
    url = stage.addresses.url(image, wish(image, mark))
    await changed(mark, state=ImageState.TRASHED)
    assert (await stage.get(url)).status_code == 404


@pytest.mark.parametrize("version", [2, 99])
async def test_a_version_that_never_was_is_not_rendered(stage: Stage, version: int) -> None:
    image, mark = await stage.image(), await stage.image()
    mark.version = version
    assert (await stage.get(stage.addresses.url(image, wish(image, mark)))).status_code == 404


async def test_an_older_version_of_the_same_bytes_is_rendered(stage: Stage) -> None:
    image, mark = await stage.image(), await stage.image()
    url = stage.addresses.url(image, wish(image, mark))
    await changed(mark, version=5)
    assert (await stage.get(url)).status_code == 200


async def test_a_watermark_that_was_not_looked_up_is_never_signed(stage: Stage) -> None:
    image, mark = await stage.image(), await stage.image()
    with pytest.raises(ValueError, match="looked up"):
        stage.addresses.url(image, Transform(watermark=Watermark(image_id=mark.id)))


async def test_a_mark_deleted_while_it_is_laid_is_no_broken_picture(stage: Stage, painter: Witness) -> None:
    image, mark = await stage.image(), await stage.image()
    painter.may_go_on.clear()
    painter.failure = CorruptFile("This file is damaged.")
    asking = asyncio.create_task(stage.get(stage.addresses.url(image, wish(image, mark))))
    await painter.began.wait()
    await Image.filter(id=mark.id).delete()
    painter.may_go_on.set()
    assert (await asking).status_code == 404


async def test_the_mark_counts_among_the_pixels_in_flight(tmp_path: Path) -> None:
    painter = Witness()
    async with open_stage(tmp_path, painter, gate=PixelGate(100_000)) as stage:
        image, mark = await stage.image(), await stage.image(width=400, height=300)
        painter.may_go_on.clear()
        first = asyncio.create_task(stage.get(stage.addresses.url(image, Transform(width=16))))
        await painter.began.wait()
        assert (await stage.get(stage.addresses.url(image, wish(image, mark)))).status_code == 503
        painter.may_go_on.set()
        assert (await first).status_code == 200


async def test_it_is_on_the_picture_that_comes_out(tmp_path: Path) -> None:
    pool = DecoderPool(1, 512 * 2**20, 30, Limits())
    async with open_stage(tmp_path, pool) as stage:
        try:
            picture, logo = flat(100, 60), flat(30, 30, BLUE)
            image = await stage.image(picture.content, format=ImageFormat.PNG, width=100, height=60)
            mark = await stage.image(logo.content, format=ImageFormat.PNG, width=30, height=30)
            asked = replace(wish(image, mark, scale=0.2, position=Gravity.SOUTH_WEST), width=None)
            answer = await stage.get(stage.addresses.url(image, replace(asked, format=OutputFormat.PNG)))
        finally:
            await pool.close()
    with Pillow.open(io.BytesIO(answer.content)) as shown:
        assert (shown.getpixel((10, 50)), shown.getpixel((10, 30)), shown.getpixel((30, 50))) == (BLUE, GROUND, GROUND)

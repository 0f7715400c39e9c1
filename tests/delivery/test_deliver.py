"""Making renditions: once, within limits, and never for what nobody may see."""

import asyncio
from pathlib import Path

import httpx
import pytest

from imaging.delivery.admission import PixelGate
from imaging.delivery.found import Found, Wanted
from imaging.errors import CorruptFile, NotFound, Overloaded, TooComplex
from imaging.images.models import Image, ImageState, Visibility
from imaging.journal import jobs
from imaging.journal.models import Job
from imaging.render.transform import OutputFormat, Transform
from tests.delivery.stage import Painter, Stage, open_stage

SMALL = Transform(width=32, format=OutputFormat.JPEG)


def wanted(url: str) -> Wanted:
    parsed = httpx.URL(url)
    return Wanted(parsed.path, parsed.params.get("s", ""), int(parsed.params.get("e", 0)) or None)


async def begin(stage: Stage, painter: Painter, image: Image) -> "asyncio.Task[Found]":
    """Ask for a rendition and hold the painter in the middle of it."""
    painter.may_go_on.clear()
    asking = asyncio.create_task(stage.delivery.find(wanted(stage.addresses.url(image, SMALL))))
    await painter.began.wait()
    return asking


async def test_many_who_ask_at_once_cost_one_render(stage: Stage, painter: Painter) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    answers = await asyncio.gather(*(stage.get(url) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert painter.painted == 1


async def test_different_wishes_are_different_renders(stage: Stage, painter: Painter) -> None:
    image = await stage.image()
    urls = [stage.addresses.url(image, Transform(width=width)) for width in (8, 16, 32)]
    await asyncio.gather(*(stage.get(url) for url in urls))
    assert painter.painted == 3


async def test_somebody_who_leaves_does_not_waste_the_render(stage: Stage, painter: Painter) -> None:
    image = await stage.image()
    asking = await begin(stage, painter, image)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    painter.may_go_on.set()
    found = await stage.delivery.find(wanted(stage.addresses.url(image, SMALL)))
    assert await stage.stored() == {found.info.key}
    assert painter.painted == 1


@pytest.mark.parametrize("what", ["trash", "hide", "delete"])
async def test_an_image_that_goes_while_it_is_rendered_leaves_no_orphan(
    stage: Stage, painter: Painter, what: str
) -> None:
    image = await stage.image()
    asking = await begin(stage, painter, image)
    if what == "delete":
        await image.delete()
    else:
        image.state = ImageState.TRASHED if what == "trash" else ImageState.READY
        image.visibility = Visibility.PRIVATE
        await image.save()
    painter.may_go_on.set()
    with pytest.raises(NotFound):
        await asking
    assert await stage.stored() == set()
    assert await Job.all().values_list("kind", "subject") == [(jobs.PURGE_CDN, f"r/{image.id.hex}")]
    assert list((stage.folder / "tmp").iterdir()) == []


async def test_an_original_deleted_under_the_render_is_no_broken_file(stage: Stage, painter: Painter) -> None:
    image = await stage.image()
    asking = await begin(stage, painter, image)
    await image.delete()
    painter.failure = CorruptFile("cannot be decoded")
    painter.may_go_on.set()
    with pytest.raises(NotFound):
        await asking


async def test_a_picture_that_takes_too_much_is_told_so_and_not_stored(stage: Stage, painter: Painter) -> None:
    painter.failure = TooComplex("took too long")
    answer = await stage.get(stage.addresses.url(await stage.image(), SMALL))
    assert (answer.status_code, answer.json()["code"]) == (422, "TOO_COMPLEX")
    assert answer.headers["cache-control"] == "no-store"
    assert await stage.stored() == set()


async def test_too_much_at_once_is_refused_with_a_time_to_come_back(tmp_path: Path) -> None:
    painter = Painter()
    async with open_stage(tmp_path, painter, gate=PixelGate(5_000)) as stage:
        first, second = await stage.image(), await stage.image()
        asking = await begin(stage, painter, first)
        answer = await stage.get(stage.addresses.url(second, SMALL))
        assert (answer.status_code, answer.json()["code"]) == (503, "OVERLOADED")
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["cache-control"] == "no-store"
        painter.may_go_on.set()
        await asking
        assert (await stage.get(stage.addresses.url(second, SMALL))).status_code == 200


async def test_closing_tells_who_waits_and_leaves_nothing_half_made(stage: Stage, painter: Painter) -> None:
    asking = await begin(stage, painter, await stage.image())
    await stage.delivery.close()
    with pytest.raises(Overloaded):
        await asking
    assert list((stage.folder / "tmp").iterdir()) == []
    assert await stage.stored() == set()


async def test_an_older_version_follows_the_present_visibility(stage: Stage) -> None:
    image = await stage.image()
    url = stage.addresses.url(image, SMALL)
    image.version, image.focal_x, image.focal_y = 2, 0.1, 0.1
    await image.save()
    assert (await stage.get(url)).status_code == 200


async def test_an_older_picture_whose_bytes_are_not_kept_is_neither_served_nor_made_from_newer_ones(
    stage: Stage, painter: Painter
) -> None:
    image = await stage.image()
    stored, unmade = stage.addresses.url(image, SMALL), stage.addresses.url(image, Transform(width=9))
    await stage.get(stored)
    image.version = image.bytes_version = image.bytes_since = 2
    await image.save()
    assert (await stage.get(stored)).status_code == 404
    assert (await stage.get(unmade)).status_code == 404
    assert painter.painted == 1


async def test_an_older_recipe_goes_on_working(stage: Stage) -> None:
    path = httpx.URL(stage.addresses.url(await stage.image(), SMALL)).path
    newer = type(stage.delivery)(
        stage.store, stage.signer, stage.delivery.renderer, stage.delivery.directory, recipe=9, clock=stage.clock
    )
    found = await newer.find(wanted(f"{path}?{stage.signer.sign(path)}"))
    assert found.content_type == "image/jpeg"

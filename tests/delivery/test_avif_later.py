"""AVIFs that are too large to wait for: something else stands in, and they are made when nobody waits."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from PIL import Image as Pillow

from imaging.delivery.avif_budget import AvifBudget
from imaging.delivery.found import Wanted
from imaging.delivery.later import MOST_WAITING, QUIET_S
from imaging.errors import Overloaded, TooComplex
from imaging.images.models import Image, ImageState, Visibility
from imaging.render.decoder import DecoderPool
from imaging.render.limits import OutputLimits
from imaging.render.transform import OutputFormat, Transform
from tests import pictures
from tests.delivery.painters import Selective, Watched
from tests.delivery.stage import Painter, Stage, open_stage

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
SMALL = Transform(width=32)
PATIENCE_S = 10


@pytest.fixture
def painter() -> Selective:
    return Selective()


@pytest.fixture
async def stage(tmp_path: Path, painter: Selective) -> AsyncIterator[Stage]:
    """A stage on which nobody waits for any AVIF."""
    async with open_stage(tmp_path, painter, budget=AvifBudget(0)) as opened:
        yield opened


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 files appear without telling
            await asyncio.sleep(0.01)


def stored(stage: Stage, ext: str) -> list[Path]:
    return [path for kind in "rp" for path in (stage.folder / "objects" / kind).rglob(f"*.{ext}")]


async def made(stage: Stage) -> None:
    await until(lambda: bool(stored(stage, "avif")) and not list((stage.folder / "tmp").iterdir()))


def timing(answer: httpx.Response) -> str:
    return answer.headers["server-timing"].rpartition(", ")[2]


@pytest.mark.parametrize("ext", ["auto", "avif"])
async def test_a_webp_stands_in_until_the_avif_is_made(tmp_path: Path, decoder: DecoderPool, ext: str) -> None:
    async with open_stage(tmp_path, decoder, budget=AvifBudget(0)) as stage:
        image = await stage.image(pictures.jpeg(640, 480), width=640, height=480)
        url = stage.addresses.url(image, Transform(width=320)).replace(".auto", f".{ext}")
        first = await stage.get(url, accept=CHROME)
        assert (first.status_code, first.headers["content-type"]) == (200, "image/webp")
        assert first.headers["cache-control"] == "public, max-age=60"
        assert first.headers.get("vary") == ("Accept" if ext == "auto" else None)
        assert first.headers["server-timing"].startswith("render;dur=")
        assert timing(first) == 'auto;desc="webp; avif later"'
        await made(stage)
        second = await stage.get(url, accept=CHROME)
        assert (second.status_code, second.headers["content-type"]) == (200, "image/avif")
        assert second.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert second.headers["server-timing"] == 'auto;desc="avif"'
        with Pillow.open(io.BytesIO(second.content)) as picture:
            assert (picture.format, picture.size) == ("AVIF", (320, 240))
        assert {path.suffix for path in stored(stage, "*")} == {".webp", ".avif"}


@pytest.mark.parametrize("accept", ["image/webp,*/*", "*/*", ""])
async def test_who_takes_no_avif_has_none_made(stage: Stage, accept: str) -> None:
    answer = await stage.get(stage.addresses.url(await stage.image(), SMALL), accept=accept)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert timing(answer) == ('auto;desc="webp"' if "webp" in accept else 'auto;desc="jpg"')
    await asyncio.sleep(2 * QUIET_S)
    assert stored(stage, "avif") == []


async def test_who_takes_only_avif_is_given_the_fallback_meanwhile(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    answer = await stage.get(url, accept="image/avif")
    assert (answer.headers["content-type"], timing(answer)) == ("image/jpeg", 'auto;desc="jpg; avif later"')
    await made(stage)
    assert (await stage.get(url, accept="image/avif")).headers["content-type"] == "image/avif"


async def test_a_private_stand_in_lives_no_longer_than_its_address(stage: Stage) -> None:
    image = await stage.image(visibility=Visibility.PRIVATE)
    ages = []
    for left_s in (400, 30):
        url = stage.addresses.url(image, SMALL, expires_in_s=400)
        stage.clock.now_s = int(httpx.URL(url).params["e"]) - left_s
        ages.append((await stage.get(url, accept=CHROME)).headers["cache-control"])
    assert ages == ["private, max-age=60", "private, max-age=30"]


async def test_an_avif_that_is_asked_for_by_name_is_made_at_once(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(), replace(SMALL, format=OutputFormat.AVIF))
    answer = await stage.get(url)
    assert answer.headers["content-type"] == "image/avif"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "auto" not in answer.headers["server-timing"]


async def test_many_askers_have_it_made_once(stage: Stage, painter: Selective) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    answers = await asyncio.gather(*(stage.get(url, accept=CHROME) for _ in range(30)))
    assert {answer.headers["content-type"] for answer in answers} == {"image/webp"}
    await made(stage)
    assert painter.painted == 1


async def test_it_is_not_begun_while_somebody_waits_for_a_picture(stage: Stage, painter: Selective) -> None:
    painter.may_go_on.clear()
    named = Transform(width=16, format=OutputFormat.AVIF)
    waiting = asyncio.create_task(stage.get(stage.addresses.url(await stage.image(), named)))
    await painter.began.wait()
    await stage.get(stage.addresses.url(await stage.image(), SMALL), accept=CHROME)
    await asyncio.sleep(3 * QUIET_S)
    assert painter.painted == 1
    painter.may_go_on.set()
    await waiting
    await until(lambda: painter.painted == 2)


async def test_only_one_is_made_at_a_time(stage: Stage, painter: Selective) -> None:
    painter.may_go_on.clear()
    for _ in range(3):
        await stage.get(stage.addresses.url(await stage.image(), SMALL), accept=CHROME)
    await painter.began.wait()
    await asyncio.sleep(3 * QUIET_S)
    assert painter.painted == 1
    painter.may_go_on.set()
    await until(lambda: len(stored(stage, "avif")) == 3)


async def test_what_does_not_fit_the_queue_is_asked_for_again(stage: Stage, painter: Selective) -> None:
    painter.may_go_on.clear()
    image = await stage.image(width=640, height=480)
    urls = [stage.addresses.url(image, Transform(width=width)) for width in range(1, MOST_WAITING + 3)]
    for url in urls:
        assert (await stage.get(url, accept=CHROME)).status_code == 200
    painter.may_go_on.set()
    await until(lambda: len(stored(stage, "avif")) >= 1)
    await stage.delivery.close()
    assert len(stored(stage, "avif")) <= MOST_WAITING


async def test_a_stranger_without_a_signature_has_nothing_made(stage: Stage, painter: Selective) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    await stage.get(url, accept="image/webp")
    answer = await stage.get(url.partition("?")[0], accept=CHROME)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=60")
    await asyncio.sleep(3 * QUIET_S)
    assert painter.painted == 0
    assert stored(stage, "avif") == []


async def test_a_picture_that_cannot_be_one_is_tried_once(stage: Stage, painter: Selective) -> None:
    painter.failure = TooComplex("took too much memory")
    url = stage.addresses.url(await stage.image(), SMALL)
    for _ in range(3):
        answer = await stage.get(url, accept=CHROME)
        assert answer.headers["content-type"] == "image/webp"
        await asyncio.sleep(2 * QUIET_S)
    assert painter.painted == 1
    assert list((stage.folder / "tmp").iterdir()) == []


async def test_one_that_was_put_off_is_made_for_the_next_asker(stage: Stage, painter: Selective) -> None:
    painter.failure = Overloaded("too many", retry_after_s=1)
    url = stage.addresses.url(await stage.image(), SMALL)
    await stage.get(url, accept=CHROME)
    await until(lambda: painter.painted == 1)
    painter.failure = None
    await asyncio.sleep(QUIET_S)
    await stage.get(url, accept=CHROME)
    await made(stage)
    assert painter.painted == 2


@pytest.mark.parametrize("what", ["trash", "delete"])
async def test_an_image_that_goes_meanwhile_leaves_no_orphan(stage: Stage, painter: Selective, what: str) -> None:
    painter.may_go_on.clear()
    image = await stage.image()
    await stage.get(stage.addresses.url(image, SMALL), accept=CHROME)
    await painter.began.wait()
    await _go(image, what)
    painter.may_go_on.set()
    await until(lambda: not list((stage.folder / "tmp").iterdir()))
    await asyncio.sleep(QUIET_S)
    assert stored(stage, "avif") == []


async def test_closing_in_the_middle_leaves_nothing_half_made(stage: Stage, painter: Selective) -> None:
    painter.may_go_on.clear()
    url = stage.addresses.url(await stage.image(), SMALL)
    await stage.get(url, accept=CHROME)
    await painter.began.wait()
    assert len(list((stage.folder / "tmp").iterdir())) == 1
    await stage.delivery.close()
    assert list((stage.folder / "tmp").iterdir()) == []
    assert stored(stage, "avif") == []


async def test_closing_while_one_is_encoded_leaves_nothing_half_made(tmp_path: Path, decoder: DecoderPool) -> None:
    watched = Watched(decoder)
    async with open_stage(tmp_path, watched, budget=AvifBudget(0)) as stage:
        image = await stage.image(pictures.jpeg(2_000, 1_900), width=2_000, height=1_900)
        await stage.get(stage.addresses.url(image), accept=CHROME)
        async with asyncio.timeout(PATIENCE_S):
            await watched.began.wait()
        await asyncio.sleep(0.02)
        await stage.delivery.close()
        assert list((stage.folder / "tmp").iterdir()) == []
        assert stored(stage, "avif") == []


async def test_what_was_dropped_at_the_end_is_made_for_the_next_asker(stage: Stage, painter: Selective) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    await stage.get(url, accept=CHROME)
    await stage.delivery.close()
    assert stored(stage, "avif") == []
    restarted = replace(stage.delivery)
    asked = httpx.URL(url)
    found = await restarted.find(Wanted(asked.path, asked.params["s"], None, CHROME))
    assert found.decision == "webp; avif later"
    await made(stage)
    await restarted.close()


async def test_how_long_encodings_take_decides_what_is_waited_for(tmp_path: Path) -> None:
    painter = Painter(encode_ms=1_000.0)
    async with open_stage(tmp_path, painter, budget=AvifBudget(170)) as stage:
        image = await stage.image(width=1_000, height=800)
        urls = [stage.addresses.url(image, Transform(width=width)) for width in (1_000, 999, 998)]
        told = [timing(await stage.get(url, accept=CHROME)) for url in urls]
        assert told[0] == 'auto;desc="avif"'
        assert told[-1] == 'auto;desc="webp; avif later"'


async def test_a_server_learns_from_what_it_really_encodes(tmp_path: Path, decoder: DecoderPool) -> None:
    budget = AvifBudget(400)
    async with open_stage(tmp_path, decoder, budget=budget) as stage:
        image = await stage.image(pictures.jpeg(1_000, 800), width=1_000, height=800)
        before = budget.ms_per_megapixel
        await stage.get(stage.addresses.url(image, Transform(width=900)), accept="image/webp")
        assert budget.ms_per_megapixel == before
        await stage.get(stage.addresses.url(image, Transform(width=900)), accept=CHROME)
        assert budget.ms_per_megapixel != before


async def test_beyond_the_cap_there_is_none_and_the_next_best_is_for_good(tmp_path: Path, painter: Selective) -> None:
    limits = OutputLimits(auto_avif_pixels=100)
    async with open_stage(tmp_path, painter, limits=limits) as stage:
        answer = await stage.get(stage.addresses.url(await stage.image(), SMALL), accept=CHROME)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert timing(answer) == 'auto;desc="webp; avif over budget"'
        await asyncio.sleep(2 * QUIET_S)
        assert painter.painted == 0


async def _go(image: Image, what: str) -> None:
    if what == "delete":
        await image.delete()
    else:
        image.state = ImageState.TRASHED
        await image.save()

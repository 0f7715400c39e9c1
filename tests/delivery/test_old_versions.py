"""Every address ever given out serves the bytes of its own version, through everything that happens to the image."""

import io
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image as Pillow

from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.delivery.watermarks import marked
from imaging.errors import CorruptFile
from imaging.images.edit import Editor, ImageChange
from imaging.images.history import as_it_was, earlier_versions
from imaging.images.ingest import Ingest
from imaging.images.models import Image, ImageVersion, Visibility
from imaging.images.spool import Spool
from imaging.images.trash import Trash
from imaging.journal.models import Job
from imaging.render.facts import Rendered
from imaging.render.plan import Plan
from imaging.render.transform import OutputFormat, Transform, Watermark
from tests.delivery.stage import Painter, Stage, open_stage
from tests.images.bench import Bench
from tests.images.counter import Counter
from tests.images.inspector import PillowInspector
from tests.statements import counted

Colour = tuple[int, int, int]
COLOURS: list[Colour] = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (9, 9, 9)]
WISH = Transform(width=8, format=OutputFormat.PNG)


def flat(colour: Colour) -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB", (32, 24), colour).save(file, "PNG")
    return file.getvalue()


def colour_of(content: bytes) -> Colour:
    with Pillow.open(io.BytesIO(content)) as picture:
        red, green, blue = picture.convert("RGB").getpixel((0, 0))  # type: ignore[misc]  # one number for grey pictures
    return red, green, blue


class Copyist(Painter):
    """Paints in the colour of the watermark where there is one, else of the source."""

    def _paint(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        if not source_path.exists():
            raise CorruptFile("There is nothing in this file.")
        source = source_path if plan.overlay is None else plan.overlay.path
        Pillow.new("RGB", (plan.width, plan.height), colour_of(source.read_bytes())).save(target)
        return Rendered(plan.width, plan.height, 1, target.stat().st_size)


@dataclass
class Gallery:
    """A stage, a bench beside it, and one image; `given` are addresses with the colour that each must show."""

    stage: Stage
    bench: Bench
    image: Image
    given: dict[str, Colour] = field(default_factory=dict)

    @property
    def owner(self) -> Viewer:
        return Viewer(self.stage.owner.id, Role.EDITOR)

    async def give(self, colour: Colour, width: int = 8) -> str:
        self.image = await Image.get(id=self.image.id)
        wish = Transform(width=width, format=OutputFormat.PNG)
        url = self.stage.addresses.url(self.image, wish, expires_in_s=7 * 24 * 3600)
        self.given[url] = colour
        return url

    async def replace(self, colour: Colour) -> None:
        await self.bench.replace(self.owner, self.image, flat(colour), "new.png")

    async def change(self, **values: object) -> None:
        [result] = await Editor(self.bench.wakeups).update(self.owner, [ImageChange(self.image.id, values)])
        assert result.error is None

    async def shown(self, url: str) -> Colour | int:
        answer = await self.stage.get(url)
        return colour_of(answer.content) if answer.status_code == 200 else answer.status_code

    async def original(self, image: Image) -> str:
        url = self.stage.addresses.original_url(self.owner, image)
        assert url is not None
        return url

    async def version(self, number: int) -> ImageVersion:
        [rows] = await earlier_versions([self.image.id])
        return next(row for row in rows if row.version == number)


@pytest.fixture
async def gallery(tmp_path: Path) -> AsyncIterator[Gallery]:
    async with open_stage(tmp_path, Copyist()) as stage:
        inspector, wakeups = PillowInspector(), LocalWakeups()
        counter = Counter(
            tmp_path, stage.store, Spool(tmp_path / "tmp", 1024 * 1024), Ingest(stage.store, inspector, wakeups)
        )
        bench = Bench(counter, inspector, wakeups)
        owner = Viewer(stage.owner.id, Role.EDITOR)
        yield Gallery(stage, bench, await bench.image(owner, flat(COLOURS[0]), visibility=Visibility.PUBLIC))


async def test_an_old_address_shows_the_old_bytes_whether_it_was_asked_before_or_not(gallery: Gallery) -> None:
    asked, unasked = await gallery.give(COLOURS[0]), await gallery.give(COLOURS[0], width=9)
    assert await gallery.shown(asked) == COLOURS[0]
    await gallery.replace(COLOURS[1])
    new = await gallery.give(COLOURS[1])
    for url, colour in ((asked, COLOURS[0]), (unasked, COLOURS[0]), (new, COLOURS[1])):
        assert await gallery.shown(url) == colour
    assert "/1/" in asked
    assert "/2/" in new


@pytest.mark.parametrize("seed", range(3))
async def test_through_replacing_focusing_restoring_and_hiding_every_version_shows_its_own_bytes(
    gallery: Gallery, seed: int
) -> None:
    chance, current, bytes_at = random.Random(seed), COLOURS[0], {1: COLOURS[0]}
    for step in range(12):
        deed = chance.choice(["replace", "replace", "focus", "restore", "hide"])
        if deed == "replace":
            new = chance.choice([colour for colour in COLOURS if colour != current])
            await gallery.replace(new)
            current = new
        elif deed == "focus":
            await gallery.change(focal_point=(step / 20, 0.5))
        elif deed == "restore":
            version = chance.choice(list(bytes_at))
            await gallery.bench.versions.restore(gallery.owner, gallery.image.id, version)
            current = bytes_at[version]
        else:
            await gallery.change(visibility=Visibility.PRIVATE)
            await gallery.change(visibility=Visibility.PUBLIC)
        await gallery.give(current)
        bytes_at[gallery.image.version] = current
        if chance.random() < 0.5:
            await gallery.shown(chance.choice(list(gallery.given)))
    await gallery.bench.work()
    kept = [url for url in gallery.given if await _is_kept(gallery, url)]
    assert {url: await gallery.shown(url) for url in kept} == {url: gallery.given[url] for url in kept}
    assert {await gallery.shown(url) for url in gallery.given if url not in kept} <= {404}
    assert len(kept) > 3


async def _is_kept(gallery: Gallery, url: str) -> bool:
    version = int(url.split("/")[5])
    oldest = await ImageVersion.all().order_by("version").first()
    return oldest is None or version >= oldest.version


async def test_what_retention_removed_is_gone_with_its_renditions_and_the_rest_stays(gallery: Gallery) -> None:
    old = await gallery.give(COLOURS[0])
    await gallery.change(focal_point=(0.5, 0.5))
    focused = await gallery.give(COLOURS[0])
    await gallery.replace(COLOURS[1])
    new = await gallery.give(COLOURS[1])
    for url in (old, focused, new):
        assert await gallery.shown(url) == gallery.given[url]
    assert await gallery.bench.retire(days=31) == 1
    assert [await gallery.shown(url) for url in (old, focused, new)] == [404, 404, COLOURS[1]]
    await gallery.bench.work()
    assert {key.split("/")[2] for key in await gallery.stage.stored()} == {"3"}
    assert [await gallery.shown(url) for url in (old, focused, new)] == [404, 404, COLOURS[1]]


async def test_old_addresses_follow_the_present_visibility(gallery: Gallery) -> None:
    old = await gallery.give(COLOURS[0])
    await gallery.replace(COLOURS[1])
    await gallery.change(visibility=Visibility.PRIVATE)
    assert await gallery.shown(old) == 404
    await gallery.change(visibility=Visibility.PUBLIC)
    assert await gallery.shown(old) == COLOURS[0]
    await Trash(gallery.bench.wakeups).trash(gallery.owner, [gallery.image.id])
    assert await gallery.shown(old) == 404


async def test_the_present_costs_one_query_and_the_past_two(gallery: Gallery) -> None:
    old = await gallery.give(COLOURS[0])
    await gallery.replace(COLOURS[1])
    new = await gallery.give(COLOURS[1])
    for url, cost in ((old, 2), (new, 1)):
        await gallery.shown(url)
        with counted() as queries:
            await gallery.shown(url)
        assert len(queries.statements) == cost


async def test_the_originals_of_every_version_are_downloaded_under_their_own_names(gallery: Gallery) -> None:
    await gallery.replace(COLOURS[1])
    await gallery.give(COLOURS[1])
    row = await gallery.version(1)
    old = await gallery.original(as_it_was(row, gallery.image))
    new = await gallery.original(gallery.image)
    for url, colour, name in ((old, COLOURS[0], "duck.jpg"), (new, COLOURS[1], "new.png")):
        answer = await gallery.stage.get(url)
        assert (answer.status_code, answer.content) == (200, flat(colour))
        assert f"UTF-8''{name}" in answer.headers["content-disposition"]
    await gallery.bench.retire(days=31)
    assert [(await gallery.stage.get(url)).status_code for url in (old, new)] == [404, 200]


async def test_the_address_of_a_version_is_the_one_it_had(gallery: Gallery) -> None:
    first = await gallery.give(COLOURS[0])
    await gallery.replace(COLOURS[1])
    await gallery.give(COLOURS[1])
    past = as_it_was(await gallery.version(1), gallery.image)
    assert gallery.stage.addresses.url(past, WISH) == first


async def test_an_address_signed_with_a_watermark_keeps_the_bytes_that_this_had_then(gallery: Gallery) -> None:
    mark, image = gallery.image, await gallery.stage.image()
    asked = Transform(width=8, format=OutputFormat.PNG, watermark=Watermark(image_id=mark.id))
    before = gallery.stage.addresses.url(image, marked(asked, image, mark))
    wider = Transform(width=9, format=OutputFormat.PNG, watermark=Watermark(image_id=mark.id))
    unmade = gallery.stage.addresses.url(image, marked(wider, image, mark))
    await gallery.replace(COLOURS[1])
    after = gallery.stage.addresses.url(image, marked(asked, image, await Image.get(id=mark.id)))
    assert [await gallery.shown(url) for url in (before, after)] == [COLOURS[0], COLOURS[1]]
    await gallery.bench.retire(days=31)
    assert [await gallery.shown(url) for url in (before, unmade, after)] == [COLOURS[0], 404, COLOURS[1]]


async def test_a_version_retired_while_it_is_rendered_leaves_no_orphan(gallery: Gallery) -> None:
    old = await gallery.give(COLOURS[0])
    await gallery.replace(COLOURS[1])
    painter = gallery.stage.delivery.renderer
    assert isinstance(painter, Copyist)

    async def retire_meanwhile(source_path: Path, plan: Plan, target: Path) -> Rendered:
        await gallery.bench.retire(days=31)
        return painter._paint(source_path, plan, target)

    painter.render = retire_meanwhile  # type: ignore[method-assign]
    assert await gallery.shown(old) == 404
    assert await gallery.stage.stored() == set()
    assert await Job.all().count() > 0

"""What people write and ask for is stored, compared and sorted alike, whichever database keeps it."""

import datetime
import uuid

import pytest

from imaging.accounts.models import User
from imaging.accounts.viewer import Viewer
from imaging.errors import InvalidInput
from imaging.images.filter import ImageFilter, ImageSort, Range, SortField
from imaging.images.library import Library
from imaging.images.models import Image, ImageDetail
from imaging.images.page import PageRequest
from tests import databases
from tests.rows import add_image

NAMES = ["_b.jpg", "B.jpg", "a b.jpg", "a-b.jpg", "ab.jpg", "Äb.jpg", "zz.jpg", "ß.jpg", "日本.jpg", "🦆.jpg"]


async def names(viewer: Viewer, filter: ImageFilter, sort: ImageSort, request: PageRequest) -> list[str]:
    return [image.filename for image in (await Library().page(viewer, filter, sort, request)).items]


@pytest.mark.parametrize("descending", [False, True])
async def test_names_are_sorted_by_code_points_page_after_page(owner: Viewer, descending: bool) -> None:
    for name in NAMES:
        await add_image(owner, filename=name)
    sort, found, after = ImageSort(SortField.FILENAME, descending), [], None
    for _ in range(5):
        page = await Library().page(owner, ImageFilter(), sort, PageRequest(first=2, after=after))
        found += [image.filename for image in page.items]
        after = page.cursors[-1]
    assert found == sorted(NAMES, key=lambda name: name.casefold(), reverse=descending)


async def test_json_comes_back_as_it_was_written(owner: Viewer) -> None:
    custom = {"z": 1, "a": [1.0, 1e300, -0.0, 2**62, "ß🦆"], "m": {"y": None, "x": True}}
    image = await add_image(owner, custom=custom, tags=["Zebra", "ant"])
    found = await Image.get(id=image.id)
    assert repr(found.custom) == repr(custom)
    assert found.tags == ["Zebra", "ant"]
    raw = {"Make": "Nikon\0\0", "Odd": "\ud800"}
    await ImageDetail.create(image_id=image.id, exif=raw, iptc={})
    assert (await ImageDetail.get(image_id=image.id)).exif == raw


def test_every_json_column_keeps_what_is_written(database_url: str) -> None:
    found = "SELECT table_name, column_name FROM information_schema.columns WHERE data_type = 'jsonb'"
    assert databases.is_postgres() is False or databases.rows(database_url, found) == []


@pytest.mark.parametrize("bound", [2**31 - 1, 2**31, 2**63 - 1])
async def test_a_bound_beyond_what_a_side_can_be_narrows_nothing_or_everything(owner: Viewer, bound: int) -> None:
    await add_image(owner, filename="a.jpg")
    newest, request = ImageSort(SortField.CREATED), PageRequest()
    assert await names(owner, ImageFilter(width=Range(max=bound)), newest, request) == ["a.jpg"]
    assert await names(owner, ImageFilter(width=Range(min=bound)), newest, request) == []
    assert await names(owner, ImageFilter(height=Range(min=-bound)), newest, request) == ["a.jpg"]
    assert await names(owner, ImageFilter(height=Range(max=-bound)), newest, request) == []
    assert await names(owner, ImageFilter(pixels=Range(min=-bound, max=bound)), newest, request) == ["a.jpg"]


async def test_times_are_compared_as_moments_to_the_microsecond(owner: Viewer) -> None:
    moment = datetime.datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=datetime.UTC)
    image = await add_image(owner, created_at=moment, filename="a.jpg")
    assert image.created_at == moment
    east = moment.astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30)))
    newest, request = ImageSort(SortField.CREATED), PageRequest()
    tick = datetime.timedelta(microseconds=1)
    assert await names(owner, ImageFilter(created_at=Range(min=east, max=east + tick)), newest, request) == ["a.jpg"]
    assert await names(owner, ImageFilter(created_at=Range(max=east)), newest, request) == []
    edges = Range(datetime.datetime.min, datetime.datetime.max)
    assert await names(owner, ImageFilter(created_at=edges), newest, request) == ["a.jpg"]


async def test_images_of_one_moment_are_told_apart_by_their_ids(owner: Viewer) -> None:
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    ids = [uuid.uuid4() for _ in range(8)]
    for id in ids:
        await add_image(owner, id=id, created_at=moment)
    page = await Library().page(owner, ImageFilter(), ImageSort(SortField.CREATED, True), PageRequest())
    assert [image.id for image in page.items] == sorted(ids, reverse=True)


async def test_a_character_that_only_one_of_them_can_hold_is_told_of(db: str) -> None:
    if databases.is_postgres():
        with pytest.raises(InvalidInput, match="NUL"):
            await User.get_or_none(issuer="a\0b")
    else:
        assert await User.get_or_none(issuer="a\0b") is None
    assert await User.get_or_none(issuer="ab") is None

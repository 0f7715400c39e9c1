"""Lists: who sees what, in which order, page by page, forward and backward, in one statement."""

import datetime
import itertools
import random
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tortoise.connection import get_connection

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.errors import InvalidCursor, InvalidInput
from imaging.images.filter import NEWEST_FIRST, ImageFilter, ImageSort, Range, SortField
from imaging.images.library import Library
from imaging.images.models import Image, ImageState, Visibility
from imaging.images.page import Keyset, PageRequest
from imaging.render.facts import ImageFormat
from tests.rows import PUBLIC, add_image
from tests.statements import counted

LIBRARY = Library()
EVERYTHING = ImageFilter()
DAY = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)


async def seen(viewer: Viewer, filter: ImageFilter = EVERYTHING) -> set[uuid.UUID]:
    page = await LIBRARY.page(viewer, filter, NEWEST_FIRST, PageRequest(first=100))
    assert await LIBRARY.count(viewer, filter) == len(page.items)
    return {image.id for image in page.items}


async def test_everybody_sees_what_is_public_and_what_is_their_own(
    owner: Viewer, stranger: Viewer, onlooker: Viewer, admin: Viewer
) -> None:
    mine, shown = await add_image(owner), await add_image(owner, **PUBLIC)
    theirs, both = await add_image(stranger), await add_image(stranger, **PUBLIC)
    barred = await add_image(stranger, **PUBLIC, state=ImageState.QUARANTINED)
    assert await seen(owner) == {mine.id, shown.id, both.id}
    assert await seen(stranger) == {theirs.id, shown.id, both.id, barred.id}
    assert await seen(onlooker) == await seen(ANONYMOUS) == {shown.id, both.id}
    assert await seen(admin) == {mine.id, shown.id, theirs.id, both.id, barred.id}


async def test_the_trash_is_shown_only_to_those_who_rule_it_and_only_when_asked_for(
    owner: Viewer, stranger: Viewer, admin: Viewer
) -> None:
    trashed = await add_image(owner, **PUBLIC, state=ImageState.TRASHED)
    trash = ImageFilter(states=(ImageState.TRASHED,))
    for viewer, sees in ((owner, True), (admin, True), (stranger, False), (ANONYMOUS, False)):
        assert await seen(viewer) == set()
        assert await seen(viewer, trash) == ({trashed.id} if sees else set())
        [found] = await LIBRARY.by_ids(viewer, [trashed.id])
        assert (found is not None) is sees


async def test_images_by_their_ids_come_in_that_order_in_one_statement(owner: Viewer, stranger: Viewer) -> None:
    first, second, hidden = await add_image(owner), await add_image(owner), await add_image(stranger)
    with counted() as log:
        found = await LIBRARY.by_ids(owner, [second.id, hidden.id, uuid.uuid4(), first.id, second.id])
    assert [image and image.id for image in found] == [second.id, None, None, first.id, second.id]
    assert len(log.statements) == 1


@pytest.mark.parametrize("viewer_name", ["owner", "admin"])
@pytest.mark.parametrize(
    "sort",
    [
        [],
        [ImageSort(SortField.FILENAME)],
        [ImageSort(SortField.PIXELS, descending=True)],
        [ImageSort(SortField.SIZE), ImageSort(SortField.CREATED, descending=True)],
        [ImageSort(SortField.PIXELS, descending=True), ImageSort(SortField.FILENAME), ImageSort(SortField.UPDATED)],
    ],
)
async def test_pages_in_any_order_and_direction_show_everything_once(
    owner: Viewer, stranger: Viewer, admin: Viewer, viewer_name: str, sort: list[ImageSort]
) -> None:
    chance, viewer = random.Random(5), {"owner": owner, "admin": admin}[viewer_name]
    for index in range(23):
        await add_image(
            owner if index % 2 else stranger,
            **PUBLIC,
            filename=chance.choice(["b.jpg", "A.jpg", "c.jpg"]),
            size_bytes=chance.randrange(3),
            width=chance.randrange(1, 3),
            created_at=DAY + datetime.timedelta(milliseconds=chance.randrange(4) * 500),
            updated_at=DAY + datetime.timedelta(days=chance.randrange(2)),
        )
    rows = await Image.all()
    steps = sort or [NEWEST_FIRST]
    expected = sorted(rows, key=lambda image: image.id, reverse=steps[-1].descending)
    for step in reversed(steps):
        expected.sort(key=lambda image, step=step: getattr(image, step.field.value), reverse=step.descending)
    forward, cursor = [], None
    while True:
        page = await LIBRARY.page(viewer, EVERYTHING, sort, PageRequest(first=5, after=cursor))
        assert page.has_previous is (cursor is not None)
        forward += page.items
        if not page.has_next:
            break
        cursor = page.cursors[-1]
    backward, cursor = [], None
    while True:
        page = await LIBRARY.page(viewer, EVERYTHING, sort, PageRequest(last=4, before=cursor))
        assert page.has_next is (cursor is not None)
        backward = [*page.items, *backward]
        if not page.has_previous:
            break
        cursor = page.cursors[0]
    ids = [image.id for image in expected]
    assert [image.id for image in forward] == ids
    assert [image.id for image in backward] == ids


async def test_a_page_is_one_statement(owner: Viewer, admin: Viewer) -> None:
    for _ in range(30):
        await add_image(owner)
    for viewer, direction in itertools.product((owner, admin, ANONYMOUS), ("first", "last")):
        with counted() as log:
            await LIBRARY.page(viewer, EVERYTHING, [], PageRequest(**{direction: 10}))
        assert len(log.statements) == 1


async def test_a_page_between_two_cursors_is_what_lies_between(owner: Viewer) -> None:
    images = [await add_image(owner) for _ in range(6)]
    oldest_first = ImageSort(SortField.CREATED)
    whole = await LIBRARY.page(owner, EVERYTHING, oldest_first, PageRequest())
    between = PageRequest(first=10, after=whole.cursors[0], before=whole.cursors[4])
    page = await LIBRARY.page(owner, EVERYTHING, oldest_first, between)
    assert [image.id for image in page.items] == [image.id for image in images[1:4]]


async def test_a_page_of_nothing_is_empty_and_one_without_a_size_has_twenty(owner: Viewer) -> None:
    for _ in range(21):
        await add_image(owner)
    assert len((await LIBRARY.page(owner, EVERYTHING, [], PageRequest())).items) == 20
    assert (await LIBRARY.page(owner, EVERYTHING, [], PageRequest(first=0))).items == []


@pytest.mark.parametrize(
    ("arguments", "field"),
    [({"first": 1, "last": 1}, "last"), ({"first": -1}, "first"), ({"last": 101}, "last"), ({"first": 2**40}, "first")],
)
def test_a_page_that_makes_no_sense_is_refused(arguments: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        PageRequest(**arguments)
    assert refused.value.field == [field]


@pytest.mark.parametrize("cursor", ["", "x", "é", "====", "bnVsbA", "W10", "WyJDUkVBVEVELSIsMSwyXQ", "A" * 5000])
async def test_a_cursor_that_was_never_given_out_is_refused_in_words(owner: Viewer, cursor: str) -> None:
    with pytest.raises(InvalidCursor, match=r"`after` is not a cursor of this list") as refused:
        await LIBRARY.page(owner, EVERYTHING, [], PageRequest(after=cursor))
    assert refused.value.field == ["after"]


async def test_a_cursor_of_another_order_is_refused(owner: Viewer) -> None:
    await add_image(owner)
    page = await LIBRARY.page(owner, EVERYTHING, [], PageRequest())
    for other in (ImageSort(SortField.CREATED), ImageSort(SortField.SIZE, descending=True)):
        with pytest.raises(InvalidCursor):
            await LIBRARY.page(owner, EVERYTHING, other, PageRequest(before=page.cursors[0]))


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(codec="ascii"), max_size=80))
def test_no_text_makes_a_cursor_fail_in_another_way(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Keyset([]).beyond(text, "after", backward=False)


FILTERS: list[dict[str, Any]] = [
    {},
    {"ids": ()},
    {"tags_any": ("CAT", "dog")},
    {"tags_all": ("cat", "Dog")},
    {"tags_none": ("cat",)},
    {"tags_any": ("cat",), "tags_none": ("dog",)},
    {"formats": (ImageFormat.GIF, ImageFormat.PNG)},
    {"states": (ImageState.READY, ImageState.TRASHED)},
    {"visibility": Visibility.PUBLIC},
    {"animated": True},
    {"animated": False},
    {"size_bytes": Range(2, 3)},
    {"width": Range(None, 2), "height": Range(2, None)},
    {"pixels": Range(4, 4)},
    {"pixels": Range()},
    {"created_at": Range(DAY, DAY + datetime.timedelta(days=1))},
    {"updated_at": Range(DAY + datetime.timedelta(days=1), None)},
    {"taken_at": Range(None, DAY + datetime.timedelta(days=1))},
    {"taken_at": Range(DAY.astimezone(datetime.timezone(datetime.timedelta(hours=5))), None)},
]


async def test_a_filter_means_the_same_in_the_database_and_in_memory(owner: Viewer, admin: Viewer) -> None:
    chance = random.Random(7)
    for _ in range(40):
        await add_image(
            owner,
            tags=chance.sample(["Cat", "dog", "Pond"], chance.randrange(3)),
            format=chance.choice(["JPEG", "PNG", "GIF"]),
            state=chance.choice([ImageState.READY, ImageState.FAILED, ImageState.TRASHED]),
            visibility=chance.choice(list(Visibility)),
            animated=chance.random() < 0.5,
            size_bytes=chance.randrange(5),
            width=chance.randrange(1, 4),
            height=chance.randrange(1, 4),
            created_at=DAY + datetime.timedelta(days=chance.randrange(3)),
            updated_at=DAY + datetime.timedelta(days=chance.randrange(3)),
            taken_at=chance.choice([None, DAY, DAY + datetime.timedelta(days=1)]),
        )
    rows = await Image.all()
    filters = [*FILTERS, {"ids": (rows[0].id, rows[1].id)}, {"owner_id": owner.user_id}, {"owner_id": uuid.uuid4()}]
    for values in filters:
        filter = ImageFilter(**values)
        assert await seen(admin, filter) == {image.id for image in rows if filter.matches(image)}, values


@pytest.mark.parametrize(
    "values",
    [
        {"tags_any": ("x\ud800",)},
        {"tags_all": tuple(str(number) for number in range(101))},
        {"size_bytes": Range(2**63, None)},
        {"width": Range("1", None)},
        {"created_at": Range(None, 5)},
        {"taken_at": Range(datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=5))))},
    ],
)
def test_a_filter_that_no_row_could_answer_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        ImageFilter(**values)


@pytest.mark.sqlite_only("PostgreSQL plans by how many rows there are")
async def test_a_viewer_with_few_images_is_not_slowed_by_the_many_of_others(owner: Viewer, stranger: Viewer) -> None:
    await add_image(owner)
    await add_image(stranger, **PUBLIC)
    for sort in SortField:
        with counted() as log:
            await LIBRARY.page(owner, EVERYTHING, ImageSort(sort, descending=True), PageRequest())
        [(query, values)] = log.records
        steps = await explained(query, values)
        assert any("(owner_id=?)" in step for step in steps), steps
        assert any("(visibility=?)" in step for step in steps), steps
        assert any("(id=?)" in step for step in steps), steps
        assert not any(step.startswith("SCAN image") for step in steps), steps


@pytest.mark.sqlite_only("PostgreSQL plans by how many rows there are")
async def test_a_deep_page_begins_at_its_place_in_the_index(owner: Viewer, admin: Viewer) -> None:
    await add_image(owner)
    first = await LIBRARY.page(admin, EVERYTHING, [], PageRequest())
    with counted() as log:
        await LIBRARY.page(admin, EVERYTHING, [], PageRequest(after=first.cursors[0]))
    [(query, values)] = log.records
    steps = await explained(query, values)
    assert any("SEARCH" in step and "created_at<?" in step for step in steps), steps


async def explained(query: str, values: list[object]) -> list[str]:
    rows = await get_connection("default").execute_query_dict(f"EXPLAIN QUERY PLAN {query}", values)
    return [row["detail"] for row in rows]

"""The order of a collection: what is put where, whoever moves what at the same time, and however often."""

import itertools
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.collections.arrange import End, Place
from imaging.collections.hang import Move
from imaging.collections.models import Collection, CollectionItem
from imaging.collections.positions import LIMIT, STEP, between
from imaging.errors import InvalidCursor, InvalidInput, NotFound
from imaging.images.models import Image, Visibility
from imaging.images.page import PageRequest
from imaging.images.trash import Trash
from tests.collections.shelf import COLLECTIONS, CURATOR, Shelf, stored, together
from tests.rows import PUBLIC, add_image, image_row
from tests.statements import counted

SOME = uuid.uuid4()
FIRST, LAST = Place(end=End.FIRST), Place(end=End.LAST)


@given(
    left=st.none() | st.integers(-LIMIT, LIMIT), right=st.none() | st.integers(-LIMIT, LIMIT), count=st.integers(0, 200)
)
def test_positions_lie_in_order_between_their_neighbours_or_there_is_no_room(
    left: int | None, right: int | None, count: int
) -> None:
    if left is not None and right is not None and left >= right:
        left, right = right, left
    found = between(left, right, count)
    if found is None:
        tight = left is not None and right is not None and right - left <= count
        assert tight or max(abs(left or 0), abs(right or 0)) + (count + 1) * STEP >= LIMIT
        return
    whole = [*([] if left is None else [left]), *found, *([] if right is None else [right])]
    assert len(found) == count
    assert count == 0 or all(before < after for before, after in itertools.pairwise(whole))


@pytest.mark.parametrize("given", [{}, {"end": End.LAST, "after": SOME}, {"after": SOME, "before": SOME}])
def test_a_place_is_exactly_one(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Place(**given)


async def test_images_are_put_to_the_ends_and_beside_others(owner: Viewer) -> None:
    shelf = Shelf(owner)
    album = await shelf.make()
    a, b, c, d, e, f = images = await shelf.images(6)
    await shelf.fill(album, [a, b])
    await shelf.fill(album, [c], place=FIRST)
    await shelf.fill(album, [d, e], place=Place(after=a.id))
    await shelf.fill(album, [f], place=Place(before=c.id))
    expected = [image.id for image in (f, c, a, d, e, b)]
    assert await shelf.shown(album) == expected
    await shelf.fill(album, images, place=FIRST)
    assert await shelf.shown(album) == expected, "what is in it already stays where it is"


async def test_a_move_changes_one_row_in_a_few_statements(owner: Viewer) -> None:
    shelf = Shelf(owner)
    album = await shelf.make()
    images = await shelf.images(30)
    await shelf.fill(album, images)
    before = {item.id: item.position for item in await CollectionItem.all()}
    with counted() as log:
        await CURATOR.reorder(owner, album.id, [Move(images[20].id, Place(after=images[3].id))])
    after = {item.id: item.position for item in await CollectionItem.all()}
    assert len([id for id, position in before.items() if after[id] != position]) == 1
    assert len([statement for statement in log.statements if not statement.startswith(("BEGIN", "COMMIT"))]) <= 7


async def test_what_cannot_be_moved_does_not_stop_its_neighbours(owner: Viewer, stranger: Viewer) -> None:
    shelf = Shelf(owner)
    album = await shelf.make()
    a, b, elsewhere = await shelf.images(3)
    theirs = await add_image(stranger, **PUBLIC)
    await shelf.fill(album, [a, b, theirs])
    await Image.filter(id=theirs.id).update(visibility=Visibility.PRIVATE)
    moves = [
        Move(elsewhere.id, FIRST),
        Move(b.id, Place(before=elsewhere.id)),
        Move(theirs.id, FIRST),
        Move(b.id, FIRST),
        Move(b.id, Place(after=b.id)),
    ]
    _, errors = await CURATOR.reorder(owner, album.id, moves)
    assert [type(error) for error in errors] == [NotFound, NotFound, NotFound, type(None), type(None)]
    assert [error.field for error in errors if error] == [["image_id"], ["place", "before"], ["image_id"]]
    assert await stored(album) == [b.id, a.id, theirs.id]


MOVES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["first", "last", "after", "before"]), st.integers(0, 5)), max_size=20
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, apart=st.sampled_from([1, 2, 3, STEP]))
async def test_any_moves_give_the_order_that_a_list_would_have(
    owner: Viewer, moves: list[tuple[int, str, int]], apart: int
) -> None:
    """Places are so tight at first, at times, that all positions must be given out anew."""
    album = await Shelf(owner).make()
    images = [image.id for image in await Shelf(owner).images(6)]
    items = [CollectionItem(collection_id=album.id, image_id=id, position=n * apart) for n, id in enumerate(images)]
    await CollectionItem.bulk_create(items)
    expected = list(images)
    for moved, where, beside in moves:
        _move_in_list(expected, images[moved], where, images[beside])
    wanted = [Move(images[moved], _place(where, images[beside])) for moved, where, beside in moves]
    _, errors = await CURATOR.reorder(owner, album.id, wanted)
    assert errors == [None] * len(moves)
    assert await stored(album) == expected


def _move_in_list(order: list[uuid.UUID], moved: uuid.UUID, where: str, beside: uuid.UUID) -> None:
    if where in ("after", "before") and beside == moved:
        return
    order.remove(moved)
    ends = {"first": 0, "last": len(order)}
    order.insert(ends[where] if where in ends else order.index(beside) + (where == "after"), moved)


def _place(where: str, beside: uuid.UUID) -> Place:
    return {"first": FIRST, "last": LAST, "after": Place(after=beside), "before": Place(before=beside)}[where]


async def test_a_place_that_is_halved_for_ever_never_runs_out(owner: Viewer) -> None:
    shelf = Shelf(owner)
    album = await shelf.make()
    a, b, c = [image.id for image in await shelf.images(3)]
    await CURATOR.add(owner, album.id, [a, b, c])
    for turn in range(50):
        one, other = (b, c) if turn % 2 else (c, b)
        await CURATOR.reorder(owner, album.id, [Move(one, Place(after=a))])
        assert await stored(album) == [a, one, other]
    assert 1 <= (await Collection.get(id=album.id)).numbering <= 2


async def test_a_cursor_stays_good_when_positions_are_given_out_anew(owner: Viewer) -> None:
    shelf = Shelf(owner)
    album = await shelf.make()
    images = await shelf.images(6)
    await shelf.fill(album, images)
    [page] = await COLLECTIONS.items(owner, [(album, PageRequest(first=3))])
    await CollectionItem.filter(image_id=images[4].id).update(position=(await _position(images[5].id)) - 1)
    await shelf.fill(album, await shelf.images(1), place=Place(before=images[5].id))
    now = await Collection.get(id=album.id)
    assert now.numbering == 1
    [rest] = await COLLECTIONS.items(owner, [(now, PageRequest(first=2, after=page.cursors[-1]))])
    assert [item.image_id for item in rest.items] == [images[3].id, images[4].id]
    await CURATOR.remove(owner, album.id, [images[2].id])
    with pytest.raises(InvalidCursor):
        await COLLECTIONS.items(owner, [(now, PageRequest(first=2, after=page.cursors[-1]))])


async def _position(image_id: uuid.UUID) -> int:
    return (await CollectionItem.get(image_id=image_id)).position


async def test_those_who_move_and_add_at_the_same_time_lose_nothing(owner: Viewer) -> None:
    shelf = Shelf(owner)
    album = await shelf.make()
    images = await shelf.images(8)
    more = await shelf.images(8)
    await shelf.fill(album, images)
    target = images[0].id
    moving = [CURATOR.reorder(owner, album.id, [Move(image.id, Place(after=target))]) for image in images[1:]]
    adding = [CURATOR.add(owner, album.id, [image.id], Place(after=target)) for image in more]
    twice = [CURATOR.add(owner, album.id, [image.id]) for image in more]
    results = await together(*moving, *adding, *twice)
    assert [result for result in results if isinstance(result, Exception)] == []
    order = await stored(album)
    assert order[0] == target
    assert sorted(order) == sorted(image.id for image in (*images, *more))


async def test_images_may_be_deleted_while_others_move_them(owner: Viewer) -> None:
    shelf = Shelf(owner)
    album = await shelf.make()
    images = await shelf.images(10)
    await shelf.fill(album, images)

    moves = [Move(image.id, FIRST) for image in images]
    gone = [image.id for image in images[:5]]
    results = await together(
        *(CURATOR.reorder(owner, album.id, moves[number:]) for number in range(4)),
        Trash(LocalWakeups()).delete(owner, gone[::-1]),
        CURATOR.remove(owner, album.id, [images[9].id, images[2].id]),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    assert sorted(await stored(album)) == sorted(image.id for image in images[5:9])


async def test_ten_thousand_images_are_paged_as_quickly_at_the_end_as_at_the_beginning(owner: Viewer) -> None:
    shelf = Shelf(owner)
    album = await shelf.make()
    rows = [image_row(owner) for _ in range(10_000)]
    await Image.bulk_create(rows, batch_size=500)
    items = [
        CollectionItem(collection_id=album.id, image_id=row.id, position=place * STEP) for place, row in enumerate(rows)
    ]
    await CollectionItem.bulk_create(items, batch_size=1_000)
    ids = [row.id for row in rows]
    [end] = await COLLECTIONS.items(owner, [(album, PageRequest(last=100))])
    assert [item.image_id for item in end.items] == ids[-100:]
    with counted() as log:
        [before] = await COLLECTIONS.items(owner, [(album, PageRequest(last=100, before=end.cursors[0]))])
        [again] = await COLLECTIONS.items(owner, [(album, PageRequest(first=100, after=before.cursors[-1]))])
    assert [item.image_id for item in (*before.items, *again.items)] == ids[-200:]
    assert (before.has_next, before.has_previous, again.has_next, again.has_previous) == (True, True, False, True)
    assert len(log.statements) == 2
    assert "OFFSET" not in "".join(log.statements).upper()
    assert await COLLECTIONS.item_counts(owner, [album.id]) == [10_000]
    await CURATOR.reorder(owner, album.id, [Move(ids[-1], FIRST)])
    [first] = await COLLECTIONS.items(owner, [(album, PageRequest(first=2))])
    assert [item.image_id for item in first.items] == [ids[-1], ids[0]]

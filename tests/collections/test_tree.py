"""Collections in collections: no circles, not too deep, one owner, and what becomes of them when one is deleted."""

import pytest

from imaging.accounts.viewer import Viewer
from imaging.collections.curate import Children
from imaging.collections.models import MAX_DEPTH, Collection
from imaging.errors import Conflict, Forbidden, ImagingError, InvalidInput, NotFound
from imaging.images.models import Image
from tests.collections.shelf import CURATOR, Shelf, together
from tests.rows import PUBLIC
from tests.statements import counted


async def chain(shelf: Shelf, count: int) -> list[Collection]:
    """Collections, each in the one before."""
    made: list[Collection] = []
    for level in range(count):
        made.append(await shelf.make(f"level {level + 1}", parent=made[-1] if made else None))
    return made


async def ways(*collections: Collection) -> list[list[str]]:
    """The names from the outermost down to each collection, as their paths tell."""
    names = {row.id: row.name for row in await Collection.all()}
    rows = [await Collection.get(id=collection.id) for collection in collections]
    assert [row.parent_id for row in rows] == [row.ancestor_ids[-1] if row.ancestor_ids else None for row in rows]
    return [[names[id] for id in (*row.ancestor_ids, row.id)] for row in rows]


async def test_collections_lie_in_each_other_and_are_moved_with_all_that_lies_in_them(owner: Viewer) -> None:
    shelf = Shelf(owner)
    a, b, c = await chain(shelf, 3)
    other = await shelf.make("other")
    await CURATOR.update(owner, b.id, {"parent_id": other.id})
    assert await ways(a, b, c) == [["level 1"], ["other", "level 2"], ["other", "level 2", "level 3"]]
    await CURATOR.update(owner, b.id, {"parent_id": None})
    assert await ways(b, c) == [["level 2"], ["level 2", "level 3"]]
    assert await shelf.names_in(a) == await shelf.names_in(other) == []
    assert await shelf.names_in(b) == ["level 3"]


async def test_moving_many_takes_as_many_statements_as_moving_one(owner: Viewer) -> None:
    shelf = Shelf(owner)
    top, other = await shelf.make("top"), await shelf.make("other")
    counts = []
    for _ in range(2):
        with counted() as log:
            await CURATOR.update(owner, top.id, {"parent_id": other.id})
        counts.append(len(log.statements))
        await CURATOR.update(owner, top.id, {"parent_id": None})
        for number in range(20):
            await shelf.make(f"{number}", parent=top)
    assert counts[0] == counts[1]


async def test_a_collection_never_lies_in_itself(owner: Viewer) -> None:
    a, b, c = await chain(Shelf(owner), 3)
    for parent in (a, b, c):
        with pytest.raises(Conflict) as refused:
            await CURATOR.update(owner, a.id, {"parent_id": parent.id})
        assert refused.value.field == ["parent_id"]
    assert (await ways(c))[0] == ["level 1", "level 2", "level 3"]


async def test_no_circle_comes_about_by_two_who_move_at_the_same_time(owner: Viewer) -> None:
    shelf = Shelf(owner)
    for _ in range(5):
        a, b = await shelf.make("a"), await shelf.make("b")
        results = await together(
            CURATOR.update(owner, a.id, {"parent_id": b.id}), CURATOR.update(owner, b.id, {"parent_id": a.id})
        )
        assert {type(result) for result in results} == {Collection, Conflict}
        assert sorted(len(way) for way in await ways(a, b)) == [1, 2]


async def test_they_lie_ten_levels_deep_and_no_deeper(owner: Viewer) -> None:
    shelf = Shelf(owner)
    levels = await chain(shelf, MAX_DEPTH)
    with pytest.raises(InvalidInput, match="11 levels"):
        await shelf.make("too deep", parent=levels[-1])
    two = await chain(shelf, 2)
    with pytest.raises(InvalidInput, match="11 levels"):
        await CURATOR.update(owner, two[0].id, {"parent_id": levels[-2].id})
    await CURATOR.update(owner, two[0].id, {"parent_id": levels[-3].id})
    assert (await Collection.get(id=two[1].id)).depth == MAX_DEPTH


async def test_what_lies_in_somebodys_collection_is_theirs(owner: Viewer, stranger: Viewer, admin: Viewer) -> None:
    album = await Shelf(owner).make("mine", **PUBLIC)
    inside = await Shelf(admin).make("inside", parent=album)
    assert inside.owner_id == owner.user_id
    with pytest.raises(Forbidden) as forbidden:
        await Shelf(stranger).make("intruder", parent=album)
    assert forbidden.value.field == ["parent_id"]
    theirs = await Shelf(stranger).make("theirs")
    with pytest.raises(Conflict):
        await CURATOR.update(admin, theirs.id, {"parent_id": album.id})
    for viewer in (stranger, owner):
        hidden = inside if viewer is stranger else theirs
        with pytest.raises(NotFound):
            await Shelf(viewer).make("lost", parent=hidden)


async def test_deleting_one_moves_up_what_lies_in_it(owner: Viewer) -> None:
    shelf = Shelf(owner)
    a, b, c = await chain(shelf, 3)
    images = await shelf.images(2)
    await shelf.fill(b, images)
    assert await CURATOR.delete(owner, b.id) == [b.id]
    assert await ways(a, c) == [["level 1"], ["level 1", "level 3"]]
    assert await CURATOR.delete(owner, a.id) == [a.id]
    assert await ways(c) == [["level 3"]]
    assert await Image.all().count() == 2
    assert await shelf.names_of(images[0]) == []


async def test_deleting_one_with_all_that_lies_in_it_leaves_the_images(owner: Viewer) -> None:
    shelf = Shelf(owner)
    a, b, c = await chain(shelf, 3)
    beside = await shelf.make("beside", parent=a)
    other = await shelf.make("other")
    await shelf.fill(c, await shelf.images(2))
    gone = await CURATOR.delete(owner, a.id, Children.DELETE)
    assert gone[0] == a.id
    assert set(gone) == {a.id, b.id, c.id, beside.id}
    assert [row.id for row in await Collection.all()] == [other.id]
    assert await Image.all().count() == 2


async def test_deleting_and_filling_at_the_same_time_leaves_one_of_both(owner: Viewer) -> None:
    shelf = Shelf(owner)
    a, b = await chain(shelf, 2)
    images = [image.id for image in await shelf.images(3)]
    results = await together(
        CURATOR.add(owner, b.id, images),
        CURATOR.delete(owner, a.id, Children.DELETE),
        CURATOR.create(owner, {"name": "late", "parent_id": b.id}),
        CURATOR.update(owner, b.id, {"name": "renamed"}),
    )
    errors = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, ImagingError) and error.code == "NOT_FOUND" for error in errors), errors
    assert await Collection.all().count() == 0


async def test_however_many_lie_in_a_collection_deleting_it_costs_the_same(owner: Viewer) -> None:
    shelf, costs = Shelf(owner), []
    for children in (1, 20):
        top = await shelf.make("Top")
        middle = await shelf.make("Middle", top)
        for number in range(children):
            await shelf.make("Inmost", await shelf.make(f"Child {number:02}", middle))
        with counted() as log:
            await CURATOR.delete(owner, middle.id)
        costs.append(len(log.statements))
        assert await shelf.names_in(top) == [f"Child {number:02}" for number in range(children)]
        assert await Collection.filter(name="Inmost", path__startswith=top.path).count() == children
    assert costs[0] == costs[1]

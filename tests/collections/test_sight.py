"""Who sees which collections, and what in them."""

import uuid
from typing import Any

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.collections.lists import CollectionFilter
from imaging.errors import Conflict, Forbidden, ImagingError, InvalidCursor, InvalidInput, NotFound, Unauthenticated
from imaging.images.models import Image, ImageState, Visibility
from imaging.images.page import PageRequest
from imaging.images.trash import Trash
from tests.collections.shelf import COLLECTIONS, CURATOR, Shelf
from tests.rows import PUBLIC, add_image
from tests.statements import counted

EVERYTHING, NESTED = CollectionFilter(), CollectionFilter(top_level=False)


async def test_everybody_sees_public_collections_and_their_own(
    owner: Viewer, stranger: Viewer, onlooker: Viewer, admin: Viewer
) -> None:
    hidden, shown = await Shelf(owner).make("b hidden"), await Shelf(owner).make("A shown", **PUBLIC)
    await Shelf(stranger).make("c theirs")
    for viewer, names in (
        (owner, ["A shown", "b hidden"]),
        (stranger, ["A shown", "c theirs"]),
        (onlooker, ["A shown"]),
        (ANONYMOUS, ["A shown"]),
        (admin, ["A shown", "b hidden", "c theirs"]),
    ):
        assert await Shelf(viewer).names() == names
        found = await COLLECTIONS.by_ids(viewer, [shown.id, hidden.id, uuid.uuid4()])
        assert [row is not None for row in found] == [True, "b hidden" in names, False]


async def test_at_the_top_is_what_lies_in_nothing_that_the_viewer_sees(
    owner: Viewer, stranger: Viewer, admin: Viewer
) -> None:
    hidden = await Shelf(owner).make("hidden")
    shown = await Shelf(owner).make("shown", parent=hidden, **PUBLIC)
    await Shelf(owner).make("within", parent=shown, **PUBLIC)
    await Shelf(owner).make("deep", parent=shown)
    for viewer in (owner, admin):
        assert await Shelf(viewer).names(top_level=True) == ["hidden"]
        assert await Shelf(viewer).names(top_level=False) == ["deep", "shown", "within"]
        assert await Shelf(viewer).names_in(shown) == ["deep", "within"]
    for viewer in (stranger, ANONYMOUS):
        assert await Shelf(viewer).names(top_level=True) == ["shown"]
        assert await Shelf(viewer).names(top_level=False) == ["within"]
        assert await Shelf(viewer).names_in(shown) == ["within"]


async def test_lists_are_narrowed_by_owner_and_visibility(owner: Viewer, stranger: Viewer) -> None:
    await Shelf(owner).make("hidden")
    await Shelf(owner).make("shown", **PUBLIC)
    await Shelf(stranger).make("theirs", **PUBLIC)
    shelf = Shelf(owner)
    assert await shelf.names(owner_id=owner.user_id) == ["hidden", "shown"]
    assert await shelf.names(visibility=Visibility.PUBLIC) == ["shown", "theirs"]
    assert await shelf.names(owner_id=stranger.user_id, visibility=Visibility.PRIVATE) == []


async def test_in_a_collection_everybody_sees_what_they_may_see(
    owner: Viewer, stranger: Viewer, onlooker: Viewer, admin: Viewer
) -> None:
    album = await Shelf(owner).make(**PUBLIC)
    mine, shown = await add_image(owner), await add_image(owner, **PUBLIC)
    theirs = await add_image(stranger, **PUBLIC)
    await Shelf(owner).fill(album, [mine, shown, theirs])
    barred = await add_image(stranger, state=ImageState.QUARANTINED)
    await Shelf(admin).fill(album, [barred])
    seen = {
        owner: [mine, shown, theirs],
        stranger: [shown, theirs, barred],
        onlooker: [shown, theirs],
        ANONYMOUS: [shown, theirs],
        admin: [mine, shown, theirs, barred],
    }
    for viewer, images in seen.items():
        assert await Shelf(viewer).shown(album) == [image.id for image in images]
        assert await Shelf(viewer).cover(album) == images[0].id
        for image in (mine, shown, theirs, barred):
            assert await Shelf(viewer).names_of(image) == ["Ducks"]


async def test_an_image_in_the_trash_is_in_no_collection_until_it_is_restored_and_a_deleted_one_is_in_none(
    owner: Viewer,
) -> None:
    shelf, trash = Shelf(owner), Trash(LocalWakeups())
    album = await shelf.make()
    a, b = await shelf.images(2)
    await shelf.fill(album, [a, b])
    await CURATOR.update(owner, album.id, {"cover_id": b.id})
    assert await shelf.cover(album) == b.id
    await trash.trash(owner, [b.id])
    assert (await shelf.shown(album), await shelf.cover(album)) == ([a.id], a.id)
    await trash.restore(owner, [b.id])
    assert (await shelf.shown(album), await shelf.cover(album)) == ([a.id, b.id], b.id)
    await trash.delete(owner, [b.id])
    assert (await shelf.shown(album), await shelf.cover(album)) == ([a.id], a.id)
    await trash.delete(owner, [a.id])
    assert (await shelf.shown(album), await shelf.cover(album)) == ([], None)


async def test_only_images_that_the_viewer_sees_are_added_and_none_from_the_trash(
    owner: Viewer, stranger: Viewer
) -> None:
    album = await Shelf(owner).make()
    hidden, trashed = await add_image(stranger), await add_image(owner, state=ImageState.TRASHED)
    good = await add_image(owner)
    ids = [hidden.id, uuid.uuid4(), trashed.id, good.id, good.id]
    _, results = await CURATOR.add(owner, album.id, ids)
    assert [type(result.error) for result in results] == [NotFound, NotFound, Conflict, type(None), type(None)]
    assert await Shelf(owner).shown(album) == [good.id]


async def test_the_cover_is_an_image_of_the_collection_and_goes_with_it(owner: Viewer) -> None:
    shelf = Shelf(owner)
    album = await shelf.make()
    a, b, elsewhere = await shelf.images(3)
    await shelf.fill(album, [a, b])
    with pytest.raises(NotFound) as refused:
        await CURATOR.update(owner, album.id, {"cover_id": elsewhere.id})
    assert refused.value.field == ["cover_id"]
    await CURATOR.update(owner, album.id, {"cover_id": b.id})
    assert (await CURATOR.remove(owner, album.id, [b.id, elsewhere.id])).cover_id is None
    await shelf.fill(album, [b])
    assert await shelf.cover(album) == a.id


async def every_change(viewer: Viewer, album_id: uuid.UUID, image: Image) -> list[type[Exception] | None]:
    """What comes of each change of a collection, None for well."""
    came: list[type[Exception] | None] = []
    for change in (
        CURATOR.update(viewer, album_id, {"name": "New"}),
        CURATOR.add(viewer, album_id, [image.id]),
        CURATOR.reorder(viewer, album_id, []),
        CURATOR.remove(viewer, album_id, [image.id]),
        CURATOR.delete(viewer, album_id),
    ):
        try:
            await change
            came.append(None)
        except ImagingError as error:
            came.append(type(error))
    return came


async def test_collections_are_changed_by_their_owner_and_admins_only(
    owner: Viewer, stranger: Viewer, onlooker: Viewer, admin: Viewer
) -> None:
    image = await add_image(owner)
    shown, hidden = await Shelf(owner).make(**PUBLIC), await Shelf(owner).make()
    assert await every_change(ANONYMOUS, shown.id, image) == [Unauthenticated] * 5
    assert await every_change(onlooker, shown.id, image) == [Forbidden] * 5
    assert await every_change(stranger, shown.id, image) == [Forbidden] * 5
    assert await every_change(stranger, hidden.id, image) == [NotFound] * 5
    assert await every_change(owner, uuid.uuid4(), image) == [NotFound] * 5
    assert await every_change(admin, hidden.id, image) == [None] * 5
    assert await every_change(owner, shown.id, image) == [None] * 5
    for viewer, error in ((ANONYMOUS, Unauthenticated), (onlooker, Forbidden)):
        with pytest.raises(error):
            await Shelf(viewer).make()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " \n "}, "name"),
        ({"name": "a" * 201}, "name"),
        ({"name": "bell\x07"}, "name"),
        ({"name": None}, "name"),
        ({"description": "d" * 20_001}, "description"),
        ({"visibility": "SECRET"}, "visibility"),
    ],
)
async def test_values_that_cannot_be_taken_are_refused(owner: Viewer, values: dict[str, Any], field: str) -> None:
    album = await Shelf(owner).make()
    for change in (CURATOR.create(owner, {"name": "Ducks"} | values), CURATOR.update(owner, album.id, values)):
        with pytest.raises(InvalidInput) as refused:
            await change
        assert refused.value.field == [field]


async def test_names_are_trimmed_and_sorted_without_regard_to_case(owner: Viewer) -> None:
    shelf = Shelf(owner)
    for name in ("  zebra \t crossing ", "Älpler", "apple", "Zebra", "👩‍👩‍👧 family"):
        await shelf.make(name)
    assert await shelf.names() == ["apple", "Zebra", "zebra crossing", "Älpler", "👩‍👩‍👧 family"]


async def test_pages_of_collections_show_each_once_in_both_directions(owner: Viewer, stranger: Viewer) -> None:
    parent = await Shelf(owner).make("parent", **PUBLIC)
    [image] = await Shelf(owner).images(1, **PUBLIC)
    for number in range(11):
        album = await Shelf(owner).make(f"n{number % 4}", parent=parent, **PUBLIC)
        await Shelf(owner).fill(album, [image])

    async def page(kind: str, viewer: Viewer, request: PageRequest) -> Any:
        if kind == "all":
            return await COLLECTIONS.page(viewer, NESTED, request)
        key = parent.id if kind == "children" else image.id
        [found] = await getattr(COLLECTIONS, kind)(viewer, [(key, request)])
        return found

    for kind in ("all", "children", "holders"):
        for viewer in (owner, stranger):
            forward, after = [], None
            while True:
                found = await page(kind, viewer, PageRequest(first=3, after=after))
                forward += found.items
                if not found.has_next:
                    break
                after = found.cursors[-1]
            backward, before = [], None
            while True:
                found = await page(kind, viewer, PageRequest(last=4, before=before))
                backward = [*found.items, *backward]
                if not found.has_previous:
                    break
                before = found.cursors[0]
            assert len({row.id for row in forward}) == 11
            assert [row.id for row in forward] == [row.id for row in backward]
            assert [row.name_key for row in forward] == sorted(row.name_key for row in forward)
            assert (await page(kind, viewer, PageRequest(first=0))).items == []


@pytest.mark.parametrize("cursor", ["x", "é", "W10", "WyJhIiwiYiJd", "bnVsbA", "A" * 3000])
async def test_cursors_that_were_never_given_out_are_refused(owner: Viewer, cursor: str) -> None:
    album = await Shelf(owner).make()
    for reading in (
        COLLECTIONS.page(owner, EVERYTHING, PageRequest(after=cursor)),
        COLLECTIONS.children(owner, [(album.id, PageRequest(after=cursor))]),
        COLLECTIONS.holders(owner, [(album.id, PageRequest(after=cursor))]),
        COLLECTIONS.items(owner, [(album, PageRequest(after=cursor))]),
    ):
        with pytest.raises(InvalidCursor):
            await reading


async def test_a_cursor_of_one_collection_is_none_of_another(owner: Viewer) -> None:
    shelf = Shelf(owner)
    one, two = await shelf.make(), await shelf.make()
    [image] = await shelf.images(1)
    await shelf.fill(one, [image])
    await shelf.fill(two, [image])
    [page] = await COLLECTIONS.items(owner, [(one, PageRequest())])
    with pytest.raises(InvalidCursor):
        await COLLECTIONS.items(owner, [(two, PageRequest(after=page.cursors[0]))])


async def test_many_lists_are_read_in_one_statement_each_hundred(owner: Viewer) -> None:
    shelf = Shelf(owner)
    albums = [await shelf.make(f"{number:03}") for number in range(120)]
    images = await shelf.images(3)
    for album in albums[::40]:
        await shelf.fill(album, images)
        await shelf.make("inside", parent=album)
    request = PageRequest(first=2)
    with counted() as log:
        items = await COLLECTIONS.items(owner, [(album, request) for album in albums])
        children = await COLLECTIONS.children(owner, [(album.id, request) for album in albums])
        covers = await COLLECTIONS.covers(owner, albums)
        holders = await COLLECTIONS.holders(owner, [(image.id, request) for image in images])
        counts = await COLLECTIONS.item_counts(owner, [album.id for album in albums])
    assert len(log.statements) == 2 + 2 + 2 + 1 + 1
    assert [len(page.items) for page in items[::40]] == [2, 2, 2]
    assert sum(page.has_next for page in items) == 3
    assert sum(len(page.items) for page in children) == 3
    assert [cover is not None for cover in covers] == [count > 0 for count in counts]
    assert [[row.name for row in page.items] for page in holders] == [["000", "040"]] * 3

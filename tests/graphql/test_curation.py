"""Changes to collections over GraphQL: what is refused to whom, and where it is told."""

import uuid
from typing import Any

import pytest

from imaging.collections.models import Collection, CollectionItem
from imaging.graphql.ids import COLLECTION, IMAGE, global_id
from imaging.images.models import Image, Visibility
from tests.graphql.curating import do, done, made, mutation
from tests.graphql.desk import Desk, id_of

PUBLIC = {"visibility": Visibility.PUBLIC}


async def test_deleting_moves_up_what_lies_in_it_unless_all_is_to_go(desk: Desk) -> None:
    a = await made(desk.editor, "a")
    b = await made(desk.editor, "b", parentId=a)
    c = await made(desk.editor, "c", parentId=b)
    assert await done(desk.editor, "deleteCollection", id=a) == {"deletedIds": [a]}
    told = await desk.editor.data("query ($id: ID!) { collection(id: $id) { ancestors { name } } }", id=c)
    assert told["collection"]["ancestors"] == [{"name": "b"}]
    assert await done(desk.editor, "deleteCollection", id=b, children="DELETE") == {"deletedIds": [b, c]}
    assert await Collection.all().count() == 0


async def test_null_clears_and_what_is_left_out_stays(desk: Desk) -> None:
    outer = await made(desk.editor, "outer")
    id = await made(desk.editor, "Ducks", parentId=outer, description="Swim", visibility="PUBLIC")
    told = (await done(desk.editor, "updateCollection", id=id, name="Geese"))["collection"]
    assert (told["name"], told["description"], told["parent"]) == ("Geese", "Swim", {"id": outer})
    told = await done(desk.editor, "updateCollection", id=id, description=None, visibility=None, parentId=None)
    told = told["collection"]
    assert (told["description"], told["visibility"], told["parent"]) == (None, "PRIVATE", None)


async def test_what_is_refused_is_told_with_its_path(desk: Desk) -> None:
    outer = await made(desk.editor, "outer")
    id = await made(desk.editor, "Ducks", parentId=outer)
    image, trashed, hidden = await desk.image(), await desk.image(state="TRASHED"), await desk.image(desk.stranger)
    unknown, nowhere = str(global_id(IMAGE, uuid.uuid4())), str(global_id(COLLECTION, uuid.uuid4()))
    end = {"end": "LAST"}

    async def refused(name: str, /, **given: Any) -> list[tuple[Any, ...]]:
        return [
            (error["code"], ".".join(error["field"]), error["itemId"])
            for error in (await do(desk.editor, name, **given))["userErrors"]
        ]

    assert await refused("createCollection", name=" ") == [("INVALID_INPUT", "input.name", None)]
    assert await refused("createCollection", name="x", parentId=nowhere) == [("NOT_FOUND", "input.parentId", None)]
    assert await refused("createCollection", name="x", parentId="x") == [("NOT_FOUND", "input.parentId", None)]
    assert await refused("updateCollection", id=nowhere) == [("NOT_FOUND", "input.id", nowhere)]
    assert await refused("updateCollection", id=outer, parentId=id) == [("CONFLICT", "input.parentId", None)]
    assert await refused("updateCollection", id=id, coverId=id_of(image)) == [("NOT_FOUND", "input.coverId", None)]
    assert await refused("updateCollection", id=id, name=None) == [("INVALID_INPUT", "input.name", None)]
    assert await refused("deleteCollection", id="x") == [("NOT_FOUND", "input.id", "x")]
    given = ["x", id_of(hidden), id_of(trashed), unknown, id_of(image)]
    assert await refused("addToCollection", id=id, imageIds=given) == [
        ("NOT_FOUND", "input.imageIds.0", "x"),
        ("NOT_FOUND", "input.imageIds.1", id_of(hidden)),
        ("CONFLICT", "input.imageIds.2", id_of(trashed)),
        ("NOT_FOUND", "input.imageIds.3", unknown),
    ]
    other = id_of(await desk.image())
    place = {"before": unknown}
    assert await refused("addToCollection", id=id, imageIds=[other], place=place) == [
        ("NOT_FOUND", "input.place.before", None)
    ]
    moves = [
        {"imageId": "x", "place": end},
        {"imageId": id_of(image), "place": {"after": other}},
        {"imageId": id_of(image), "place": end},
    ]
    assert await refused("reorderCollection", id=id, moves=moves) == [
        ("NOT_FOUND", "input.moves.0.imageId", "x"),
        ("NOT_FOUND", "input.moves.1.place.after", id_of(image)),
    ]
    many = [unknown] * 101
    for name in ("addToCollection", "removeFromCollection"):
        assert await refused(name, id=id, imageIds=many) == [("INVALID_INPUT", "input.imageIds", None)]
    moves = [{"imageId": unknown, "place": end}] * 101
    assert await refused("reorderCollection", id=id, moves=moves) == [("INVALID_INPUT", "input.moves", None)]
    assert await refused("removeFromCollection", id=id, imageIds=["x", unknown]) == []
    assert await CollectionItem.all().count() == 1


async def test_several_changes_in_one_operation_each_show_what_came_of_them(desk: Desk) -> None:
    outer, id = await made(desk.editor, "outer"), await made(desk.editor)
    a, b = id_of(await desk.image()), id_of(await desk.image())
    told = "{ collection { parent { name } images { totalCount nodes { id } } } }"
    data = await desk.editor.data(
        "mutation ($id: ID!, $outer: ID!, $a: ID!, $b: ID!) {"
        f" one: addToCollection(input: {{id: $id, imageIds: [$a]}}) {told}"
        f" two: addToCollection(input: {{id: $id, imageIds: [$b], place: {{end: FIRST}}}}) {told}"
        f' three: updateCollection(input: {{id: $outer, name: "Outer"}}) {told}'
        f" four: updateCollection(input: {{id: $id, parentId: $outer}}) {told}"
        f" five: removeFromCollection(input: {{id: $id, imageIds: [$a]}}) {told} }}",
        **{"id": id, "outer": outer, "a": a, "b": b},
    )
    shown = [answer["collection"] for answer in data.values()]
    assert [[node["id"] for node in it["images"]["nodes"]] for it in shown] == [[a], [b, a], [], [b, a], [b]]
    assert [it["images"]["totalCount"] for it in shown] == [1, 2, 0, 2, 1]
    assert [it["parent"] and it["parent"]["name"] for it in shown] == [None, None, None, "Outer", "Outer"]


async def test_only_owner_and_admins_change_a_collection(desk: Desk) -> None:
    id, hidden = await made(desk.editor, visibility="PUBLIC"), await made(desk.editor)
    image = id_of(await desk.image(**PUBLIC))
    changes: list[tuple[str, dict[str, Any]]] = [
        ("updateCollection", {"name": "Mine"}),
        ("addToCollection", {"imageIds": [image]}),
        ("reorderCollection", {"moves": []}),
        ("removeFromCollection", {"imageIds": [image]}),
        ("deleteCollection", {}),
    ]
    for name, given in changes:
        for person, where, code in (
            (desk.looker, id, "FORBIDDEN"),
            (desk.stranger, id, "FORBIDDEN"),
            (desk.stranger, hidden, "NOT_FOUND"),
        ):
            [error] = (await do(person, name, id=where, **given))["userErrors"]
            assert (error["code"], error["field"], error["itemId"]) == (code, ["input", "id"], where)
        assert await desk.anonymous.codes(mutation(name), input={"id": id, **given}) == ["UNAUTHENTICATED"]
        await done(desk.admin, name, id=id, **given)
    [error] = (await do(desk.looker, "createCollection", name="Mine"))["userErrors"]
    assert error["code"] == "FORBIDDEN"
    assert await Image.all().count() == 1


@pytest.mark.parametrize("place", [{}, {"end": "FIRST", "after": "x"}, {"end": None}])
async def test_a_place_is_exactly_one(desk: Desk, place: dict[str, Any]) -> None:
    given = {"id": await made(desk.editor), "imageIds": [], "place": place}
    result = await desk.editor.ask(mutation("addToCollection"), input=given)
    assert result.errors
    assert await desk.editor.data("{ collections { totalCount } }") == {"collections": {"totalCount": 1}}

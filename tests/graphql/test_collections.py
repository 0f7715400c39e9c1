"""Collections as clients see them: made, filled, ordered, put into each other, looked at and deleted."""

import uuid
from typing import Any

from imaging.graphql.ids import COLLECTION, global_id
from imaging.images.models import Visibility
from tests.graphql.curating import done, image_ids, made
from tests.graphql.desk import Desk, Person, id_of, statements

PUBLIC = {"visibility": Visibility.PUBLIC}
LOOK = """
query ($id: ID!) { collection(id: $id) {
  id name description visibility createdAt updatedAt owner { name } parent { name } ancestors { name }
  children { totalCount nodes { name } }
  images(first: 2) { totalCount nodes { id } edges { cursor addedAt node { id } } pageInfo { hasNextPage endCursor } }
  cover { id }
} }
"""
TOO_COMPLEX = ["OPERATION_TOO_COMPLEX"]


async def test_a_collection_is_made_filled_ordered_and_looked_at(desk: Desk) -> None:
    outer = await made(desk.editor, "Birds")
    payload = await done(
        desk.editor, "createCollection", name=" Ducks ", description="Swim", visibility="PUBLIC", parentId=outer
    )
    id = payload["collection"]["id"]
    assert payload["collection"] == {
        "id": id,
        "name": "Ducks",
        "description": "Swim",
        "visibility": "PUBLIC",
        "parent": {"id": outer},
        "images": {"nodes": [], "totalCount": 0},
    }
    a, b, c, d = [id_of(await desk.image()) for _ in range(4)]
    added = await done(desk.editor, "addToCollection", id=id, imageIds=[a, b])
    assert [image["id"] for image in added["images"]] == [a, b]
    assert image_ids(await done(desk.editor, "addToCollection", id=id, imageIds=[c], place={"end": "FIRST"})) == [
        c,
        a,
        b,
    ]
    assert image_ids(await done(desk.editor, "addToCollection", id=id, imageIds=[d], place={"after": a})) == [
        c,
        a,
        d,
        b,
    ]
    moves = [{"imageId": b, "place": {"before": c}}, {"imageId": c, "place": {"end": "LAST"}}]
    assert image_ids(await done(desk.editor, "reorderCollection", id=id, moves=moves)) == [b, a, d, c]
    assert image_ids(await done(desk.editor, "removeFromCollection", id=id, imageIds=[a])) == [b, d, c]
    await done(desk.editor, "updateCollection", id=id, coverId=c)
    await made(desk.editor, "Ducklings", parentId=id)
    told = (await desk.editor.data(LOOK, id=id))["collection"]
    edges = told["images"].pop("edges")
    assert [edge["node"]["id"] for edge in edges] == [b, d]
    assert all(edge["addedAt"] for edge in edges)
    assert (bool(told.pop("createdAt")), bool(told.pop("updatedAt"))) == (True, True)
    assert told == {
        "id": id,
        "name": "Ducks",
        "description": "Swim",
        "visibility": "PUBLIC",
        "owner": {"name": "Ed"},
        "parent": {"name": "Birds"},
        "ancestors": [{"name": "Birds"}],
        "children": {"totalCount": 1, "nodes": [{"name": "Ducklings"}]},
        "images": {
            "totalCount": 3,
            "nodes": [{"id": b}, {"id": d}],
            "pageInfo": {"hasNextPage": True, "endCursor": edges[1]["cursor"]},
        },
        "cover": {"id": c},
    }


async def test_a_collection_is_paged_in_both_directions(desk: Desk) -> None:
    id = await made(desk.editor)
    ids = [id_of(await desk.image()) for _ in range(7)]
    await done(desk.editor, "addToCollection", id=id, imageIds=ids)
    query = "query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { collection(id: $id) {"
    query += " images(first: $first, after: $after, last: $last, before: $before) { nodes { id }"
    query += " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"

    async def page(**arguments: Any) -> tuple[list[str], Any]:
        told = (await desk.editor.data(query, id=id, **arguments))["collection"]["images"]
        return [node["id"] for node in told["nodes"]], told["pageInfo"]

    shown, info = await page(first=3)
    assert (shown, info["hasPreviousPage"]) == (ids[:3], False)
    assert (await page(first=3, after=info["endCursor"]))[0] == ids[3:6]
    shown, info = await page(last=3)
    assert (shown, info["hasNextPage"]) == (ids[4:], False)
    assert (await page(last=5, before=info["startCursor"]))[0] == ids[:4]
    assert await desk.editor.codes(query, id=id, after="x") == ["INVALID_CURSOR"]
    assert await desk.editor.codes(query, id=id, first=101) == ["INVALID_INPUT"]


async def test_a_collection_is_a_node_and_absent_for_those_who_may_not_see_it(desk: Desk) -> None:
    hidden, shown = await made(desk.editor, "hidden"), await made(desk.editor, "shown", visibility="PUBLIC")
    query = "query ($id: ID!, $ids: [ID!]!) { collection(id: $id) { name } node(id: $id) { ... on Collection { name } }"
    query += " nodes(ids: $ids) { id ... on Collection { name } } }"
    for person, sees in ((desk.editor, True), (desk.admin, True), (desk.stranger, False), (desk.anonymous, False)):
        told = await person.data(query, id=hidden, ids=[shown, hidden])
        expected = {"name": "hidden"} if sees else None
        assert (told["collection"], told["node"]) == (expected, expected)
        assert [node and node["name"] for node in told["nodes"]] == ["shown", "hidden" if sees else None]
    for text in ("nonsense", id_of(await desk.image()), global_id(COLLECTION, uuid.uuid4())):
        told = await desk.editor.data("query ($id: ID!) { collection(id: $id) { id } }", id=text)
        assert told["collection"] is None


async def test_everybody_finds_in_a_collection_what_they_may_see(desk: Desk) -> None:
    id = await made(desk.editor, visibility="PUBLIC")
    mine, shown = await desk.image(), await desk.image(**PUBLIC)
    theirs = await desk.image(desk.stranger, **PUBLIC)
    await done(desk.editor, "addToCollection", id=id, imageIds=[id_of(image) for image in (mine, shown, theirs)])
    query = "query ($id: ID!) { collection(id: $id) { cover { id } images { totalCount nodes { id } } } }"
    for person, images in (
        (desk.editor, [mine, shown, theirs]),
        (desk.admin, [mine, shown, theirs]),
        (desk.stranger, [shown, theirs]),
        (desk.anonymous, [shown, theirs]),
    ):
        ids = [id_of(image) for image in images]
        told = (await person.data(query, id=id))["collection"]
        assert told["cover"]["id"] == ids[0]
        assert told["images"] == {"totalCount": len(ids), "nodes": [{"id": id} for id in ids]}


async def test_lists_are_by_name_narrowed_and_counted(desk: Desk) -> None:
    outer = await made(desk.editor, "outer")
    await made(desk.editor, "Inner", parentId=outer, visibility="PUBLIC")
    await made(desk.stranger, "theirs", visibility="PUBLIC")
    query = "query ($filter: CollectionFilter, $first: Int, $after: String) { collections(filter: $filter,"
    query += " first: $first, after: $after) { totalCount nodes { name } edges { cursor node { name } }"
    query += " pageInfo { hasNextPage endCursor } } }"

    async def names(person: Person, **filter: Any) -> list[str]:
        told = (await person.data(query, filter=filter or None))["collections"]
        assert told["totalCount"] == len(told["nodes"])
        assert [edge["node"] for edge in told["edges"]] == told["nodes"]
        return [node["name"] for node in told["nodes"]]

    editor_id = (await desk.editor.data("{ viewer { user { id } } }"))["viewer"]["user"]["id"]
    assert await names(desk.editor) == ["Inner", "outer", "theirs"]
    assert await names(desk.editor, topLevel=True) == ["outer", "theirs"]
    assert await names(desk.stranger, topLevel=True) == ["Inner", "theirs"]
    assert await names(desk.editor, topLevel=False) == ["Inner"]
    assert await names(desk.editor, ownerId=editor_id) == ["Inner", "outer"]
    assert await names(desk.editor, ownerId="nonsense") == []
    assert await names(desk.editor, visibility="PRIVATE") == ["outer"]
    told = (await desk.editor.data(query, first=2))["collections"]
    assert told["pageInfo"]["hasNextPage"] is True
    rest = (await desk.editor.data(query, after=told["pageInfo"]["endCursor"]))["collections"]
    assert [node["name"] for node in rest["nodes"]] == ["theirs"]


async def test_an_image_tells_in_which_collections_it_is(desk: Desk) -> None:
    image = await desk.image(**PUBLIC)
    for name, more in (("hidden", {}), ("shown", {"visibility": "PUBLIC"})):
        await done(desk.editor, "addToCollection", id=await made(desk.editor, name, **more), imageIds=[id_of(image)])
    query = "query ($id: ID!) { image(id: $id) { collections(first: 5) { totalCount nodes { name } } } }"
    for person, names in ((desk.editor, ["hidden", "shown"]), (desk.stranger, ["shown"])):
        told = (await person.data(query, id=id_of(image)))["image"]["collections"]
        assert told == {"totalCount": len(names), "nodes": [{"name": name} for name in names]}


async def test_each_level_takes_one_statement(desk: Desk) -> None:
    images = [id_of(await desk.image()) for _ in range(5)]
    outer = await made(desk.editor, "0")
    for name in "abc":
        middle = await made(desk.editor, name, parentId=outer)
        await done(desk.editor, "addToCollection", id=middle, imageIds=images)
        for inner in "xy":
            await made(desk.editor, inner, parentId=middle)
    page = f'collection(id: "{outer}") {{ children {{ nodes {{ %s }} }} }}'
    for fields, more in (
        ("name", 0),
        ("images(first: 2) { nodes { id } }", 1),
        ("images { totalCount }", 2),
        ("cover { id }", 1),
        ("parent { name }", 0),
        ("ancestors { name }", 0),
        ("children { nodes { name children { nodes { name } } } }", 2),
        ("children { totalCount nodes { name } }", 2),
        ("owner { name }", 1),
        ("images(first: 5) { nodes { collections { nodes { name } } } }", 2),
    ):
        with statements() as seen:
            await desk.editor.data("{ " + page % fields + " }")
        assert len(seen) == 2 + more, fields


async def test_a_page_may_ask_for_so_many_and_no_more(desk: Desk) -> None:
    for number in range(11):
        await made(desk.editor, f"{number}")
    nested = "{ collections(first: 11) { nodes { %s } } }"
    for fields in ("children(first: %d) { nodes { id } }", "images(first: %d) { nodes { id } }"):
        assert await desk.editor.data(nested % fields % 89)
        assert await desk.editor.codes(nested % fields % 91) == TOO_COMPLEX
    lists = " ".join(f"l{number}: collections(first: 100) {{ nodes {{ id }} }}" for number in range(11))
    assert await desk.editor.codes("{ " + lists + " }") == TOO_COMPLEX

"""Batches move images between collections in GraphQL."""

from tests.graphql.curating import made
from tests.graphql.desk import Desk, id_of
from tests.graphql.test_batches import ruled, started, work


async def test_images_move_from_one_collection_to_another_and_back(desk: Desk) -> None:
    image = await desk.image()
    ducks, best = await made(desk.editor), await made(desk.editor, "Best")
    into, select = {"moveToCollection": {"id": ducks}}, {"ids": [id_of(image)]}
    payload = await started(desk.editor, select, into, dryRun=True)
    [sample] = payload["preview"]["sample"]
    assert (sample["before"], sample["after"]) == ({"inCollection": False}, {"inCollection": True})
    await started(desk.editor, select, into)
    await work(desk)
    moved = (await started(desk.editor, {"where": {}}, {"moveToCollection": {"id": best, "fromId": ducks}}))["batch"]
    await work(desk)
    assert (moved["operation"], await held(desk, ducks), await held(desk, best)) == (
        "MOVE_TO_COLLECTION",
        [],
        [id_of(image)],
    )
    await ruled(desk.editor, "undoBatch", moved["id"])
    await work(desk)
    assert (await held(desk, ducks), await held(desk, best)) == ([id_of(image)], [])


async def test_a_collection_that_is_not_yours_is_refused_where_it_was_named(desk: Desk) -> None:
    ducks, hidden = await made(desk.editor), await made(desk.stranger)
    for id in (hidden, "nonsense", id_of(await desk.image())):
        for more, name in (({"id": id}, "id"), ({"id": ducks, "fromId": id}, "fromId")):
            [error] = (await started(desk.editor, {"where": {}}, {"moveToCollection": more}))["userErrors"]
            expected = ("NOT_FOUND", ["input", "operation", "moveToCollection", name])
            assert (error["code"], error["field"]) == expected


async def held(desk: Desk, id: str) -> list[str]:
    query = "query ($id: ID!) { collection(id: $id) { images { nodes { id } } } }"
    return [node["id"] for node in (await desk.editor.data(query, id=id))["collection"]["images"]["nodes"]]

import hashlib
import uuid
from typing import Any

import pytest

from imaging.graphql.ids import IMAGE, USER, global_id
from imaging.images.models import Image, Visibility
from tests import pictures
from tests.graphql.desk import Desk, id_of

UPLOAD = """
mutation ($input: UploadImagesInput!) { uploadImages(input: $input) {
  results { filename outcome image { id title altText tags visibility focalPoint { x y } metadata { custom } sha256 }
    userErrors { code field message } }
  userErrors { code field itemId } } }
"""
UPDATE = """
mutation ($updates: [ImageUpdate!]!) { updateImages(input: {updates: $updates}) {
  images { id version title altText description tags visibility focalPoint { x y } metadata { custom } }
  userErrors { code field itemId message } } }
"""
DEEDS = {
    "trashImages": "mutation ($ids: [ID!]!) { it: trashImages(input: {ids: $ids}) { images { state trashedAt } %s } }",
    "restoreImages": "mutation ($ids: [ID!]!) { it: restoreImages(input: {ids: $ids}) { images { id state } %s } }",
    "deleteImages": "mutation ($ids: [ID!]!) { it: deleteImages(input: {ids: $ids}) { deletedIds %s } }",
}
ERRORS = "userErrors { code field itemId }"
EVERY_DEED = pytest.mark.parametrize("deed", DEEDS)


async def test_files_become_images_in_the_order_sent_and_one_bad_file_stops_nobody(desk: Desk) -> None:
    good, again = pictures.jpeg(), pictures.jpeg()
    said = {
        "title": "Ducks",
        "altText": "Two ducks",
        "tags": ["Water"],
        "visibility": "PUBLIC",
        "focalPoint": {"x": 0.5, "y": 0.25},
        "custom": {"shelf": 3},
    }
    files = [
        {"file": await desk.spooled(good, "../one.jpg"), **said},
        {"file": await desk.spooled(b"no picture at all", "two.png")},
        {"file": await desk.spooled(again, "three.jpg")},
        {"file": await desk.spooled(pictures.png(), "four.png"), "tags": [""]},
    ]
    payload = (await desk.editor.data(UPLOAD, input={"files": files}))["uploadImages"]
    one, two, three, four = payload["results"]
    sha256 = hashlib.sha256(good).hexdigest()
    assert (one["filename"], one["outcome"], one["userErrors"]) == ("one.jpg", "CREATED", [])
    assert one["image"].pop("id")
    told = said | {"metadata": {"custom": said["custom"]}, "sha256": sha256}
    assert one["image"] == {name: value for name, value in told.items() if name != "custom"}
    assert (two["outcome"], two["image"]) == ("REJECTED", None)
    assert (two["userErrors"][0]["code"], two["userErrors"][0]["field"]) == (
        "UNSUPPORTED_FORMAT",
        ["input", "files", "1"],
    )
    assert (three["outcome"], three["image"]["title"]) == ("EXISTS", "Ducks")
    assert (four["outcome"], four["userErrors"][0]["field"]) == ("REJECTED", ["input", "files", "3", "tags", "0"])
    assert [error["field"][2] for error in payload["userErrors"]] == ["1", "3"]
    assert await Image.all().count() == 1


async def test_who_may_not_upload_is_told_for_every_file(desk: Desk) -> None:
    files = [{"file": await desk.spooled(pictures.jpeg(), name)} for name in ("a.jpg", "b.jpg")]
    payload = (await desk.looker.data(UPLOAD, input={"files": files}))["uploadImages"]
    assert [(result["filename"], result["outcome"]) for result in payload["results"]] == [
        ("a.jpg", "REJECTED"),
        ("b.jpg", "REJECTED"),
    ]
    assert payload["userErrors"] == [{"code": "FORBIDDEN", "field": ["input"], "itemId": None}]
    assert list((desk.folder / "tmp").iterdir()) == []


async def test_without_a_token_nothing_can_be_changed(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC)
    files = [{"file": await desk.spooled(pictures.jpeg())}]
    assert await desk.anonymous.codes(UPLOAD, input={"files": files}) == ["UNAUTHENTICATED"]
    assert await desk.anonymous.codes(UPDATE, updates=[{"id": id_of(image), "title": "x"}]) == ["UNAUTHENTICATED"]
    for query in DEEDS.values():
        assert await desk.anonymous.codes(query % ERRORS, ids=[id_of(image)]) == ["UNAUTHENTICATED"]


async def update(desk: Desk, *updates: dict[str, Any], person: str = "editor") -> Any:
    return (await getattr(desk, person).data(UPDATE, updates=list(updates)))["updateImages"]


async def test_what_is_left_out_stays_and_null_clears(desk: Desk) -> None:
    said = {"title": "Old", "alt_text": "Old", "description": "Old", "tags": ["old"], "custom": {"old": True}}
    image = await desk.image(**said, visibility=Visibility.PUBLIC, focal_x=0.5, focal_y=0.5)
    id = id_of(image)
    [same] = (await update(desk, {"id": id}))["images"]
    assert (same["title"], same["tags"], same["version"]) == ("Old", ["old"], 1)
    [titled] = (await update(desk, {"id": id, "title": "New"}))["images"]
    assert (titled["title"], titled["altText"], titled["tags"]) == ("New", "Old", ["old"])
    names = ("title", "altText", "description", "tags", "visibility", "focalPoint", "custom")
    [cleared] = (await update(desk, {"id": id} | dict.fromkeys(names)))["images"]
    assert cleared == {
        "id": id,
        "version": 2,
        "title": None,
        "altText": None,
        "description": None,
        "tags": [],
        "visibility": "PRIVATE",
        "focalPoint": None,
        "metadata": {"custom": {}},
    }


async def test_everything_people_say_can_be_changed(desk: Desk) -> None:
    id = id_of(await desk.image())
    said = {"title": "Ducks", "altText": "Two", "description": "At dawn", "tags": ["a", "b"], "visibility": "PUBLIC"}
    [told] = (await update(desk, {"id": id, **said, "focalPoint": {"x": 0.1, "y": 1}, "custom": {"a": [1]}}))["images"]
    assert told == {
        "id": id,
        "version": 2,
        **said,
        "focalPoint": {"x": 0.1, "y": 1.0},
        "metadata": {"custom": {"a": [1]}},
    }


async def test_payloads_stand_beside_their_inputs_and_errors_say_which(desk: Desk) -> None:
    mine = id_of(await desk.image())
    hers = id_of(await desk.image(desk.stranger, visibility=Visibility.PUBLIC))
    hidden = id_of(await desk.image(desk.stranger))
    absent = global_id(IMAGE, uuid.uuid4())
    user = global_id(USER, desk.editor.viewer.user_id)
    updates = [{"id": id, "title": "x"} for id in (hers, "nonsense", mine, hidden, absent, user)]
    payload = await update(desk, *updates, {"id": mine, "focalPoint": {"x": 2, "y": 0}})
    assert [image and image["id"] for image in payload["images"]] == [None, None, mine, None, None, None, None]
    told = [(error["code"], error["field"], error["itemId"]) for error in payload["userErrors"]]
    assert told == [
        ("FORBIDDEN", ["input", "updates", "0"], hers),
        ("NOT_FOUND", ["input", "updates", "1"], "nonsense"),
        ("NOT_FOUND", ["input", "updates", "3"], hidden),
        ("NOT_FOUND", ["input", "updates", "4"], absent),
        ("NOT_FOUND", ["input", "updates", "5"], user),
        ("INVALID_INPUT", ["input", "updates", "6", "focalPoint", "x"], mine),
    ]
    assert len({error["message"] for error in payload["userErrors"] if error["code"] == "NOT_FOUND"}) == 1


async def test_too_many_changes_are_refused_as_a_whole(desk: Desk) -> None:
    id = id_of(await desk.image())
    payload = await update(desk, *[{"id": id, "title": str(index)} for index in range(101)])
    assert payload["images"] == [None] * 101
    told = [(error["code"], error["field"]) for error in payload["userErrors"]]
    assert told == [("INVALID_INPUT", ["input", "updates"])]
    payload = await update(desk, *[{"id": "nonsense"}] * 101)
    assert len(payload["userErrors"]) == 1


@EVERY_DEED
async def test_too_many_ids_are_refused_as_a_whole_whatever_they_are(desk: Desk, deed: str) -> None:
    payload = (await desk.editor.data(DEEDS[deed] % ERRORS, ids=["nonsense"] * 101))["it"]
    assert payload["userErrors"] == [{"code": "INVALID_INPUT", "field": ["input", "ids"], "itemId": None}]


async def test_an_image_goes_to_the_trash_and_comes_back(desk: Desk) -> None:
    id = id_of(await desk.image())
    [trashed] = (await desk.editor.data(DEEDS["trashImages"] % ERRORS, ids=[id]))["it"]["images"]
    assert trashed["state"] == "TRASHED"
    assert trashed["trashedAt"].endswith("Z")
    assert (await desk.editor.data("{ images { nodes { id } } }"))["images"]["nodes"] == []
    restored = (await desk.editor.data(DEEDS["restoreImages"] % ERRORS, ids=[id]))["it"]
    assert restored == {"images": [{"id": id, "state": "READY"}], "userErrors": []}


async def test_a_deleted_image_is_gone(desk: Desk) -> None:
    id = id_of(await desk.image())
    payload = (await desk.editor.data(DEEDS["deleteImages"] % ERRORS, ids=["nonsense", id]))["it"]
    assert payload["deletedIds"] == [None, id]
    assert [error["itemId"] for error in payload["userErrors"]] == ["nonsense"]
    assert (await desk.editor.data("query ($id: ID!) { node(id: $id) { id } }", id=id))["node"] is None


@EVERY_DEED
async def test_deeds_tell_which_ids_they_refused(desk: Desk, deed: str) -> None:
    hers = id_of(await desk.image(desk.stranger, visibility=Visibility.PUBLIC))
    mine = id_of(await desk.image())
    payload = (await desk.editor.data(DEEDS[deed] % ERRORS, ids=[hers, mine, "nonsense"]))["it"]
    done = payload.get("images") or payload["deletedIds"]
    assert [item is not None for item in done] == [False, True, False]
    assert payload["userErrors"] == [
        {"code": "FORBIDDEN", "field": ["input", "ids", "0"], "itemId": hers},
        {"code": "NOT_FOUND", "field": ["input", "ids", "2"], "itemId": "nonsense"},
    ]


@EVERY_DEED
async def test_viewers_change_nothing(desk: Desk, deed: str) -> None:
    id = id_of(await desk.image(visibility=Visibility.PUBLIC))
    payload = (await desk.looker.data(DEEDS[deed] % ERRORS, ids=[id]))["it"]
    assert (payload.get("images") or payload["deletedIds"]) == [None]
    assert [error["code"] for error in payload["userErrors"]] == ["FORBIDDEN"]


@EVERY_DEED
async def test_the_same_id_twice_is_answered_twice(desk: Desk, deed: str) -> None:
    id = id_of(await desk.image())
    payload = (await desk.admin.data(DEEDS[deed] % ERRORS, ids=[id, id]))["it"]
    done = payload.get("images") or payload["deletedIds"]
    assert done[0] == done[1] is not None
    assert payload["userErrors"] == []

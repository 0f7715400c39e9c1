import uuid
from typing import Any

import pytest

from imaging.graphql.ids import IMAGE, USER, global_id
from imaging.images.models import ImageState, Visibility
from tests.graphql.desk import Desk, Person, id_of, statements

PAGE = """
query ($filter: ImageFilter, $sort: [ImageSort!], $first: Int, $after: String, $last: Int, $before: String) {
  images(filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { filename } } nodes { filename }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
"""


async def page(person: Person, **variables: Any) -> Any:
    return (await person.data(PAGE, **variables))["images"]


def names(page: Any) -> list[str]:
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    return [node["filename"] for node in page["nodes"]]


async def test_a_list_is_walked_forward_and_backward(desk: Desk) -> None:
    for name in "abcde":
        await desk.image(filename=name)
    sort = [{"field": "FILENAME"}]
    one = await page(desk.editor, sort=sort, first=2)
    assert (names(one), one["pageInfo"]["hasNextPage"], one["pageInfo"]["hasPreviousPage"]) == (["a", "b"], True, False)
    assert one["pageInfo"]["endCursor"] == one["edges"][-1]["cursor"]
    two = await page(desk.editor, sort=sort, first=2, after=one["pageInfo"]["endCursor"])
    assert (names(two), two["pageInfo"]["hasNextPage"], two["pageInfo"]["hasPreviousPage"]) == (["c", "d"], True, True)
    back = await page(desk.editor, sort=sort, last=1, before=two["pageInfo"]["startCursor"])
    assert (names(back), back["pageInfo"]["hasPreviousPage"]) == (["b"], True)
    empty = await page(desk.editor, filter={"ids": []})
    assert empty["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


async def test_lists_are_newest_first_and_twenty_long_unless_told(desk: Desk) -> None:
    for index in range(22):
        await desk.image(filename=str(index))
    assert names(await page(desk.editor)) == [str(index) for index in range(21, 1, -1)]


async def test_one_step_of_an_order_need_not_be_a_list(desk: Desk) -> None:
    for name, size in (("a", 5), ("b", 9), ("c", 5)):
        await desk.image(filename=name, size_bytes=size)
    query = "{ images(sort: {field: SIZE, direction: DESC}) { nodes { filename } } }"
    assert (await desk.editor.data(query))["images"]["nodes"][0] == {"filename": "b"}
    order = [{"field": "SIZE"}, {"field": "FILENAME", "direction": "DESC"}]
    assert names(await page(desk.editor, sort=order)) == ["c", "a", "b"]


async def test_every_part_of_a_filter_narrows(desk: Desk) -> None:
    wanted = await desk.image(filename="wanted", tags=["sea", "sun"], width=10, height=10, size_bytes=7)
    await desk.image(filename="other", visibility=Visibility.PUBLIC, state=ImageState.PROCESSING, format="PNG")
    await desk.image(desk.stranger, filename="hers", visibility=Visibility.PUBLIC, animated=True)
    me = (await desk.editor.data("{ viewer { user { id } } }"))["viewer"]["user"]["id"]
    parts: list[dict[str, Any]] = [
        {"ids": [id_of(wanted), "nonsense"]},
        {"tagsAny": ["sea", "rain"]},
        {"tagsAll": ["sea", "sun"]},
        {"formats": ["JPEG"], "visibility": "PRIVATE"},
        {"states": ["READY"], "ownerId": me},
        {"animated": False, "width": {"max": 10}},
        {"height": {"min": 10, "max": 10}},
        {"pixels": {"max": 100}, "sizeBytes": {"min": 7, "max": 7}},
    ]
    for part in parts:
        assert names(await page(desk.editor, filter=part)) == ["wanted"], part
    assert names(await page(desk.editor, filter={"tagsNone": ["sea"], "ownerId": me})) == ["other"]


async def test_times_are_bounded_from_one_until_another(desk: Desk) -> None:
    image = await desk.image()
    at = image.created_at.isoformat()
    assert len(names(await page(desk.editor, filter={"createdAt": {"from": at}}))) == 1
    assert names(await page(desk.editor, filter={"createdAt": {"until": at}})) == []
    assert names(await page(desk.editor, filter={"takenAt": {"from": "2000-01-01T00:00:00Z"}})) == []


async def test_an_owner_that_is_none_matches_nothing(desk: Desk) -> None:
    image = await desk.image()
    assert names(await page(desk.editor, filter={"ownerId": "nonsense"})) == []
    assert names(await page(desk.editor, filter={"ownerId": id_of(image)})) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: 101", "INVALID_INPUT"),
        ("first: -1", "INVALID_INPUT"),
        ("last: 101", "INVALID_INPUT"),
        ("first: 1, last: 1", "INVALID_INPUT"),
        ('after: "nonsense"', "INVALID_CURSOR"),
        ('after: ""', "INVALID_CURSOR"),
        ('before: "bnVsbA"', "INVALID_CURSOR"),
    ],
)
async def test_an_impossible_page_is_a_typed_error(desk: Desk, arguments: str, code: str) -> None:
    result = await desk.editor.ask(f"{{ images({arguments}) {{ nodes {{ id }} }} }}")
    [error] = result.errors
    assert error.extensions["code"] == code
    assert error.extensions["field"]
    assert "Traceback" not in error.message
    assert "invalid literal" not in error.message


async def test_a_cursor_is_good_for_its_own_order_only(desk: Desk) -> None:
    await desk.image()
    cursor = (await page(desk.editor, sort=[{"field": "SIZE"}]))["pageInfo"]["endCursor"]
    assert await desk.editor.codes(PAGE, sort=[{"field": "PIXELS"}], after=cursor) == ["INVALID_CURSOR"]


async def test_what_is_not_yours_is_absent_everywhere(desk: Desk) -> None:
    private = await desk.image()
    public = await desk.image(visibility=Visibility.PUBLIC)
    trashed = await desk.image(visibility=Visibility.PUBLIC, state=ImageState.TRASHED)
    query = """query ($ids: [ID!]!, $a: ID!, $b: ID!) {
      nodes(ids: $ids) { id } node(id: $a) { id } image(id: $b) { id } images { totalCount nodes { id } } }"""
    ids = [id_of(image) for image in (private, public, trashed)]
    for person in (desk.stranger, desk.looker, desk.anonymous):
        told = await person.data(query, ids=ids, a=ids[0], b=ids[2])
        assert told == {
            "nodes": [None, {"id": ids[1]}, None],
            "node": None,
            "image": None,
            "images": {"totalCount": 1, "nodes": [{"id": ids[1]}]},
        }
    told = await desk.editor.data(query, ids=ids, a=ids[0], b=ids[2])
    assert told["nodes"] == [{"id": id} for id in ids]
    assert told["images"]["totalCount"] == 2
    told = await desk.admin.data("{ images(filter: {states: [TRASHED]}) { nodes { id } } }")
    assert told["images"]["nodes"] == [{"id": ids[2]}]


@pytest.mark.parametrize("id", ["", "nonsense", "SW1hZ2U6", "1", "\x00", str(uuid.uuid4())])
async def test_an_id_that_is_none_gives_null(desk: Desk, id: str) -> None:
    told = await desk.editor.data("query ($id: ID!) { node(id: $id) { id } image(id: $id) { id } }", id=id)
    assert told == {"node": None, "image": None}


async def test_ids_of_things_that_are_not_there_give_null(desk: Desk) -> None:
    ids = [global_id(kind, uuid.uuid4()) for kind in (IMAGE, USER, "Server")]
    assert (await desk.editor.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids))["nodes"] == [None] * 3
    for id in ids:
        assert (await desk.editor.data("query ($id: ID!) { node(id: $id) { id } }", id=id))["node"] is None


async def test_nodes_are_images_and_users_in_the_order_asked_for(desk: Desk) -> None:
    image = await desk.image()
    user = global_id(USER, desk.editor.viewer.user_id)
    query = """query ($ids: [ID!]!) { nodes(ids: $ids) {
      __typename id ... on Image { filename } ... on User { name } } }"""
    told = (await desk.editor.data(query, ids=[user, "nonsense", id_of(image), user]))["nodes"]
    ed = {"__typename": "User", "id": user, "name": "Ed"}
    assert told == [ed, None, {"__typename": "Image", "id": id_of(image), "filename": "Two Ducks.JPG"}, ed]


async def test_a_node_is_asked_for_by_its_own_type(desk: Desk) -> None:
    image = await desk.image()
    query = "query ($id: ID!) { node(id: $id) { __typename } image(id: $id) { id } }"
    assert (await desk.editor.data(query, id=id_of(image)))["node"] == {"__typename": "Image"}
    user = global_id(USER, desk.editor.viewer.user_id)
    assert await desk.editor.data(query, id=user) == {"node": {"__typename": "User"}, "image": None}


async def test_more_than_a_hundred_ids_are_refused(desk: Desk) -> None:
    codes = await desk.editor.codes("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 101)
    assert codes == ["INVALID_INPUT"]


async def test_the_viewer_is_told_who_they_are(desk: Desk) -> None:
    query = "{ viewer { role isAnonymous mayUpload expiresAt user { name } } }"
    told = (await desk.editor.data(query))["viewer"]
    assert told.pop("expiresAt").endswith("Z")
    assert told == {"role": "EDITOR", "isAnonymous": False, "mayUpload": True, "user": {"name": "Ed"}}
    assert (await desk.looker.data(query))["viewer"]["mayUpload"] is False
    assert (await desk.anonymous.data(query))["viewer"] == {
        "role": "VIEWER",
        "isAnonymous": True,
        "mayUpload": False,
        "expiresAt": None,
        "user": None,
    }


async def test_the_server_tells_what_it_can_do(desk: Desk) -> None:
    query = "{ server { version mode formatsIn formatsOut features limits { maxFileBytes srcsetWidths } } }"
    told = (await desk.looker.data(query))["server"]
    assert told["version"] == "1.2.3"
    assert "HEIC" in told["formatsIn"]
    assert "AUTO" in told["formatsOut"]
    assert told["limits"] == {"maxFileBytes": 2**33, "srcsetWidths": [320, 640]}


EVERYTHING = """{ images(first: 100) { %s pageInfo { endCursor } edges { cursor node {
  id title tags format url srcset { srcset } picture { html } placeholder { dataUri } originalUrl
  owner { id name } metadata { camera { make } location { latitude } exif iptc xmp custom } } } } }"""


async def test_a_list_of_a_hundred_with_everything_costs_three_statements(desk: Desk) -> None:
    for _ in range(100):
        await desk.image()
    with statements() as seen:
        told = await desk.editor.data(EVERYTHING % "")
    assert len(told["images"]["edges"]) == 100
    assert len(seen) == 3, "the page, the owners, the raw metadata"
    with statements() as seen:
        await desk.editor.data(EVERYTHING % "totalCount")
    assert len(seen) == 4, "and the count, only when it is asked for"


async def test_a_plain_list_costs_one_statement(desk: Desk) -> None:
    for _ in range(5):
        await desk.image()
    with statements() as seen:
        await desk.editor.data("{ images { nodes { id title url srcset { srcset } placeholder { dataUri } } } }")
    assert len(seen) == 1


async def test_many_images_asked_for_one_by_one_are_fetched_at_once(desk: Desk) -> None:
    ids = [id_of(await desk.image()) for _ in range(10)]
    query = "{" + " ".join(f'i{index}: image(id: "{id}") {{ owner {{ name }} }}' for index, id in enumerate(ids)) + "}"
    with statements() as seen:
        told = await desk.editor.data(query)
    assert len(told) == 10
    assert len(seen) == 2


async def test_a_tag_that_no_image_can_have_is_a_typed_error(desk: Desk) -> None:
    query = "query ($tags: [String!]) { images(filter: {tagsAny: $tags}) { totalCount } }"
    for tag in ("x" * 65, "a\0b", " "):
        result = await desk.editor.ask(query, tags=["sea", tag])
        assert [error.extensions for error in result.errors] == [
            {"code": "INVALID_INPUT", "field": ["filter", "tagsAny", "1"]}
        ]
    assert (await desk.editor.data(query, tags=["x" * 64]))["images"]["totalCount"] == 0


async def test_a_field_named_twice_sorts_where_it_was_named_first(desk: Desk) -> None:
    small, large = await desk.image(filename="z.jpg", size_bytes=1), await desk.image(filename="a.jpg", size_bytes=2)
    query = "query ($sort: [ImageSort!]) { images(sort: $sort) { nodes { id } } }"
    sort = [{"field": "SIZE"}, {"field": "FILENAME"}, {"field": "SIZE", "direction": "DESC"}]
    nodes = (await desk.editor.data(query, sort=sort))["images"]["nodes"]
    assert [node["id"] for node in nodes] == [id_of(small), id_of(large)]

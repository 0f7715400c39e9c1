from typing import Any

import pytest

from imaging.graphql.ids import USER, global_id
from imaging.images.models import Visibility
from tests.graphql.desk import Desk, Person, id_of

SEARCH = """
query ($query: String!, $filter: ImageFilter, $sort: [ImageSort!], $facets: [ImageFacetField!],
  $first: Int, $after: String, $last: Int, $before: String) {
  searchImages(query: $query, filter: $filter, sort: $sort, facets: $facets,
    first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id } facets { field values { value count } }
    edges { cursor score highlights { field html } node { filename } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
"""


async def search(person: Person, query: str, **variables: Any) -> Any:
    return (await person.data(SEARCH, query=query, **variables))["searchImages"]


def names(found: Any) -> list[str]:
    return [edge["node"]["filename"] for edge in found["edges"]]


async def test_an_image_is_found_by_a_misspelt_word_and_told_why(desk: Desk) -> None:
    image = await desk.image(title="A <kingfisher> at dawn", alt_text="A bird")
    await desk.indexer.catch_up()
    found = await search(desk.editor, "kingfihser")
    assert found["totalCount"] == 1
    assert found["nodes"] == [{"id": id_of(image)}]
    [edge] = found["edges"]
    assert 0 < edge["score"] <= 1
    assert edge["highlights"] == [{"field": "title", "html": "A &lt;<mark>kingfisher</mark>&gt; at dawn"}]


async def test_highlights_name_fields_as_the_contract_does(desk: Desk) -> None:
    await desk.image(alt_text="A heron")
    await desk.indexer.catch_up()
    [edge] = (await search(desk.editor, "heron"))["edges"]
    assert edge["highlights"] == [{"field": "altText", "html": "A <mark>heron</mark>"}]


async def test_the_last_word_may_be_a_beginning(desk: Desk) -> None:
    await desk.image(title="Kingfisher", filename="k")
    await desk.indexer.catch_up()
    assert names(await search(desk.editor, "kingf")) == ["k"]


async def test_hits_are_filtered_sorted_and_counted(desk: Desk) -> None:
    await desk.image(filename="a", title="duck", tags=["water"], size_bytes=5)
    await desk.image(filename="b", title="duck", tags=["water", "sun"], size_bytes=9, format="PNG")
    await desk.image(desk.stranger, filename="c", title="duck", size_bytes=1, visibility=Visibility.PUBLIC)
    await desk.indexer.catch_up()
    facets = ["TAGS", "FORMAT", "OWNER"]
    found = await search(desk.editor, "duck", sort=[{"field": "SIZE", "direction": "DESC"}], facets=facets)
    assert names(found) == ["b", "a", "c"]
    told = {facet["field"]: {value["value"]: value["count"] for value in facet["values"]} for facet in found["facets"]}
    ed, mallory = (global_id(USER, person.viewer.user_id) for person in (desk.editor, desk.stranger))
    assert told == {"TAGS": {"water": 2, "sun": 1}, "FORMAT": {"JPEG": 2, "PNG": 1}, "OWNER": {ed: 2, mallory: 1}}
    assert [facet["field"] for facet in found["facets"]] == facets
    assert names(await search(desk.editor, "duck", filter={"tagsAll": ["sun"]})) == ["b"]
    assert names(await search(desk.editor, "duck", filter={"ownerId": mallory})) == ["c"]


async def test_what_is_not_yours_is_neither_found_nor_counted(desk: Desk) -> None:
    await desk.image(title="duck", tags=["secret"])
    await desk.indexer.catch_up()
    for person in (desk.stranger, desk.looker, desk.anonymous):
        found = await search(person, "duck", facets=["TAGS"])
        assert (found["totalCount"], found["edges"], found["facets"][0]["values"]) == (0, [], [])


async def test_hits_are_walked_forward_and_backward(desk: Desk) -> None:
    for name in "abcde":
        await desk.image(filename=name, title="duck")
    await desk.indexer.catch_up()
    sort = [{"field": "FILENAME"}]
    one = await search(desk.editor, "duck", sort=sort, first=2)
    assert (names(one), one["pageInfo"]["hasNextPage"], one["pageInfo"]["hasPreviousPage"]) == (["a", "b"], True, False)
    two = await search(desk.editor, "duck", sort=sort, first=2, after=one["pageInfo"]["endCursor"])
    assert (names(two), two["pageInfo"]["hasPreviousPage"]) == (["c", "d"], True)
    back = await search(desk.editor, "duck", sort=sort, last=2, before=two["pageInfo"]["startCursor"])
    assert (names(back), back["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == (
        ["a", "b"],
        True,
        False,
    )
    end = await search(desk.editor, "duck", sort=sort, last=2)
    assert (names(end), end["pageInfo"]["hasNextPage"], end["totalCount"]) == (["d", "e"], False, 5)
    none = await search(desk.editor, "duck", sort=sort, last=2, before=one["pageInfo"]["startCursor"])
    assert (names(none), none["pageInfo"]["startCursor"]) == ([], None)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"after": "nonsense"}, "INVALID_CURSOR"),
        ({"before": "nonsense"}, "INVALID_CURSOR"),
        ({"first": 101}, "INVALID_INPUT"),
        ({"first": 1, "last": 1}, "INVALID_INPUT"),
        ({"query": "x" * 501}, "INVALID_INPUT"),
    ],
)
async def test_an_impossible_search_is_a_typed_error(desk: Desk, arguments: dict[str, Any], code: str) -> None:
    assert await desk.editor.codes(SEARCH, **{"query": "duck"} | arguments) == [code]


@pytest.mark.parametrize("query", ["", "   ", '"', "AND OR NOT (", "title:", "*", "💧", "\x00"])
async def test_whatever_people_type_is_no_error(desk: Desk, query: str) -> None:
    await desk.indexer.catch_up()
    assert (await search(desk.editor, query))["totalCount"] == 0

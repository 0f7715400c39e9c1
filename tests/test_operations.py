"""The page of operations says what the API says, and its pictures are there."""

import re

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema, build_schema, parse, validate

from docs.guide.page import entries, page, shots
from docs.guide.shots import PICTURES, Shot
from docs.operations import PAGE
from imaging.graphql.schema import export_sdl
from imaging.render.facts import Limits
from imaging.render.header import check_claim

MOST_BYTES = 15_000
MOST_BYTES_OF_ALL = 600_000
SHOTS = {shot.name: shot for shot in shots()}


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    return build_schema(export_sdl())


def test_every_field_of_a_transform_is_on_the_page_once(contract: GraphQLSchema) -> None:
    asked = contract.type_map["TransformInput"]
    assert isinstance(asked, GraphQLInputObjectType)
    assert sorted(field for entry in entries() for field in entry.fields) == sorted(asked.fields)


def test_the_committed_page_is_the_one_that_is_made() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_snippet_is_accepted_by_the_api(contract: GraphQLSchema) -> None:
    snippets = re.findall(r"```graphql\n(.*?)\n```", page(), re.DOTALL)
    assert len(snippets) > len(list(entries()))
    for snippet in snippets:
        assert validate(contract, parse(whole(snippet))) == [], snippet


def whole(snippet: str) -> str:
    """Return a snippet that shows one field as an operation."""
    if not snippet.startswith("url("):
        return snippet
    logo = "($logo: ID!)" if "$logo" in snippet else ""
    return f'query {logo} {{ image(id: "an id") {{ {snippet} }} }}'


def test_every_example_picture_is_asked_for_in_words_the_api_accepts(contract: GraphQLSchema) -> None:
    for shot in SHOTS.values():
        assert validate(contract, parse(whole(f"url(transform: {shot.asked})"))) == [], shot


@pytest.mark.parametrize("shot", SHOTS.values(), ids=SHOTS.keys())
def test_every_picture_is_there_and_as_large_as_planned(shot: Shot) -> None:
    claim = check_claim(shot.path, Limits())
    if shot.plan.wish.trim is None:
        assert (claim.width, claim.height) == (shot.plan.width, shot.plan.height)
    assert 0 < shot.path.stat().st_size <= MOST_BYTES


def test_pictures_of_one_name_are_one_picture() -> None:
    assert len({(shot.name, shot.original, shot.asked) for shot in shots()}) == len(SHOTS)


def test_there_are_no_other_pictures_and_all_together_are_small() -> None:
    assert {path.name for path in PICTURES.iterdir()} == {shot.path.name for shot in SHOTS.values()}
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) <= MOST_BYTES_OF_ALL


def test_every_heading_is_in_the_contents_and_every_link_leads_somewhere() -> None:
    text = page()
    anchors = [
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall("^##+ (.+)$", text, re.M)
    ]
    linked = re.findall(r"\]\(#([^)]+)\)", text)
    assert len(set(anchors)) == len(anchors)
    assert set(anchors) - {"contents"} == set(linked)

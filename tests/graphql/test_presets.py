"""Presets, as clients name, use, list and change them."""

from pathlib import Path
from typing import Any

from imaging.graphql.ids import PRESET, row_id
from imaging.images.models import Image, Visibility
from tests import pictures
from tests.graphql.desk import Desk, Person, id_of, statements

SAVE = """
mutation ($name: String!, $t: TransformInput!) { savePreset(input: {name: $name, transform: $t}) {
  preset { id name transform normalized createdAt updatedAt savedBy { name } } userErrors { code message field } } }
"""
DELETE = (
    "mutation ($name: String!) { it: deletePreset(input: {name: $name}) { deletedName userErrors { code field } } }"
)
URLS = """
query ($id: ID!, $preset: String, $t: TransformInput) { image(id: $id) {
  url(preset: $preset, transform: $t)
  srcset(preset: $preset, transform: $t, widths: [100, 200]) { items { url width height } }
  picture(preset: $preset, transform: $t, widths: [100]) { fallback { src } } } }
"""


def png_size(path: Path | None) -> tuple[int, int]:
    assert path is not None
    header = path.read_bytes()[16:24]
    return int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")


async def save(person: Person, name: str, **transform: Any) -> Any:
    return (await person.data(SAVE, name=name, t=transform))["savePreset"]


async def urls(person: Person, image: Image, preset: str | None = None, **transform: Any) -> Any:
    return (await person.data(URLS, id=id_of(image), preset=preset, t=transform))["image"]


async def test_a_preset_stands_for_its_transform_in_every_address(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC)
    card = {"width": 400, "height": 300, "fit": "COVER", "format": "WEBP"}
    await save(desk.admin, "card", **card)
    for person in (desk.editor, desk.looker, desk.anonymous):
        assert await urls(person, image, "card") == await urls(person, image, **card)
    assert await urls(desk.editor, image, "card", width=200) == await urls(desk.editor, image, **card | {"width": 200})


async def test_changing_a_preset_changes_addresses_and_deleting_it_ends_them(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC)
    first = await save(desk.admin, "card", width=400)
    before = (await urls(desk.editor, image, "card"))["url"]
    second = await save(desk.admin, "card", width=401)
    after = (await urls(desk.editor, image, "card"))["url"]
    assert ("/w_400-" in before, "/w_401-" in after) == (True, True)
    assert first["preset"]["id"] == second["preset"]["id"]
    assert first["preset"]["createdAt"] == second["preset"]["createdAt"]
    assert (await desk.admin.data(DELETE, name="card"))["it"] == {"deletedName": "card", "userErrors": []}
    assert await desk.editor.codes(URLS, id=id_of(image), preset="card") == ["INVALID_INPUT"]


async def test_the_addresses_of_a_preset_keep_working_when_it_changes_and_when_it_is_gone(desk: Desk) -> None:
    image = await desk.taken_in(pictures.jpeg(64, 48))
    await save(desk.admin, "card", width=32, format="PNG")
    old = (await urls(desk.editor, image, "card"))["url"]
    await save(desk.admin, "card", width=16, format="PNG")
    new = (await urls(desk.editor, image, "card"))["url"]
    await desk.admin.data(DELETE, name="card")
    sizes = [(await desk.fetched(url)).info.path for url in (old, new)]
    assert [png_size(path) for path in sizes] == [(32, 24), (16, 12)]


async def test_what_is_told_of_a_preset_can_be_saved_again(desk: Desk) -> None:
    logo = id_of(await desk.image())
    said = {
        "width": 400,
        "focalPoint": {"x": 0.25, "y": 0.75},
        "crop": {"ratio": {"left": 0, "top": 0.1, "width": 0.5, "height": 0.9}},
        "trim": {"threshold": 20},
        "cornerRadius": 8,
        "tint": "#ff8800",
        "colorSpace": "KEEP",
        "watermark": {"image": logo, "position": "NORTH", "scale": 0.5, "opacity": 1, "margin": 0, "tile": False},
    }
    told = (await save(desk.admin, "all", **said))["preset"]
    assert told["transform"] == said
    assert (await save(desk.admin, "again", **told["transform"]))["preset"]["normalized"] == told["normalized"]
    assert told["normalized"].startswith("crop_r_0_1000_5000_9000-trim_20-w_400")
    assert told["savedBy"] == {"name": "Root"}
    pixels = {"crop": {"pixels": {"left": 1, "top": 2, "width": 3, "height": 4}}}
    assert (await save(desk.admin, "pixels", **pixels))["preset"]["transform"] == pixels


async def test_presets_are_listed_by_name_and_fetched_by_id(desk: Desk) -> None:
    ids = [(await save(desk.admin, name, width=1))["preset"]["id"] for name in ("b", "a")]
    listed = "{ presets { id name } }"
    with statements() as seen:
        assert [preset["name"] for preset in (await desk.looker.data(listed))["presets"]] == ["a", "b"]
    assert seen == []
    assert (await desk.anonymous.data(listed))["presets"] == []
    fetch = "query ($id: ID!, $ids: [ID!]!) { node(id: $id) { ... on Preset { name } } nodes(ids: $ids) { id } }"
    assert row_id(PRESET, ids[0]) is not None
    found = await desk.editor.data(fetch, id=ids[0], ids=ids)
    assert found == {"node": {"name": "b"}, "nodes": [{"id": id} for id in ids]}
    assert await desk.anonymous.data(fetch, id=ids[0], ids=ids) == {"node": None, "nodes": [None, None]}


async def test_what_is_refused_is_told_as_data(desk: Desk) -> None:
    refused = await save(desk.admin, "card", width=400, crop={"pixels": BOX | {"left": -1}})
    assert refused["preset"] is None
    [error] = refused["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_TRANSFORM", ["input", "transform", "crop", "left"])
    for name, transform, code, field in (
        ("Card", {}, "INVALID_INPUT", ["input", "name"]),
        ("card", {"format": "JPEG_XL"}, "FORMAT_UNAVAILABLE", ["input", "transform", "format"]),
        ("card", {"watermark": {"image": "x"}}, "INVALID_TRANSFORM", ["input", "transform", "watermark", "image"]),
    ):
        [error] = (await save(desk.admin, name, **transform))["userErrors"]
        assert (error["code"], error["field"]) == (code, field)
    unknown = (await desk.admin.data(DELETE, name="nobody"))["it"]
    assert unknown == {"deletedName": None, "userErrors": [{"code": "NOT_FOUND", "field": ["input", "name"]}]}


async def test_only_admins_change_presets(desk: Desk) -> None:
    for person in (desk.editor, desk.looker):
        [error] = (await save(person, "card", width=1))["userErrors"]
        assert error["code"] == "FORBIDDEN"
        assert (await person.data(DELETE, name="card"))["it"]["userErrors"][0]["code"] == "FORBIDDEN"
    assert await desk.anonymous.codes(SAVE, name="card", t={}) == ["UNAUTHENTICATED"]
    assert await desk.anonymous.codes(DELETE, name="card") == ["UNAUTHENTICATED"]


async def test_an_unknown_preset_is_a_typed_error_that_names_those_there_are(desk: Desk) -> None:
    image = await desk.image()
    await save(desk.admin, "card", width=1)
    query = 'query ($id: ID!) { image(id: $id) { url(preset: "crad") } }'
    [error] = (await desk.editor.ask(query, id=id_of(image))).errors
    assert error.extensions == {"code": "INVALID_INPUT", "field": ["preset"]}
    assert "card" in error.message


async def test_an_address_of_a_preset_asks_nobody(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC)
    await save(desk.admin, "card", width=100)
    with statements() as seen:
        assert (await urls(desk.editor, image, "card"))["picture"]
    assert len(seen) == 1, "the row of the image itself"


BOX = {"left": 0, "top": 0, "width": 1, "height": 1}

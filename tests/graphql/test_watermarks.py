"""Whose image may be laid over whose, as clients are told when they ask for an address."""

import uuid
from typing import Any

import pytest

from imaging.graphql.ids import IMAGE, USER, global_id
from imaging.images.models import Image, ImageState, Visibility
from tests.graphql.desk import Desk, Person, id_of, statements

PUBLIC, PRIVATE = Visibility.PUBLIC, Visibility.PRIVATE
URL = "query ($id: ID!, $t: TransformInput) { image(id: $id) { url(transform: $t) } }"
SETS = """
query ($id: ID!, $t: TransformInput) { image(id: $id) {
  srcset(widths: [100, 200], transform: $t) { srcset items { url } } picture(widths: [100], transform: $t) { html }
} }
"""
LIST = "query ($t: TransformInput) { images { nodes { url(transform: $t) srcset(transform: $t) { srcset } } } }"
SAVE = """
mutation ($id: ID!) {
  savePreset(input: {name: "ours", transform: {width: 100, watermark: {image: $id}}}) { userErrors { code } }
}
"""
ABSENT = "there is no such image to use as a watermark"


def wish(mark: Image | str, **values: Any) -> dict[str, Any]:
    return {"watermark": {"image": mark if isinstance(mark, str) else id_of(mark), **values}}


async def url(person: Person, image: Image, mark: Image) -> str:
    told: str = (await person.data(URL, id=id_of(image), t=wish(mark)))["image"]["url"]
    return told


async def refusal(person: Person, image: Image, mark: Image | str, query: str = URL) -> tuple[str, Any, Any]:
    """What is said instead of an address: message, code and field."""
    result = await person.ask(query, id=id_of(image), t=wish(mark))
    assert result.errors, result.data
    error = result.errors[0]
    return error.message, error.extensions["code"], error.extensions["field"]


@pytest.mark.parametrize(("of_image", "of_mark"), [(PRIVATE, PRIVATE), (PRIVATE, PUBLIC), (PUBLIC, PUBLIC)])
async def test_ones_own_image_is_laid_over_ones_own(desk: Desk, of_image: Visibility, of_mark: Visibility) -> None:
    image, mark = await desk.image(visibility=of_image), await desk.image(visibility=of_mark, version=3)
    assert f"/wmi_{mark.id.hex}_3-" in await url(desk.editor, image, mark)


async def test_a_public_image_of_somebody_else_may_be_laid_over_ones_own(desk: Desk) -> None:
    mark = await desk.image(desk.stranger, visibility=PUBLIC)
    for visibility in Visibility:
        image = await desk.image(visibility=visibility)
        assert f"/wmi_{mark.id.hex}_1-" in await url(desk.editor, image, mark)


async def test_a_private_image_of_somebody_else_is_as_if_absent(desk: Desk) -> None:
    hidden = await desk.image(desk.stranger)
    for visibility in Visibility:
        image = await desk.image(visibility=visibility)
        told = await refusal(desk.editor, image, hidden)
        assert told == await refusal(desk.editor, image, str(global_id(IMAGE, uuid.uuid4())))
        assert told == (ABSENT, "INVALID_TRANSFORM", ["transform", "watermark", "image"])


@pytest.mark.parametrize("state", [ImageState.TRASHED, ImageState.QUARANTINED, ImageState.FAILED])
async def test_what_cannot_be_shown_is_as_if_absent_even_for_its_owner(desk: Desk, state: ImageState) -> None:
    image, mark = await desk.image(), await desk.image(state=state, visibility=PUBLIC)
    for person in (desk.editor, desk.admin):
        assert (await refusal(person, image, mark))[0] == ABSENT


async def test_over_a_public_image_goes_nothing_private(desk: Desk) -> None:
    image, mark = await desk.image(visibility=PUBLIC), await desk.image()
    told = await refusal(desk.editor, image, mark)
    assert told[0] == "this picture is PUBLIC, so its watermark's image must be PUBLIC, too"
    assert told[1:] == ("INVALID_TRANSFORM", ["transform", "watermark", "image"])
    assert await refusal(desk.admin, image, mark) == told


async def test_an_admin_may_lay_any_private_image_over_any_private_one(desk: Desk) -> None:
    image, mark = await desk.image(), await desk.image(desk.stranger)
    assert f"/wmi_{mark.id.hex}_1-" in await url(desk.admin, image, mark)


async def test_who_has_no_token_may_use_what_is_public(desk: Desk) -> None:
    image, mark = await desk.image(visibility=PUBLIC), await desk.image(visibility=PUBLIC)
    assert f"/wmi_{mark.id.hex}_1-" in await url(desk.anonymous, image, mark)
    assert (await refusal(desk.anonymous, image, await desk.image()))[0] == ABSENT


@pytest.mark.parametrize("given", ["nonsense", str(global_id(USER, uuid.UUID(int=1)))])
async def test_an_id_of_something_else_is_refused(desk: Desk, given: str) -> None:
    message, code, field = await refusal(desk.editor, await desk.image(), given)
    assert (code, field) == ("INVALID_TRANSFORM", ["transform", "watermark", "image"])
    assert "id of an image" in message


async def test_every_kind_of_address_asks_for_the_watermark(desk: Desk) -> None:
    image, mark = await desk.image(), await desk.image(version=2)
    told = (await desk.editor.data(SETS, id=id_of(image), t=wish(mark)))["image"]
    assert told["srcset"]["srcset"].count(f"wmi_{mark.id.hex}_2") == 2
    assert f"wmi_{mark.id.hex}_2" in told["picture"]["html"]
    hidden = await desk.image(desk.stranger)
    result = await desk.editor.ask(SETS, id=id_of(image), t=wish(hidden))
    assert [error.message for error in result.errors or []].count(ABSENT) >= 1


async def test_a_new_version_of_the_watermark_is_a_new_address(desk: Desk) -> None:
    image, mark = await desk.image(), await desk.image()
    before = await url(desk.editor, image, mark)
    await Image.filter(id=mark.id).update(version=2)
    assert before.split("?")[0].replace(f"{mark.id.hex}_1", f"{mark.id.hex}_2") in await url(desk.editor, image, mark)


async def test_a_preset_with_a_watermark_gives_nobody_more_than_they_may_see(desk: Desk) -> None:
    mark = await desk.image(desk.admin)
    assert (await desk.admin.data(SAVE, id=id_of(mark)))["savePreset"]["userErrors"] == []
    query = 'query ($id: ID!) { image(id: $id) { url(preset: "ours") } }'
    image = id_of(await desk.image())
    assert f"wmi_{mark.id.hex}_1" in (await desk.admin.data(query, id=image))["image"]["url"]
    assert await desk.editor.codes(query, id=image) == ["INVALID_TRANSFORM"]
    await Image.filter(id=mark.id).update(visibility=PUBLIC)
    assert f"wmi_{mark.id.hex}_1" in (await desk.editor.data(query, id=image))["image"]["url"]


async def test_without_a_watermark_nothing_is_looked_up(desk: Desk) -> None:
    for _ in range(5):
        await desk.image()
    for given in ({"width": 100}, {"watermark": {"text": "© Ed"}}):
        with statements() as seen:
            nodes = (await desk.editor.data(LIST, t=given))["images"]["nodes"]
        assert (len(nodes), len(seen)) == (5, 1)


async def test_one_look_up_is_enough_for_a_whole_list(desk: Desk) -> None:
    mark, *_ = [await desk.image() for _ in range(5)]
    with statements() as seen:
        nodes = (await desk.editor.data(LIST, t=wish(mark)))["images"]["nodes"]
    assert (len(nodes), len(seen)) == (5, 2)
    assert all(f"wmi_{mark.id.hex}_1" in node["url"] for node in nodes)


async def test_a_text_that_cannot_be_shown_is_told_when_the_address_is_asked_for(desk: Desk) -> None:
    asked = {"watermark": {"text": "写 a"}}
    result = await desk.editor.ask(URL, id=id_of(await desk.image()), t=asked)
    error = (result.errors or [])[0]
    assert "写 (U+5199)" in error.message
    assert error.extensions == {"code": "INVALID_TRANSFORM", "field": ["transform", "watermark", "text"]}

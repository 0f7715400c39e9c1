"""What a transform gives and takes, told before anybody asks for the picture."""

from typing import Any

import pytest

from imaging.images.models import Image, ImageState, Visibility
from imaging.render.facts import ImageFormat
from tests import pictures
from tests.graphql.desk import Desk, Person, id_of, statements

EXPLAIN = """
query ($id: ID!, $t: TransformInput, $preset: String, $accept: String) {
  explainTransform(image: $id, transform: $t, preset: $preset, accept: $accept) {
    normalized output { width height format quality pages } formatReason steps reasons loadMode shrinkOnLoad
    estimatedMs estimatedPeakBytes cost cached warnings previewUrl } }
"""


async def explained(person: Person, image: Image, preset: str | None = None, **transform: Any) -> Any:
    answer = await person.data(EXPLAIN, id=id_of(image), t=transform, preset=preset)
    return answer["explainTransform"]


async def test_a_transform_is_explained_whole(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC, width=4000, height=2000)
    with statements() as seen:
        told = await explained(desk.looker, image, width=400, height=400, rotate=90, quality=60, format="WEBP")
    assert len(seen) == 1, "the row of the image"
    assert told["normalized"] == "w_400-h_400-fit_cover-rot_90-q_60"
    assert told["output"] == {"width": 400, "height": 400, "format": "WEBP", "quality": 60, "pages": 1}
    assert told["steps"] == [
        "decode JPEG 4000×2000 at 1/2 of its size",
        "resize to 800×400",
        "turn 90° clockwise",
        "crop 400×400 at 0, 200",
        "keep copyright and creator",
        "encode as WebP, quality 60",
    ]
    assert len(told["reasons"]) == len(told["steps"])
    assert (told["loadMode"], told["shrinkOnLoad"], told["cached"]) == ("RANDOM", 2, False)
    assert 20 < told["estimatedMs"] < 200
    assert 5_000_000 < told["estimatedPeakBytes"] < 100_000_000
    assert told["cost"] == 9
    assert told["warnings"] == []
    assert told["formatReason"] == "WebP: it was asked for by name."
    query = "query ($id: ID!, $t: TransformInput) { image(id: $id) { url(transform: $t) } }"
    wish = {"width": 400, "height": 400, "rotate": 90, "quality": 60, "format": "WEBP"}
    assert told["previewUrl"] == (await desk.looker.data(query, id=id_of(image), t=wish))["image"]["url"]


async def test_the_format_of_auto_is_the_one_that_this_browser_is_answered(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC)

    async def told(**more: Any) -> tuple[str, str]:
        answer = (await desk.editor.data(EXPLAIN, id=id_of(image), t={"width": 400}, **more))["explainTransform"]
        assert answer["normalized"] == "w_400-alt_jpg"
        return answer["output"]["format"], answer["formatReason"]

    assert (await told())[0] == (await told(accept=None))[0] == "AVIF"
    assert await told(accept="image/webp,*/*") == ("WEBP", "WebP: the browser names nothing better.")
    assert (await told(accept=""))[0] == "JPEG"


async def test_an_avif_that_is_made_later_is_warned_of(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC, width=2300, height=1600)
    told = await explained(desk.editor, image)
    assert told["output"]["format"] == "WEBP"
    [warning] = told["warnings"]
    assert warning.startswith("WebP for now")
    assert warning.endswith("The AVIF is made in the background.")


async def test_what_is_stored_already_is_told(desk: Desk) -> None:
    image = await desk.taken_in(pictures.jpeg(64, 48))
    first = await explained(desk.editor, image, width=32, format="PNG")
    assert (await desk.fetched(first["previewUrl"])).content_type == "image/png"
    second = await explained(desk.editor, image, width=32, format="PNG")
    assert (first["cached"], second["cached"]) == (False, True)


async def test_presets_and_watermarks_are_explained_too(desk: Desk) -> None:
    image, logo = await desk.image(), await desk.image(format=ImageFormat.PNG, has_alpha=True)
    save = 'mutation ($t: TransformInput!) { savePreset(input: {name: "mark", transform: $t}) { userErrors { code } } }'
    await desk.admin.data(save, t={"width": 100, "watermark": {"image": id_of(logo), "tile": True}})
    told = await explained(desk.editor, image, "mark", width=200)
    assert told["output"]["width"] == 200
    assert f"wmi_{logo.id.hex}_1" in told["normalized"]
    assert "lay an image over it, all over it" in told["steps"]


async def test_what_one_may_not_see_is_not_explained(desk: Desk) -> None:
    image = await desk.image()
    for person in (desk.stranger, desk.looker, desk.anonymous):
        assert await explained(person, image) is None
    assert (await desk.editor.data(EXPLAIN, id="nonsense"))["explainTransform"] is None
    hidden = await desk.image(state=ImageState.TRASHED)
    assert (await explained(desk.editor, hidden))["warnings"] == ["The image is TRASHED: its addresses answer 404."]


@pytest.mark.parametrize(
    ("transform", "code", "field"),
    [
        ({"width": 0}, "INVALID_TRANSFORM", "width"),
        ({"format": "JPEG_XL"}, "FORMAT_UNAVAILABLE", "format"),
        ({"width": 60_000, "allowUpscale": True}, "OUTPUT_TOO_LARGE", "width"),
    ],
)
async def test_what_cannot_be_made_is_a_typed_error(
    desk: Desk, transform: dict[str, Any], code: str, field: str
) -> None:
    image = await desk.image()
    [error] = (await desk.editor.ask(EXPLAIN, id=id_of(image), t=transform)).errors
    assert error.extensions == {"code": code, "field": ["transform", field]}


async def test_one_operation_explains_twenty_transforms(desk: Desk) -> None:
    image = await desk.image()

    def many(count: int) -> str:
        fields = (
            f'a{n}: explainTransform(image: "{id_of(image)}", transform: {{width: {n + 1}}}) {{ cost }}'
            for n in range(count)
        )
        return f"{{ {' '.join(fields)} }}"

    assert len(await desk.editor.data(many(20))) == 20
    assert await desk.editor.codes(many(21)) == ["OPERATION_TOO_COMPLEX"]

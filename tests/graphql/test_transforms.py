"""Wishes as clients spell them: every field of TransformInput, and what is said when it cannot be."""

from typing import Any

import pytest

from imaging.graphql.ids import USER, global_id
from imaging.graphql.types.transform import TransformForm
from imaging.images.models import Image, Visibility
from imaging.render.transform import Transform
from tests.graphql.desk import Desk, id_of

URL = "query ($id: ID!, $t: TransformInput) { image(id: $id) { url(transform: $t) } }"
SPELT: list[tuple[dict[str, Any], str]] = [
    ({"aspectRatio": 2}, "w_400-h_200-fit_cover"),
    ({"crop": {"pixels": {"left": 1, "top": 2, "width": 30, "height": 40}}}, "crop_1_2_30_40-w_400"),
    ({"crop": {"ratio": {"left": 0, "top": 0.25, "width": 1, "height": 0.5}}}, "crop_r_0_2500_10000_5000-w_400"),
    ({"trim": {}}, "trim_10-w_400"),
    ({"trim": {"threshold": 20, "color": "#fff"}}, "trim_20_ffffff-w_400"),
    ({"linearLight": True}, "w_400-lin_1"),
    ({"brightness": 1.5}, "w_400-br_1.5"),
    ({"contrast": 0.5}, "w_400-con_0.5"),
    ({"saturation": 0}, "w_400-sat_0"),
    ({"hue": -90}, "w_400-hue_270"),
    ({"grayscale": True}, "w_400-gray_1"),
    ({"tint": "#f80"}, "w_400-tint_ff8800"),
    ({"blur": 2.5}, "w_400-blur_2.5"),
    ({"sharpen": 1}, "w_400-sharp_1"),
    ({"padding": 10, "background": "#FFF8"}, "w_400-bg_ffffff88-pad_10"),
    ({"cornerRadius": 12}, "w_400-rad_12"),
    ({"watermark": {"text": "© Ed"}}, "w_400-wmt_ykusarle"),
    (
        {"watermark": {"text": "a", "color": "#000", "position": "NORTH", "scale": 0.5, "opacity": 0.25, "margin": 8}},
        "w_400-wmt_me-wmc_000000-wmp_north-wms_0.5-wmo_0.25-wmm_8",
    ),
    ({"watermark": {"text": "a", "tile": True}}, "w_400-wmt_me-wmtile_1"),
    ({"page": 1}, "page_1-w_400"),
    ({"animated": False}, "still_1-w_400"),
    ({"lossless": True}, "w_400-ll_1"),
    ({"progressive": True}, "w_400-prog_1"),
    ({"colorSpace": "KEEP"}, "w_400-cs_keep"),
]
BOX = {"left": 0, "top": 0, "width": 1, "height": 1}
IMPOSSIBLE: list[tuple[dict[str, Any], list[str]]] = [
    ({"width": 400, "height": 400, "aspectRatio": 1}, ["aspectRatio"]),
    ({"aspectRatio": 0}, ["aspectRatio"]),
    ({"padding": -1}, ["padding"]),
    ({"cornerRadius": -1}, ["cornerRadius"]),
    ({"crop": {"pixels": {"left": -1, "top": 0, "width": 1, "height": 1}}}, ["crop", "left"]),
    ({"crop": {"pixels": {"left": 0, "top": 0, "width": 9999, "height": 1}}}, ["crop", "width"]),
    ({"crop": {"ratio": {"left": 0.5, "top": 0, "width": 0.6, "height": 1}}}, ["crop", "width"]),
    ({"trim": {"threshold": 256}}, ["trim", "threshold"]),
    ({"trim": {"color": "#ffffff00"}}, ["trim", "color"]),
    ({"tint": "#ffffff00"}, ["tint"]),
    ({"hue": 999}, ["hue"]),
    ({"focalPoint": {"x": 0, "y": 2}}, ["focalPoint", "y"]),
    ({"blur": 0.1}, ["blur"]),
    ({"page": 2}, ["page"]),
    ({"lossless": True, "format": "JPEG"}, ["lossless"]),
    ({"watermark": {}}, ["watermark"]),
    ({"watermark": {"text": ""}}, ["watermark", "text"]),
    ({"watermark": {"text": "a", "position": "ENTROPY"}}, ["watermark", "position"]),
    ({"watermark": {"text": "a", "scale": 2}}, ["watermark", "scale"]),
    ({"watermark": {"image": "nonsense"}}, ["watermark", "image"]),
]


async def ops(desk: Desk, image: Image, **transform: Any) -> str:
    """The operations in the address of a wish."""
    url: str = (await desk.editor.data(URL, id=id_of(image), t=transform))["image"]["url"]
    return url.split("/")[-2].removesuffix("-alt_jpg").removesuffix("-alt_png").removesuffix("-alt_gif")


@pytest.fixture
async def animation(desk: Desk) -> Image:
    return await desk.image(visibility=Visibility.PUBLIC, animated=True, pages=1)


@pytest.mark.parametrize(("transform", "spelt"), SPELT)
async def test_a_field_has_one_spelling_in_the_address(
    desk: Desk, animation: Image, transform: dict[str, Any], spelt: str
) -> None:
    assert await ops(desk, animation, width=400, **transform) == spelt


@pytest.mark.parametrize(("transform", "field"), IMPOSSIBLE)
async def test_what_cannot_be_is_told_with_the_name_the_client_used(
    desk: Desk, transform: dict[str, Any], field: list[str]
) -> None:
    image = await desk.image()
    [error] = (await desk.editor.ask(URL, id=id_of(image), t=transform)).errors
    assert error.extensions == {"code": "INVALID_TRANSFORM", "field": ["transform", *field]}
    assert not any("_" in word for word in error.message.split())


async def test_a_wish_too_long_for_an_address_is_refused_as_a_whole(desk: Desk) -> None:
    image = await desk.image()
    [error] = (await desk.editor.ask(URL, id=id_of(image), t={"watermark": {"text": "é" * 90}})).errors
    assert error.extensions == {"code": "TRANSFORM_TOO_LONG", "field": ["transform"]}


async def test_a_watermark_that_is_no_image_is_refused(desk: Desk) -> None:
    image = await desk.image()
    somebody = str(global_id(USER, desk.editor.viewer.user_id))
    [error] = (await desk.editor.ask(URL, id=id_of(image), t={"watermark": {"image": somebody}})).errors
    assert error.extensions == {"code": "INVALID_TRANSFORM", "field": ["transform", "watermark", "image"]}


async def test_a_format_that_cannot_be_written_here_is_named(desk: Desk) -> None:
    image = await desk.image()
    [error] = (await desk.editor.ask(URL, id=id_of(image), t={"format": "JPEG_XL"})).errors
    assert error.extensions == {"code": "FORMAT_UNAVAILABLE", "field": ["transform", "format"]}


@pytest.mark.parametrize("crop", [{}, {"pixels": None}, {"pixels": BOX, "ratio": BOX}])
async def test_a_crop_is_told_in_exactly_one_way(desk: Desk, crop: dict[str, Any]) -> None:
    image = await desk.image()
    assert await desk.editor.codes(URL, id=id_of(image), t={"crop": crop}) == ["GRAPHQL_VALIDATION_FAILED"]


def test_every_wish_can_be_said() -> None:
    sayable = set(TransformForm.__annotations__)
    folded_away = {"quality_drop"}
    assert sayable == set(Transform.__dataclass_fields__) - folded_away


async def test_null_in_any_field_is_its_default(desk: Desk, animation: Image) -> None:
    spelt = [name for transform, _ in SPELT for name in transform]
    assert await ops(desk, animation, width=400, **dict.fromkeys(spelt)) == "w_400"
    empty = {"trim": {"threshold": None, "color": None}, "watermark": {"text": "a", "image": None, "tile": None}}
    assert await ops(desk, animation, width=400, **empty) == "trim_10-w_400-wmt_me"

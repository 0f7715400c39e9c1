"""Duplicates as clients see them: of an image, and of what was just uploaded."""

from typing import Any

import pytest

from imaging.images.models import ImageState, Visibility
from tests.graphql.desk import Desk, id_of, statements
from tests.images.looks import landscape, plain

HASH = "9d2bc4c62e705bb9"
TOLD = "duplicates { image { id } kind similarity distance }"
UPLOAD = (
    "mutation ($files: [UploadFile!]!) { uploadImages(input: {files: $files}) {"
    " results { outcome image { id } duplicates { image { id } kind } } } }"
)
TOO_COMPLEX = ["OPERATION_TOO_COMPLEX"]


async def uploaded(desk: Desk, *contents: bytes) -> Any:
    files = [{"file": await desk.spooled(content)} for content in contents]
    return (await desk.editor.data(UPLOAD, files=files))["uploadImages"]["results"]


async def test_an_image_tells_its_duplicates_nearest_first(desk: Desk) -> None:
    asked = await desk.image(perceptual_hash=HASH, pixel_hash="1" * 64)
    near = await desk.image(perceptual_hash=f"{int(HASH, 16) ^ 0b11:016x}", pixel_hash="2" * 64)
    bytes_ = await desk.image(
        desk.stranger, sha256=asked.sha256, pixel_hash="1" * 64, perceptual_hash=HASH, visibility=Visibility.PUBLIC
    )
    same = await desk.image(perceptual_hash=HASH, pixel_hash="1" * 64)
    data = await desk.editor.data(f"query ($id: ID!) {{ image(id: $id) {{ {TOLD} }} }}", id=id_of(asked))
    assert data["image"]["duplicates"] == [
        {"image": {"id": id_of(bytes_)}, "kind": "BYTES", "similarity": 1, "distance": 0},
        {"image": {"id": id_of(same)}, "kind": "PIXELS", "similarity": 1, "distance": 0},
        {"image": {"id": id_of(near)}, "kind": "NEAR", "similarity": 1 - 2 / 64, "distance": 2},
    ]


async def test_images_that_are_not_for_the_viewer_are_no_duplicates(desk: Desk) -> None:
    shown = await desk.image(perceptual_hash=HASH, visibility=Visibility.PUBLIC)
    await desk.image(perceptual_hash=HASH)
    await desk.image(perceptual_hash=HASH, visibility=Visibility.PUBLIC, state=ImageState.TRASHED)
    query = f"query ($id: ID!) {{ image(id: $id) {{ {TOLD} }} }}"
    for person, count in ((desk.editor, 1), (desk.admin, 1), (desk.stranger, 0), (desk.looker, 0)):
        data = await person.data(query, id=id_of(shown))
        assert len(data["image"]["duplicates"]) == count


async def test_a_page_of_duplicates_takes_five_statements_more(desk: Desk) -> None:
    for number in range(20):
        await desk.image(perceptual_hash=HASH, pixel_hash=f"{number:064d}")
    with statements() as seen:
        data = await desk.editor.data(f"{{ images {{ nodes {{ {TOLD} }} }} }}")
    assert [len(node["duplicates"]) for node in data["images"]["nodes"]] == [19] * 20
    assert len(seen) == 1 + 5


async def test_duplicates_count_as_a_list_of_twenty_in_what_one_operation_may_ask_for(desk: Desk) -> None:
    for _ in range(48):
        await desk.image()
    page = "{ images(first: %d) { nodes { duplicates { distance } } } }"
    assert len((await desk.editor.data(page % 47))["images"]["nodes"]) == 47
    assert await desk.editor.codes(page % 48) == TOO_COMPLEX


async def test_an_upload_tells_what_one_has_of_the_same_picture(desk: Desk) -> None:
    [first] = await uploaded(desk, landscape().pngsave_buffer())
    assert (first["outcome"], first["duplicates"]) == ("CREATED", [])
    results = await uploaded(desk, landscape().jpegsave_buffer(), plain(9, 9, 9).pngsave_buffer(), b"no picture")
    assert [result["outcome"] for result in results] == ["CREATED", "CREATED", "REJECTED"]
    assert [result["duplicates"] for result in results] == [[{"image": first["image"], "kind": "NEAR"}], [], []]
    [again] = await uploaded(desk, landscape().pngsave_buffer())
    assert again == {
        "outcome": "EXISTS",
        "image": first["image"],
        "duplicates": [{"image": results[0]["image"], "kind": "NEAR"}],
    }


async def test_files_of_one_request_that_look_alike_tell_each_other(desk: Desk) -> None:
    one, other = await uploaded(desk, landscape().pngsave_buffer(), landscape().tiffsave_buffer())
    assert one["duplicates"] == [{"image": other["image"], "kind": "PIXELS"}]
    assert other["duplicates"] == [{"image": one["image"], "kind": "PIXELS"}]


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_an_upload_does_not_tell_what_others_have(desk: Desk, visibility: Visibility) -> None:
    [mine] = await uploaded(desk, landscape().pngsave_buffer())
    [row] = (await desk.editor.data("{ images { nodes { sha256 } } }"))["images"]["nodes"]
    await desk.image(desk.stranger, sha256=row["sha256"], visibility=visibility)
    [again] = await uploaded(desk, landscape().pngsave_buffer())
    assert (again["outcome"], again["image"], again["duplicates"]) == ("EXISTS", mine["image"], [])


async def test_many_uploads_at_once_ask_for_their_duplicates_together(desk: Desk) -> None:
    contents = [landscape(seed=number % 3).jpegsave_buffer(Q=60 + number) for number in range(6)]
    with statements() as seen:
        results = await uploaded(desk, *contents)
    assert [len(result["duplicates"]) for result in results] == [1] * 6
    assert len([statement for statement in seen if "substr(" in statement]) == 4

"""Replacing an image and going back, as clients do it and as they are told of it."""

import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image as Pillow

from imaging.images.models import Image, ImageVersion, Visibility
from imaging.images.trash import Trash
from tests import pictures
from tests.graphql.desk import Desk, Person, id_of, statements

OLD, NEW = pictures.jpeg(80, 60), pictures.png(40, 20)

REPLACE = """
mutation ($id: ID!, $file: Upload!, $expected: Int) {
  replaceImage(input: {id: $id, file: $file, expectedVersion: $expected}) {
    image { id version filename format width height sha256 title }
    userErrors { code message field itemId }
  }
}
"""
RESTORE = """
mutation ($id: ID!, $version: Int!) {
  restoreVersion(input: {id: $id, version: $version}) {
    image { id version filename width sha256 }
    userErrors { code message field itemId }
  }
}
"""
VERSIONS = """
query ($id: ID!) { image(id: $id) { url(transform: {width: 10}) versions {
  version current format contentType width height pages animated hasAlpha sizeBytes sha256 filename
  placeholder { thumbhash dataUri dominantColor palette } createdAt replacedAt expiresAt
  url(transform: {width: 10}) originalUrl(expiresInS: 60)
} } }
"""


async def replace(
    desk: Desk, person: Person, image: Image | str, content: bytes, filename: str = "Goose.PNG", **more: Any
) -> Any:
    id = image if isinstance(image, str) else id_of(image)
    file = await desk.spooled(content, filename)
    return (await person.data(REPLACE, id=id, file=file, **more))["replaceImage"]


async def restore(person: Person, image: Image, version: int) -> Any:
    return (await person.data(RESTORE, id=id_of(image), version=version))["restoreVersion"]


async def versions(person: Person, image: Image) -> list[Any]:
    told: list[Any] = (await person.data(VERSIONS, id=id_of(image)))["image"]["versions"]
    return told


async def test_an_image_is_replaced_and_brought_back(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    told = await replace(desk, desk.editor, image, NEW)
    assert told["userErrors"] == []
    assert told["image"]["id"] == id_of(image)
    assert (told["image"]["version"], told["image"]["filename"], told["image"]["format"]) == (2, "Goose.PNG", "PNG")
    assert (told["image"]["width"], told["image"]["height"]) == (40, 20)
    back = await restore(desk.editor, image, 1)
    assert back["userErrors"] == []
    assert back["image"] == {
        "id": id_of(image),
        "version": 3,
        "filename": "picture.jpg",
        "width": 80,
        "sha256": image.sha256,
    }


async def test_the_versions_of_an_image_are_told_newest_first(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    await replace(desk, desk.editor, image, NEW)
    present, past = await versions(desk.editor, image)
    assert (present["version"], present["current"], past["version"], past["current"]) == (2, True, 1, False)
    assert (present["width"], present["contentType"], present["filename"]) == (40, "image/png", "Goose.PNG")
    assert (past["width"], past["height"], past["format"], past["filename"]) == (80, 60, "JPEG", "picture.jpg")
    assert (past["sizeBytes"], past["sha256"], past["pages"], past["animated"]) == (len(OLD), image.sha256, 1, False)
    assert past["placeholder"]["thumbhash"] != present["placeholder"]["thumbhash"]
    assert present["replacedAt"] is present["expiresAt"] is None
    replaced, expires = (datetime.datetime.fromisoformat(past[name]) for name in ("replacedAt", "expiresAt"))
    assert expires - replaced == datetime.timedelta(days=30)
    assert past["createdAt"] < present["createdAt"] == past["replacedAt"]


async def drawn(desk: Desk, url: str) -> tuple[int, int]:
    """The size of the picture at an address."""
    path = (await desk.fetched(url)).info.path
    assert path is not None
    with Pillow.open(path) as picture:
        return picture.size


async def test_every_version_has_addresses_of_its_own(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    before = (await desk.editor.data(VERSIONS, id=id_of(image)))["image"]["url"]
    await replace(desk, desk.editor, image, NEW)
    now = (await desk.editor.data(VERSIONS, id=id_of(image)))["image"]
    present, past = now["versions"]
    assert urlsplit(past["url"]).path == urlsplit(before).path
    assert urlsplit(present["url"]).path == urlsplit(now["url"]).path
    assert [await drawn(desk, version["url"]) for version in (present, past)] == [(10, 5), (10, 8)]
    found = [await desk.fetched(version["originalUrl"]) for version in (present, past)]
    assert [(info.info.size_bytes, info.attachment) for info in found] == [
        (len(NEW), "Goose.PNG"),
        (len(OLD), "picture.jpg"),
    ]


async def test_an_address_with_a_watermark_is_given_for_a_version_too(desk: Desk) -> None:
    image, mark = await desk.taken_in(OLD), await desk.taken_in(pictures.png(16, 16))
    await replace(desk, desk.editor, image, NEW)
    query = """
    query ($id: ID!, $mark: ID!) {
      image(id: $id) { versions { url(transform: {width: 20, watermark: {image: $mark}}) } }
    }
    """
    told = (await desk.editor.data(query, id=id_of(image), mark=id_of(mark)))["image"]["versions"]
    assert [f"/{version}/" in entry["url"] for version, entry in zip((2, 1), told, strict=True)] == [True, True]
    for entry in told:
        assert f"wmi_{mark.id.hex}_1" in entry["url"]
        assert (await desk.fetched(entry["url"])).info.size_bytes > 0


async def test_a_transform_is_explained_for_the_present_bytes(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    await replace(desk, desk.editor, image, NEW)
    query = """
    query ($id: ID!) { explainTransform(image: $id, transform: {width: 20}) { output { width height } previewUrl } }
    """
    told = (await desk.editor.data(query, id=id_of(image)))["explainTransform"]
    assert told["output"] == {"width": 20, "height": 10}
    assert await drawn(desk, told["previewUrl"]) == (20, 10)


async def test_only_owner_and_admins_are_told_of_what_an_image_was(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    await replace(desk, desk.editor, image, NEW)
    await Image.all().update(visibility=Visibility.PUBLIC)
    told = {name: await versions(getattr(desk, name), image) for name in ("editor", "admin", "stranger", "anonymous")}
    assert {name: len(rows) for name, rows in told.items()} == {"editor": 2, "admin": 2, "stranger": 1, "anonymous": 1}
    [present] = told["stranger"]
    assert (present["current"], present["width"], present["originalUrl"]) == (True, 40, None)
    assert "/r/" in present["url"]


async def test_the_versions_of_a_whole_page_are_one_query(desk: Desk) -> None:
    images = [await desk.taken_in(pictures.jpeg(30, 30 + seed)) for seed in range(5)]
    for image in images[:3]:
        await replace(desk, desk.editor, image, pictures.jpeg(20, 20 + images.index(image)))
    query = "{ images { nodes { versions { version current width url originalUrl placeholder { dataUri } } } } }"
    with statements() as seen:
        told = await desk.editor.data(query)
    assert sorted(len(node["versions"]) for node in told["images"]["nodes"]) == [1, 1, 2, 2, 2]
    assert len(seen) == 2, seen


async def test_bytes_that_another_image_has_are_a_conflict_that_names_it(desk: Desk) -> None:
    image, other = await desk.taken_in(OLD), await desk.taken_in(NEW)
    [error] = (told := await replace(desk, desk.editor, image, NEW))["userErrors"]
    assert (told["image"], error["code"], error["field"]) == (None, "CONFLICT", ["input", "file"])
    assert error["itemId"] == id_of(other)
    await replace(desk, desk.editor, image, pictures.jpeg(20, 20))
    again = await desk.taken_in(OLD)
    [error] = (await restore(desk.editor, image, 1))["userErrors"]
    assert (error["code"], error["field"], error["itemId"]) == ("CONFLICT", ["input", "version"], id_of(again))


async def test_the_bytes_it_has_already_are_no_news(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    told = await replace(desk, desk.editor, image, OLD)
    assert (told["userErrors"], told["image"]["version"], told["image"]["filename"]) == ([], 1, "picture.jpg")
    assert await ImageVersion.all().count() == 0


async def test_an_unexpected_version_is_a_conflict(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    assert (await replace(desk, desk.editor, image, NEW, expected=1))["image"]["version"] == 2
    [error] = (await replace(desk, desk.editor, image, pictures.jpeg(9, 9), expected=1))["userErrors"]
    assert (error["code"], error["field"], error["itemId"]) == (
        "CONFLICT",
        ["input", "expectedVersion"],
        id_of(image),
    )


@pytest.mark.parametrize(
    ("content", "code"), [(b"no picture", "UNSUPPORTED_FORMAT"), (pictures.jpeg(300, 200)[:2000], "TRUNCATED")]
)
async def test_what_is_no_picture_is_refused_as_when_uploading(desk: Desk, content: bytes, code: str) -> None:
    image = await desk.taken_in(OLD)
    told = await replace(desk, desk.editor, image, content)
    assert told["image"] is None
    assert [(error["code"], error["field"]) for error in told["userErrors"]] == [(code, ["input", "file"])]
    assert (await Image.get()).version == 1


async def test_what_may_not_be_changed_is_told_with_the_image(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    for person in (desk.stranger, desk.editor):
        absent = id_of(image) if person is desk.stranger else "bm9uc2Vuc2U="
        [error] = (await replace(desk, person, absent, NEW))["userErrors"]
        assert (error["code"], error["field"], error["itemId"]) == ("NOT_FOUND", ["input", "id"], absent)
    await Image.all().update(visibility=Visibility.PUBLIC)
    [error] = (await replace(desk, desk.stranger, image, NEW))["userErrors"]
    assert error["code"] == "FORBIDDEN"
    [error] = (await restore(desk.stranger, image, 1))["userErrors"]
    assert error["code"] == "FORBIDDEN"
    file = await desk.spooled(NEW)
    assert await desk.anonymous.codes(REPLACE, id=id_of(image), file=file) == ["UNAUTHENTICATED"]


async def test_a_version_that_is_not_there_is_not_found(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    await replace(desk, desk.editor, image, NEW)
    await ImageVersion.all().delete()
    for version in (1, 7, 0, -3):
        [error] = (await restore(desk.editor, image, version))["userErrors"]
        assert (error["code"], error["field"]) == ("NOT_FOUND", ["input", "version"])


async def test_an_image_in_the_trash_is_neither_replaced_nor_brought_back(desk: Desk) -> None:
    image = await desk.taken_in(OLD)
    await replace(desk, desk.editor, image, NEW)
    assert isinstance(desk.services.trash, Trash)
    await desk.services.trash.trash(desk.editor.viewer, [image.id])
    for told in (await replace(desk, desk.editor, image, OLD), await restore(desk.editor, image, 1)):
        assert [(error["code"], error["field"]) for error in told["userErrors"]] == [("CONFLICT", ["input", "id"])]
    assert len(await versions(desk.editor, image)) == 2

"""Imports from URLs are asked for, one by one, and become images."""

import pytest

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.errors import FetchFailed, Forbidden, InvalidInput
from imaging.images.models import Image, Visibility
from imaging.images.said import Said
from imaging.journal.models import Event, EventKind, Job
from imaging.uploads.imports import ImageImport, Imports
from imaging.uploads.models import Upload, UploadState
from tests import pictures
from tests.uploads.harbour import URL, Harbour


async def test_an_import_becomes_an_image_with_all_that_was_said(harbour: Harbour, owner: Viewer) -> None:
    said = Said(title="A duck", tags=["Pond"], visibility=Visibility.PUBLIC, custom={"job": 7})
    begun = await harbour.asked(owner, ImageImport(URL, said=said))
    assert (begun.state, begun.filename, begun.expires_at) == (UploadState.QUEUED, "duck pond.jpg", None)
    await harbour.tried()

    upload, image = await Upload.get(), await Image.get()
    assert (upload.state, upload.image_id, upload.existed) == (UploadState.COMPLETED, image.id, False)
    assert (upload.size_bytes, upload.received_bytes) == (image.size_bytes, image.size_bytes)
    assert (upload.sha256, upload.progress) == (image.sha256, 1.0)
    assert (image.owner_id, image.filename, image.title) == (owner.user_id, "duck pond.jpg", "A duck")
    assert (image.tags, image.custom, image.visibility) == (["Pond"], {"job": 7}, Visibility.PUBLIC)
    assert await Event.filter(kind=EventKind.UPLOAD, upload_id=upload.id).count() == 3
    assert harbour.left_over() == []
    assert await Job.all().count() == 0


@pytest.mark.parametrize(
    ("asked", "told", "name"),
    [
        (None, "", "duck pond.jpg"),
        (None, "../../goose.jpg", "goose.jpg"),
        ("swan.jpg", "../../goose.jpg", "swan.jpg"),
        ("../swan\x00.jpg", "", "swan.jpg"),
    ],
)
async def test_it_is_called_as_was_asked_or_as_the_server_says_or_as_its_url(
    harbour: Harbour, owner: Viewer, asked: str | None, told: str, name: str
) -> None:
    harbour.source.filename = told
    await harbour.asked(owner, ImageImport(URL, filename=asked))
    await harbour.tried()

    assert (await Image.get()).filename == (await Upload.get()).filename == name


async def test_one_refused_url_does_not_stop_its_neighbours(harbour: Harbour, owner: Viewer) -> None:
    entries = [
        ImageImport("https://inside.test/"),
        ImageImport(f" {URL}\n"),
        ImageImport(URL, said=Said(title="x" * 501)),
        ImageImport("https://inside.test/", said=Said(tags=[""])),
    ]
    results = await harbour.imports.import_images(owner, entries)

    told = [[(error.code, error.field) for error in result.errors] for result in results]
    refused = ("URL_REFUSED", ["url"])
    assert told == [
        [refused],
        [],
        [("INVALID_INPUT", ["title"])],
        [("INVALID_INPUT", ["tags", "0"]), refused],
    ]
    assert [result.upload is not None for result in results] == [False, True, False, False]
    assert await Upload.all().count() == await Job.all().count() == 1


async def test_only_editors_import_and_not_too_much_and_only_where_it_is_on(
    harbour: Harbour, owner: Viewer, onlooker: Viewer
) -> None:
    with pytest.raises(Forbidden, match="role is viewer"):
        await harbour.imports.import_images(onlooker, [ImageImport(URL)])
    with pytest.raises(InvalidInput, match="3 URLs were given; 2 are allowed"):
        await Imports(harbour.source, harbour.wakeups, max_urls=2).import_images(owner, [ImageImport(URL)] * 3)
    with pytest.raises(Forbidden, match="switched off"):
        await Imports(harbour.source, harbour.wakeups, enabled=False).import_images(owner, [ImageImport(URL)])
    assert await Upload.all().count() == 0


async def test_nobody_has_more_than_some_imports_that_have_not_ended(
    harbour: Harbour, owner: Viewer, stranger: Viewer
) -> None:
    few = Imports(harbour.source, harbour.wakeups, most_open=2)
    bad = ImageImport("https://inside.test/")
    results = await few.import_images(owner, [ImageImport(URL), bad, ImageImport(URL), ImageImport(URL)])
    [more] = await few.import_images(owner, [ImageImport(URL)])
    [hers] = await few.import_images(stranger, [ImageImport(URL)])

    codes = [[error.code for error in result.errors] for result in (*results, more, hers)]
    assert codes == [[], ["URL_REFUSED"], [], ["CONFLICT"], ["CONFLICT"], []]
    assert await Upload.all().count() == await Job.all().count() == 3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html>", "UNSUPPORTED_FORMAT"),
        (b"", "UNSUPPORTED_FORMAT"),
        (pictures.jpeg() + bytes(1024 * 1024), "TOO_MANY_BYTES"),
    ],
)
async def test_what_is_no_picture_fails_like_any_upload(
    harbour: Harbour, owner: Viewer, content: bytes, code: str
) -> None:
    harbour.source.answers = [content]
    await harbour.asked(owner)
    await harbour.tried()

    assert (await Upload.get()).failure_code == code
    assert await Image.all().count() == 0
    assert harbour.left_over() == []


async def test_bytes_that_are_there_already_are_that_image(harbour: Harbour, owner: Viewer) -> None:
    for _ in range(2):
        await harbour.asked(owner)
        await harbour.tried()

    first, second = await Upload.all().order_by("created_at")
    assert (first.existed, second.existed) == (False, True)
    assert first.image_id == second.image_id == (await Image.get()).id


@pytest.mark.parametrize("answer", [pictures.jpeg(), FetchFailed("The server answered 404.")])
async def test_the_url_is_forgotten_when_it_is_no_longer_needed(
    harbour: Harbour, owner: Viewer, answer: bytes | Exception
) -> None:
    harbour.source.answers = [answer]
    await harbour.asked(owner)
    assert (await Upload.get()).source_url == URL
    await harbour.tried()

    assert (await Upload.get()).source_url == ""
    async with database.transaction() as connection:
        _, rows = await connection.execute_query("SELECT * FROM event")
    assert "secret" not in str([dict(row) for row in rows])

"""Imports are asked for and followed in GraphQL; the worker does them meanwhile."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from imaging.images.models import Image
from imaging.images.spool import Spool
from imaging.journal import jobs
from imaging.uploads.fetch import Fetching
from imaging.uploads.imports import Imports
from imaging.uploads.models import Upload
from imaging.worker.crew import Crew, Handler
from tests import pictures
from tests.graphql.desk import Desk, id_of
from tests.graphql.test_events import WATCH, cursor_of_now, told
from tests.graphql.test_upload_node import LOOK
from tests.uploads.source import Source

URL = "https://pictures.test/duck.jpg?key=secret"
INSIDE = "https://inside.test/"
IMPORT = """
mutation ($images: [ImageImport!]!) { importImages(input: {images: $images}) {
  uploads { id state filename sizeBytes progress image { id } failure { code } expiresAt }
  userErrors { code message field } } }
"""


async def work(desk: Desk, tmp_path: Path, *answers: bytes | Exception) -> None:
    """Do all jobs that are due, as the worker does; what is fetched are the answers."""
    services, wakeups = desk.services, desk.services.imports._wakeups
    (tmp_path / "fetched").mkdir(exist_ok=True)
    spool = Spool(tmp_path / "fetched", 1024 * 1024)
    fetching = Fetching(Source(*answers), spool, services.ingest, wakeups)
    crew = Crew({jobs.IMPORT_URL: Handler(fetching.fetch, fetching.give_up, at_once=4)})
    await crew.take_due(asyncio.Event())
    await crew.leave(30)


async def imported(desk: Desk, *images: dict[str, Any]) -> Any:
    return (await desk.editor.data(IMPORT, images=list(images)))["importImages"]


async def test_an_import_is_followed_until_it_is_an_image(desk: Desk, tmp_path: Path) -> None:
    entry = {"url": URL, "title": "Duck", "tags": ["Pond"], "visibility": "PUBLIC", "focalPoint": {"x": 0, "y": 1}}
    payload = await imported(desk, entry)
    [upload] = payload["uploads"]
    assert payload["userErrors"] == []
    assert (upload["state"], upload["filename"], upload["sizeBytes"]) == ("QUEUED", "duck.jpg", None)
    assert (upload["progress"], upload["image"], upload["failure"], upload["expiresAt"]) == (0, None, None, None)
    await work(desk, tmp_path, pictures.jpeg(80, 60))

    image = await Image.get()
    seen = (await desk.editor.data(LOOK, id=upload["id"]))["node"]
    assert (seen["state"], seen["progress"], seen["image"]) == ("COMPLETED", 1, {"id": id_of(image)})
    assert (image.title, image.tags, image.focal_x, image.focal_y) == ("Duck", ["Pond"], 0, 1)
    assert image.is_public


async def test_what_is_refused_names_its_entry_and_stops_no_other(desk: Desk) -> None:
    payload = await imported(
        desk, {"url": INSIDE}, {"url": URL, "filename": "swan.jpg"}, {"url": URL, "title": "x" * 501}
    )
    assert [upload and upload["filename"] for upload in payload["uploads"]] == [None, "swan.jpg", None]
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
        ("URL_REFUSED", ["input", "images", "0", "url"]),
        ("INVALID_INPUT", ["input", "images", "2", "title"]),
    ]


async def test_too_many_are_refused_together(desk: Desk) -> None:
    payload = await imported(desk, *[{"url": URL}] * 4)
    assert payload["uploads"] == [None] * 4
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", ["input", "images"])
    assert await Upload.all().count() == 0


async def test_who_may_not_upload_may_not_import(desk: Desk) -> None:
    answer = (await desk.looker.data(IMPORT, images=[{"url": URL}]))["importImages"]
    assert (answer["uploads"], answer["userErrors"][0]["code"]) == ([None], "FORBIDDEN")
    assert await desk.anonymous.codes(IMPORT, images=[{"url": URL}]) == ["UNAUTHENTICATED"]


async def test_where_it_is_switched_off_it_is_refused(desk: Desk) -> None:
    object.__setattr__(desk.services, "imports", Imports(Source(b""), desk.services.imports._wakeups, enabled=False))
    payload = await imported(desk, {"url": URL})
    assert [error["code"] for error in payload["userErrors"]] == ["FORBIDDEN"]
    assert "switched off" in payload["userErrors"][0]["message"]


async def test_events_tell_how_it_went_and_nothing_of_the_url(desk: Desk, tmp_path: Path) -> None:
    cursor = await cursor_of_now(desk)
    [upload] = (await imported(desk, {"url": URL}))["uploads"]
    await work(desk, tmp_path, b"<html>nothing</html>")
    async with desk.editor.watch(WATCH, after=cursor) as next_answer:
        events = [await told(await next_answer())]
        # Steps that follow each other at once are told as one; the last is always told.
        while events[-1]["upload"]["state"] != "FAILED":
            events.append(await told(await next_answer()))

    assert len(events) <= 3
    assert {event["kind"] for event in events} == {"UPLOAD"}
    assert {event["upload"]["id"] for event in events} == {upload["id"]}
    assert "secret" not in str(events)


@pytest.mark.parametrize("person", ["stranger", "looker"])
async def test_an_import_is_seen_by_nobody_else(desk: Desk, person: str) -> None:
    [upload] = (await imported(desk, {"url": URL}))["uploads"]
    assert (await getattr(desk, person).data(LOOK, id=upload["id"]))["node"] is None

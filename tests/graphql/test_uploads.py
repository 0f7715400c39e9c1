"""Files go up as a front end sends them: prepared and completed in GraphQL, their bytes put to where they are told."""

import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.graphql.ids import UPLOAD, global_id, row_id
from imaging.http.uploads import routes
from imaging.images.models import Image
from imaging.images.trash import Trash
from imaging.journal import jobs
from imaging.journal.models import Job
from imaging.uploads.models import Upload
from imaging.uploads.take_in import TakingIn
from tests import pictures
from tests.graphql.desk import HOST, Desk, Person, id_of

PLAN = """
fragment How on UploadPlan {
  __typename
  ... on ExistingImage { image { id state } }
  ... on SinglePut { upload { id state } url headers { name value } expiresAt }
  ... on MultipartPut { upload { id state progress } partBytes partCount expiresAt
    parts { number offsetBytes sizeBytes url headers { name value } } } }
"""
PREPARE = f"""
mutation ($files: [StagedFile!]!) {{ prepareUploads(input: {{files: $files}}) {{
  plans {{ ...How }} userErrors {{ code field message itemId }} }} }}
{PLAN}
"""
CHANGE = """
mutation ($ids: [ID!]!) { change: %s(input: {ids: $ids}) {
  uploads { id state progress image { id } failure { code } } userErrors { code field itemId message } } }
"""
COMPLETE, ABORT = CHANGE % "completeUploads", CHANGE % "abortUploads"
LOOK = """
query ($id: ID!) { node(id: $id) { ... on ImageUpload {
  state progress existed expiresAt failure { code message } image { filename title sizeBytes sha256 } } } }
"""
LARGE = pictures.tiff(2_000, 1_900)


def told(content: bytes, **values: Any) -> dict[str, Any]:
    """What a page tells about a file."""
    true = {
        "filename": "duck.jpg",
        "sizeBytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "contentType": "image/jpeg",
    }
    return true | values


@dataclass
class Page:
    """A page of somebody who uploads, and the worker behind it."""

    desk: Desk
    browser: httpx.AsyncClient
    taking_in: TakingIn

    async def prepare(self, *files: dict[str, Any], person: Person | None = None) -> Any:
        return (await (person or self.desk.editor).data(PREPARE, files=list(files)))["prepareUploads"]

    async def change(self, mutation: str, *ids: str, person: Person | None = None) -> Any:
        return (await (person or self.desk.editor).data(mutation, ids=list(ids)))["change"]

    async def put(self, to: dict[str, Any], body: bytes) -> int:
        headers = {header["name"]: header["value"] for header in to["headers"]}
        return (await self.browser.put(to["url"], content=body, headers=headers)).status_code

    async def send(self, plan: dict[str, Any], content: bytes) -> str:
        """Send all that a plan asks for; returns the upload's id."""
        for part in plan.get("parts", [plan]):
            start = part.get("offsetBytes", 0)
            assert await self.put(part, content[start : start + part.get("sizeBytes", len(content))]) == 200
        return str(plan["upload"]["id"])

    async def work(self) -> None:
        """Do what a worker would."""
        for job in await Job.filter(kind=jobs.INGEST_UPLOAD):
            await self.taking_in.ingest(job.subject)
            await jobs.finish(job)

    async def look(self, id: str) -> Any:
        return (await self.desk.editor.data(LOOK, id=id))["node"]


@pytest.fixture
async def page(desk: Desk) -> AsyncIterator[Page]:
    reception, store, wakeups = desk.services.reception, FolderStore(desk.folder / "objects"), LocalWakeups()
    assert reception is not None
    door = httpx.ASGITransport(Starlette(routes=routes(reception)))
    async with httpx.AsyncClient(transport=door, base_url=HOST) as browser:
        yield Page(desk, browser, TakingIn(store, desk.services.ingest, desk.services.replacement, wakeups))


@pytest.mark.parametrize(("content", "kind"), [(pictures.jpeg(), "SinglePut"), (LARGE, "MultipartPut")])
async def test_a_file_is_prepared_sent_completed_and_becomes_an_image(page: Page, content: bytes, kind: str) -> None:
    [plan] = (await page.prepare(told(content, title="A duck")))["plans"]
    assert plan["__typename"] == kind
    assert plan["upload"]["state"] == "PREPARED"
    id = await page.send(plan, content)
    answer = await page.change(COMPLETE, id)
    assert answer["userErrors"] == []
    assert answer["uploads"] == [{"id": id, "state": "QUEUED", "progress": 1, "image": None, "failure": None}]
    await page.work()
    seen = await page.look(id)
    assert (seen["state"], seen["progress"], seen["existed"], seen["expiresAt"]) == ("COMPLETED", 1, False, None)
    assert seen["image"] == {
        "filename": "duck.jpg",
        "title": "A duck",
        "sizeBytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    again = await page.change(COMPLETE, id)
    assert (again["uploads"][0]["state"], again["userErrors"]) == ("COMPLETED", [])
    [known] = (await page.prepare(told(content)))["plans"]
    assert known == {"__typename": "ExistingImage", "image": {"id": id_of(await Image.get()), "state": "READY"}}


async def test_after_a_break_only_what_is_missing_is_sent(page: Page) -> None:
    [plan] = (await page.prepare(told(LARGE)))["plans"]
    assert (plan["partCount"], [part["number"] for part in plan["parts"]]) == (3, [1, 2, 3])
    assert await page.put(plan["parts"][1], LARGE[plan["partBytes"] : 2 * plan["partBytes"]]) == 200
    answer = await page.change(COMPLETE, plan["upload"]["id"])
    assert answer["uploads"] == [None]
    [error] = answer["userErrors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["input", "ids", "0"])
    assert error["itemId"] == plan["upload"]["id"]
    assert "1 of 3 parts have arrived; missing: 1, 3." in error["message"]
    [again] = (await page.prepare(told(LARGE)))["plans"]
    assert again["upload"]["id"] == plan["upload"]["id"]
    assert 0.4 < again["upload"]["progress"] < 0.5
    assert [part["number"] for part in again["parts"]] == [1, 3]
    await page.send(again, LARGE)
    assert (await page.change(COMPLETE, plan["upload"]["id"]))["userErrors"] == []


async def test_other_bytes_than_announced_are_refused_or_fail(page: Page) -> None:
    content = pictures.jpeg()
    small, large = (await page.prepare(told(content), told(LARGE)))["plans"]
    assert await page.put(small, content[:-1] + b"!") == 422
    assert await page.put(small, content[:-1]) == 400
    answer = await page.change(COMPLETE, small["upload"]["id"])
    assert "No bytes have arrived" in answer["userErrors"][0]["message"]
    id = await page.send(large, LARGE[:-1] + b"!")
    await page.change(COMPLETE, id)
    await page.work()
    seen = await page.look(id)
    assert (seen["state"], seen["failure"]["code"], seen["image"]) == ("FAILED", "CHECKSUM_MISMATCH", None)


async def test_each_file_is_answered_for_itself(page: Page) -> None:
    good = pictures.jpeg()
    answer = await page.prepare(
        told(good),
        told(good, sizeBytes=2**40, contentType="video/mp4", focalPoint={"x": 2, "y": 0}),
        told(good, sha256="abc", sizeBytes=-1),
        told(good, filename="again.jpg"),
    )
    first, _, _, again = answer["plans"]
    assert [plan and plan["__typename"] for plan in answer["plans"]] == ["SinglePut", None, None, "SinglePut"]
    assert first["upload"]["id"] == again["upload"]["id"]
    assert [(error["code"], error["field"][2:]) for error in answer["userErrors"]] == [
        ("TOO_MANY_BYTES", ["1", "sizeBytes"]),
        ("UNSUPPORTED_FORMAT", ["1", "contentType"]),
        ("INVALID_INPUT", ["1", "focalPoint", "x"]),
        ("INVALID_INPUT", ["2", "sizeBytes"]),
        ("INVALID_INPUT", ["2", "sha256"]),
    ]


async def test_what_is_in_the_trash_is_told_to_be_there_to_its_owner_alone(page: Page) -> None:
    content = pictures.jpeg()
    image = await page.desk.image(sha256=hashlib.sha256(content).hexdigest())
    await Trash(LocalWakeups()).trash(page.desk.editor.viewer, [image.id])
    [mine] = (await page.prepare(told(content)))["plans"]
    [theirs] = (await page.prepare(told(content), person=page.desk.stranger))["plans"]
    assert mine == {"__typename": "ExistingImage", "image": {"id": id_of(image), "state": "TRASHED"}}
    assert theirs["__typename"] == "SinglePut"


async def test_uploads_of_others_are_absent(page: Page) -> None:
    content = pictures.jpeg()
    [plan] = (await page.prepare(told(content)))["plans"]
    id = await page.send(plan, content)
    for mutation in (COMPLETE, ABORT):
        answer = await page.change(mutation, id, "nonsense", person=page.desk.stranger)
        assert answer["uploads"] == [None, None]
        assert [(error["code"], error["itemId"]) for error in answer["userErrors"]] == [
            ("NOT_FOUND", id),
            ("NOT_FOUND", "nonsense"),
        ]
    assert (await page.change(COMPLETE, id, person=page.desk.admin))["uploads"][0]["state"] == "QUEUED"


async def test_viewers_are_forbidden_and_strangers_unauthenticated(page: Page) -> None:
    vera, nobody, some_id = page.desk.looker, page.desk.anonymous, str(global_id(UPLOAD, uuid.uuid4()))
    assert (await page.prepare(told(b"x"), person=vera))["userErrors"][0]["code"] == "FORBIDDEN"
    assert await nobody.codes(PREPARE, files=[told(b"x")]) == ["UNAUTHENTICATED"]
    for mutation in (COMPLETE, ABORT):
        assert (await page.change(mutation, some_id, person=vera))["userErrors"][0]["code"] == "FORBIDDEN"
        assert await nobody.codes(mutation, ids=[some_id]) == ["UNAUTHENTICATED"]


async def test_an_aborted_upload_takes_no_more_bytes_and_is_not_completed(page: Page) -> None:
    [plan] = (await page.prepare(told(LARGE)))["plans"]
    assert await page.put(plan["parts"][0], LARGE[: plan["partBytes"]]) == 200
    for _ in range(2):
        answer = await page.change(ABORT, plan["upload"]["id"])
        assert (answer["uploads"][0]["state"], answer["userErrors"]) == ("ABORTED", [])
    upload = await Upload.get(id=row_id(UPLOAD, plan["upload"]["id"]))
    assert [job.subject for job in await Job.filter(kind=jobs.REMOVE_OBJECTS)] == [upload.staging_prefix]
    answer = await page.change(COMPLETE, plan["upload"]["id"])
    assert answer["userErrors"][0]["code"] == "CONFLICT"


async def test_what_is_an_image_cannot_be_aborted(page: Page) -> None:
    content = pictures.jpeg()
    [plan] = (await page.prepare(told(content)))["plans"]
    id = await page.send(plan, content)
    await page.change(COMPLETE, id)
    await page.work()
    answer = await page.change(ABORT, id)
    assert (answer["uploads"], answer["userErrors"][0]["code"]) == ([None], "CONFLICT")
    assert await Image.all().count() == 1


async def test_a_request_names_at_most_a_hundred(page: Page) -> None:
    files = [told(bytes([index])) for index in range(101)]
    answer = await page.prepare(*files)
    assert (answer["plans"], [error["code"] for error in answer["userErrors"]]) == ([None] * 101, ["INVALID_INPUT"])
    answer = await page.change(COMPLETE, *["nonsense"] * 101)
    assert [error["field"] for error in answer["userErrors"]] == [["input", "ids"]]
    assert await Upload.all().count() == 0


async def test_a_file_can_replace_an_image(page: Page) -> None:
    old, new = pictures.jpeg(), pictures.png(seed=1)
    image = await page.desk.taken_in(old)
    stranger, nonsense, plan = (
        await page.prepare(told(new, replaces=id_of(await page.desk.image(page.desk.stranger)))),
        await page.prepare(told(new, replaces="nonsense")),
        (await page.prepare(told(new, replaces=id_of(image))))["plans"][0],
    )
    for refused in (stranger, nonsense):
        [error] = refused["userErrors"]
        assert (error["code"], error["field"]) == ("NOT_FOUND", ["input", "files", "0", "replaces"])
    id = await page.send(plan, new)
    await page.change(COMPLETE, id)
    await page.work()
    query = "query ($id: ID!) { node(id: $id) { ... on ImageUpload { state image { id version format } } } }"
    seen = (await page.desk.editor.data(query, id=id))["node"]
    assert seen == {"state": "COMPLETED", "image": {"id": id_of(image), "version": 2, "format": "PNG"}}
    other = await page.desk.image(sha256=hashlib.sha256(b"other").hexdigest())
    [error] = (await page.prepare(told(b"other", replaces=id_of(image))))["userErrors"]
    assert (error["code"], error["field"], error["itemId"]) == ("CONFLICT", ["input", "files", "0"], id_of(other))

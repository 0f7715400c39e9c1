"""Batches are started, followed and ruled in GraphQL; the worker does them meanwhile."""

import asyncio
from typing import Any

import pytest

from imaging.batches.models import Batch
from imaging.images.models import Image, ImageState
from imaging.journal import jobs
from imaging.worker.crew import Crew, Handler
from tests import pictures
from tests.graphql.desk import Desk, Person, id_of

BATCH = """fragment B on Batch {
  id operation state total done skipped failed undone kept etaMs failure startedBy { name } finishedAt undoableUntil
  errors { nodes { code message imageId image { id } undoing } pageInfo { hasNextPage endCursor } } } """
START = (
    BATCH
    + """mutation ($input: StartBatchInput!) { startBatch(input: $input) {
  batch { ...B }
  preview { total refused sample { image { id } before after } cost { renditions pixels bytes estimatedMs }
    confirmToken confirmBy }
  userErrors { code message field } } }
"""
)
LOOK = BATCH + "query ($id: ID!) { batch(id: $id) { ...B } node(id: $id) { id } nodes(ids: [$id]) { id } }"
LIST = """query ($first: Int, $after: String, $state: [BatchState!]) {
  batches(first: $first, after: $after, state: $state) {
  nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""


async def work(desk: Desk) -> None:
    """Do the batches that are due, as the worker does."""
    running = desk.services.batches.running
    crew = Crew({jobs.BATCH: Handler(running.run, running.give_up)})
    await crew.take_due(asyncio.Event())
    await crew.leave(60)


async def started(person: Person, select: dict[str, Any], operation: dict[str, Any], **more: Any) -> Any:
    return (await person.data(START, input={"select": select, "operation": operation, **more}))["startBatch"]


async def ruled(person: Person, deed: str, id: str) -> Any:
    answer = "{ batch { ...B } userErrors { code field } }"
    return (await person.data(f"{BATCH} mutation ($id: ID!) {{ {deed}(input: {{id: $id}}) {answer} }}", id=id))[deed]


async def test_a_batch_is_started_worked_off_and_looked_at(desk: Desk) -> None:
    images = [await desk.image(tags=["Duck"]), await desk.image()]
    payload = await started(desk.editor, {"where": {}}, {"tag": ["duck"]})
    assert payload["userErrors"] == []
    assert payload["preview"] is None
    assert (payload["batch"]["operation"], payload["batch"]["state"]) == ("TAG", "PLANNING")
    await work(desk)
    seen = await desk.editor.data(LOOK, id=payload["batch"]["id"])
    batch = seen["batch"]
    assert (batch["state"], batch["total"], batch["done"], batch["skipped"]) == ("COMPLETED", 2, 1, 1)
    assert (batch["startedBy"], batch["errors"]["nodes"], batch["etaMs"]) == ({"name": "Ed"}, [], None)
    assert batch["undoableUntil"] > batch["finishedAt"]
    assert seen["node"] == seen["nodes"][0] == {"id": batch["id"]}
    assert {image.tags[0].casefold() for image in await Image.all()} == {"duck"}
    assert len(images) == 2


async def test_what_failed_is_told_image_by_image(desk: Desk) -> None:
    mine, hidden = await desk.image(), await desk.image(desk.stranger)
    gone = id_of(Image(id="00000000-0000-0000-0000-000000000000"))
    payload = await started(desk.editor, {"ids": [gone, id_of(hidden), id_of(mine)]}, {"trash": True})
    await work(desk)
    batch = (await desk.editor.data(LOOK, id=payload["batch"]["id"]))["batch"]
    assert (batch["done"], batch["failed"]) == (1, 2)
    told = [(error["code"], error["imageId"], error["image"]) for error in batch["errors"]["nodes"]]
    assert told == [("NOT_FOUND", gone, None), ("NOT_FOUND", id_of(hidden), None)]


async def test_the_errors_come_page_by_page(desk: Desk) -> None:
    hidden = [id_of(await desk.image(desk.stranger)) for _ in range(3)]
    payload = await started(desk.editor, {"ids": hidden}, {"trash": True})
    await work(desk)
    page = """query ($id: ID!, $after: String) { batch(id: $id) { errors(first: 2, after: $after) {
      edges { cursor node { id imageId } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""
    first = (await desk.editor.data(page, id=payload["batch"]["id"]))["batch"]["errors"]
    rest = await desk.editor.data(page, id=payload["batch"]["id"], after=first["pageInfo"]["endCursor"])
    edges = first["edges"] + rest["batch"]["errors"]["edges"]
    ids = [edge["node"]["imageId"] for edge in edges]
    assert (ids, rest["batch"]["errors"]["pageInfo"]["hasPreviousPage"]) == (hidden, True)
    assert await desk.editor.codes(page, id=payload["batch"]["id"], after="nonsense") == ["INVALID_CURSOR"]
    backward = "query ($id: ID!, $b: String) { batch(id: $id) { errors(last: 2, before: $b) { nodes { imageId } } } }"
    last = await desk.editor.data(backward, id=payload["batch"]["id"], b=edges[2]["cursor"])
    assert [node["imageId"] for node in last["batch"]["errors"]["nodes"]] == hidden[:2]
    again = "query ($id: ID!) { node(id: $id) { ... on BatchError { code } } nodes(ids: [$id]) { id } }"
    found = await desk.editor.data(again, id=edges[0]["node"]["id"])
    assert found == {"node": {"code": "NOT_FOUND"}, "nodes": [{"id": edges[0]["node"]["id"]}]}
    assert (await desk.stranger.data(again, id=edges[0]["node"]["id"])) == {"node": None, "nodes": [None]}


async def test_a_dry_run_writes_nothing_and_tells_what_would_be(desk: Desk) -> None:
    image = await desk.image(tags=["Duck"])
    payload = await started(desk.editor, {"where": {}}, {"tag": ["Pond"]}, dryRun=True)
    assert payload["batch"] is None
    preview = payload["preview"]
    assert (preview["total"], preview["refused"], preview["confirmToken"]) == (1, 0, None)
    changed = {"image": {"id": id_of(image)}, "before": {"tags": ["Duck"]}, "after": {"tags": ["Duck", "Pond"]}}
    assert preview["sample"] == [changed]
    assert preview["cost"]["estimatedMs"] > 0
    assert await Batch.all().count() == 0


async def test_deleting_wants_the_token_of_a_dry_run(desk: Desk) -> None:
    await desk.image()
    select, operation = {"where": {}}, {"delete": True}
    [error] = (await started(desk.editor, select, operation))["userErrors"]
    assert (error["code"], error["field"]) == ("CONFIRMATION_REQUIRED", ["input"])
    token = (await started(desk.editor, select, operation, dryRun=True))["preview"]["confirmToken"]
    [error] = (await started(desk.editor, select, operation, confirmToken=token[:-2]))["userErrors"]
    assert (error["code"], error["field"]) == ("CONFIRMATION_REQUIRED", ["input", "confirmToken"])
    await started(desk.editor, select, operation, confirmToken=token)
    await work(desk)
    assert await Image.all().count() == 0


async def test_a_batch_is_cancelled_tried_again_and_undone(desk: Desk) -> None:
    image, other = await desk.image(), await desk.image(desk.stranger)
    first = (await started(desk.editor, {"ids": [id_of(image)]}, {"trash": True}))["batch"]["id"]
    cancelled = await ruled(desk.editor, "cancelBatch", first)
    assert (cancelled["batch"]["state"], cancelled["userErrors"]) == ("CANCELLED", [])
    await work(desk)
    assert (await Image.get(id=image.id)).state is ImageState.READY

    second = (await started(desk.editor, {"ids": [id_of(image), id_of(other)]}, {"trash": True}))["batch"]["id"]
    await work(desk)
    await Image.filter(id=other.id).update(owner_id=desk.editor.viewer.user_id)
    assert (await ruled(desk.editor, "retryBatch", second))["batch"]["state"] == "RUNNING"
    await work(desk)
    batch = (await desk.editor.data(LOOK, id=second))["batch"]
    assert (batch["state"], batch["done"], batch["failed"]) == ("COMPLETED", 2, 0)
    assert (await ruled(desk.editor, "undoBatch", second))["batch"]["state"] == "UNDOING"
    await work(desk)
    batch = (await desk.editor.data(LOOK, id=second))["batch"]
    assert (batch["state"], batch["done"], batch["undone"]) == ("UNDONE", 0, 2)
    assert await Image.filter(state=ImageState.READY).count() == 2


async def test_a_batch_is_there_for_its_starter_and_for_admins_only(desk: Desk) -> None:
    await desk.image()
    id = (await started(desk.editor, {"where": {}}, {"restore": True}))["batch"]["id"]
    for person, is_there in ((desk.editor, True), (desk.admin, True), (desk.stranger, False), (desk.looker, False)):
        assert ((await person.data(LOOK, id=id))["batch"] is not None) is is_there
        assert len((await person.data(LIST))["batches"]["nodes"]) == is_there
    assert [error["code"] for error in (await ruled(desk.stranger, "cancelBatch", id))["userErrors"]] == ["NOT_FOUND"]
    assert (await ruled(desk.admin, "cancelBatch", id))["batch"]["state"] == "CANCELLED"


async def test_batches_are_listed_newest_first_by_state(desk: Desk) -> None:
    ids = [(await started(desk.editor, {"where": {}}, {"reindex": True}))["batch"]["id"] for _ in range(3)]
    await ruled(desk.editor, "cancelBatch", ids[0])
    page = (await desk.editor.data(LIST, first=2))["batches"]
    assert [node["id"] for node in page["nodes"]] == [ids[2], ids[1]]
    rest = (await desk.editor.data(LIST, first=2, after=page["pageInfo"]["endCursor"]))["batches"]
    assert ([node["id"] for node in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == ([ids[0]], False)
    assert [node["id"] for node in (await desk.editor.data(LIST, state=["CANCELLED"]))["batches"]["nodes"]] == [ids[0]]
    back = "query ($b: String) { batches(last: 1, before: $b) { nodes { id } pageInfo { hasPreviousPage } } }"
    before = (await desk.editor.data(back, b=page["edges"][1]["cursor"]))["batches"]
    assert before == {"nodes": [{"id": ids[2]}], "pageInfo": {"hasPreviousPage": False}}
    for nonsense in ("nonsense", "bm9uc2Vuc2U", "WzEsMl0"):
        assert await desk.editor.codes(LIST, after=nonsense) == ["INVALID_CURSOR"]


@pytest.mark.parametrize(
    ("select", "operation", "code", "field"),
    [
        ({"where": {"tagsAny": [" "]}}, {"trash": True}, "INVALID_INPUT", ["select", "where", "tagsAny", "0"]),
        ({"ids": ["nonsense"]}, {"trash": True}, "NOT_FOUND", ["select", "ids", "0"]),
        ({"where": {}}, {"trash": False}, "INVALID_INPUT", ["operation", "trash"]),
        ({"where": {}}, {"tag": []}, "INVALID_INPUT", ["operation", "tag"]),
        ({"where": {}}, {"tag": ["a", ""]}, "INVALID_INPUT", ["operation", "tag", "1"]),
        ({"where": {}}, {"untag": ["x" * 65]}, "INVALID_INPUT", ["operation", "untag", "0"]),
    ],
)
async def test_what_cannot_be_done_names_its_place(
    desk: Desk, select: Any, operation: Any, code: str, field: list[str]
) -> None:
    for dry_run in (False, True):
        payload = await started(desk.editor, select, operation, dryRun=dry_run)
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, ["input", *field])]
        assert (payload["batch"], payload["preview"]) == (None, None)


async def test_who_may_change_nothing_starts_nothing(desk: Desk) -> None:
    for dry_run in (False, True):
        refused = await started(desk.looker, {"where": {}}, {"trash": True}, dryRun=dry_run)
        assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
    asked = {"select": {"where": {}}, "operation": {"trash": True}}
    assert await desk.anonymous.codes(START, input=asked) == ["UNAUTHENTICATED"]


async def test_originals_are_verified_and_those_that_are_broken_are_told(desk: Desk) -> None:
    whole, broken, gone = [await desk.taken_in(pictures.jpeg(60 + n, 40)) for n in range(3)]
    (desk.folder / "objects" / broken.original_key).write_bytes(b"something else")
    await desk.services.completion._store.delete(gone.original_key)
    payload = await started(desk.editor, {"ids": [id_of(image) for image in (whole, broken, gone)]}, {"verify": True})
    await work(desk)
    batch = (await desk.editor.data(LOOK, id=payload["batch"]["id"]))["batch"]
    assert (batch["state"], batch["done"], batch["failed"], batch["undoableUntil"]) == ("COMPLETED", 1, 2, None)
    told = {error["imageId"]: error["code"] for error in batch["errors"]["nodes"]}
    assert told == {id_of(broken): "CHECKSUM_MISMATCH", id_of(gone): "CHECKSUM_MISMATCH"}


async def test_what_is_known_of_pictures_is_read_anew(desk: Desk) -> None:
    image = await desk.taken_in(pictures.jpeg(60, 40))
    await Image.filter(id=image.id).update(thumbhash="AAAA", perceptual_hash="0" * 16, metadata={})
    broken = await desk.taken_in(pictures.jpeg(61, 40))
    (desk.folder / "objects" / broken.original_key).write_bytes(b"something else")
    payload = await started(desk.editor, {"ids": [id_of(image), id_of(broken)]}, {"regenerate": True})
    await work(desk)
    after = await Image.get(id=image.id)
    assert (after.thumbhash, after.perceptual_hash, after.version) == (image.thumbhash, image.perceptual_hash, 1)
    batch = (await desk.editor.data(LOOK, id=payload["batch"]["id"]))["batch"]
    assert [(error["imageId"], error["code"]) for error in batch["errors"]["nodes"]] == [
        (id_of(broken), "UNSUPPORTED_FORMAT")
    ]


async def test_pictures_are_made_before_anybody_asks(desk: Desk) -> None:
    image = await desk.taken_in(pictures.jpeg(60, 40))
    transforms = [{"width": 30, "format": "PNG"}, {"width": 20}]
    dry = await started(desk.editor, {"where": {}}, {"warm": transforms}, dryRun=True)
    assert (dry["preview"]["cost"]["renditions"], dry["preview"]["cost"]["pixels"]) == (2, 2 * 60 * 40)
    payload = await started(desk.editor, {"ids": [id_of(image)]}, {"warm": transforms})
    await work(desk)
    assert (await desk.editor.data(LOOK, id=payload["batch"]["id"]))["batch"]["done"] == 1
    made = [path.suffix for path in (desk.folder / "objects" / "p").rglob("*.*")]
    assert sorted(made) == [".avif", ".jpg", ".png", ".webp"]
    url = "query ($id: ID!) { image(id: $id) { url(transform: {width: 30, format: PNG}) } }"
    found = await desk.fetched((await desk.editor.data(url, id=id_of(image)))["image"]["url"])
    assert found.render_ms is None


@pytest.mark.parametrize("transforms", [[], [{"width": 10}] * 21, [{"width": -1}]])
async def test_pictures_that_cannot_be_made_are_refused_at_once(desk: Desk, transforms: list[dict[str, Any]]) -> None:
    [error] = (await started(desk.editor, {"where": {}}, {"warm": transforms}))["userErrors"]
    assert error["code"] in ("INVALID_INPUT", "INVALID_TRANSFORM")


WATCH = """subscription ($id: ID!, $after: String) { batchProgress(id: $id, after: $after) {
  kind cursor at batch { state total done } } }"""


async def test_progress_is_told_until_the_batch_is_at_rest(desk: Desk) -> None:
    for _ in range(3):
        await desk.image()
    id = (await started(desk.editor, {"where": {}}, {"tag": ["a"]}))["batch"]["id"]
    async with desk.editor.watch(WATCH, id=id) as next_answer:
        first = (await next_answer()).data["batchProgress"]
        assert (first["kind"], first["batch"]) == ("PRESENT", {"state": "PLANNING", "total": 0, "done": 0})
        await work(desk)
        events = []
        while not events or events[-1]["batch"]["state"] != "COMPLETED":
            events.append((await next_answer()).data["batchProgress"])
        assert events[-1]["batch"] == {"state": "COMPLETED", "total": 3, "done": 3}
        with pytest.raises(StopAsyncIteration):
            await next_answer()
    async with desk.editor.watch(WATCH, id=id, after=first["cursor"]) as next_answer:
        missed = (await next_answer()).data["batchProgress"]
        assert (missed["kind"], missed["batch"]["state"]) == ("PROGRESS", "COMPLETED")
    async with desk.editor.watch(WATCH, id=id, after="nonsense") as next_answer:
        assert (await next_answer()).data["batchProgress"]["kind"] == "RESYNC"


async def test_progress_is_nothing_for_others(desk: Desk) -> None:
    id = (await started(desk.editor, {"where": {}}, {"tag": ["a"]}))["batch"]["id"]
    for person, asked in ((desk.stranger, id), (desk.editor, "nonsense")):
        async with person.watch(WATCH, id=asked) as next_answer:
            assert [error.extensions["code"] for error in (await next_answer()).errors] == ["NOT_FOUND"]

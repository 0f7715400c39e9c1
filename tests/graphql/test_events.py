import uuid
from typing import Any

from imaging import database
from imaging.graphql.ids import IMAGE, global_id
from imaging.images.models import Visibility
from imaging.uploads.life import step
from imaging.uploads.models import UploadState
from tests.graphql.desk import Desk, id_of
from tests.graphql.test_upload_node import upload_id, upload_row

WATCH = """
subscription ($ids: [ID!], $filter: ImageFilter, $after: String) {
  imageEvents(ids: $ids, filter: $filter, after: $after) {
    kind cursor at imageId image { id title owner { name } } upload { id state image { id } } } }
"""
TITLE = "mutation ($id: ID!, $t: String) { updateImages(input: {updates: [{id: $id, title: $t}]}) { images { id } } }"
DELETE = "mutation ($id: ID!) { deleteImages(input: {ids: [$id]}) { deletedIds } }"


async def told(answer: Any) -> Any:
    assert answer.errors is None, answer.errors
    return answer.data["imageEvents"]


async def cursor_of_now(desk: Desk) -> str:
    """Leave a watch with the cursor of the last event."""
    image = await desk.image()
    async with desk.editor.watch(WATCH, after="unknown") as next_answer:
        event = await told(await next_answer())
        while event["kind"] != "PRESENT" or event["imageId"] != id_of(image):
            event = await told(await next_answer())
    return event["cursor"]


async def test_an_unknown_cursor_is_answered_with_resync_and_what_there_is(desk: Desk) -> None:
    image = await desk.image(title="Here")
    async with desk.editor.watch(WATCH, after="unknown") as next_answer:
        first, second = [await told(await next_answer()) for _ in range(2)]
    assert (first["kind"], first["image"], first["imageId"]) == ("RESYNC", None, None)
    assert (second["kind"], second["imageId"]) == ("PRESENT", id_of(image))
    assert second["image"] == {"id": id_of(image), "title": "Here", "owner": {"name": "Ed"}}
    assert second["at"].endswith("Z")


async def test_what_was_missed_is_told_first_then_what_happens(desk: Desk) -> None:
    cursor = await cursor_of_now(desk)
    id = id_of(await desk.image(title="Old"))
    await desk.editor.data(TITLE, id=id, t="Missed")
    async with desk.editor.watch(WATCH, after=cursor) as next_answer:
        missed = await told(await next_answer())
        assert (missed["kind"], missed["image"]["title"]) == ("UPDATED", "Missed")
        await desk.editor.data(TITLE, id=id, t="Live")
        live = await told(await next_answer())
        assert (live["kind"], live["image"]["title"]) == ("UPDATED", "Live")
        await desk.editor.data(DELETE, id=id)
        gone = await told(await next_answer())
        assert (gone["kind"], gone["imageId"], gone["image"]) == ("REMOVED", id, None)
    async with desk.editor.watch(WATCH, after=live["cursor"]) as next_answer:
        assert (await told(await next_answer()))["kind"] == "REMOVED"


async def test_only_the_images_asked_for_are_told(desk: Desk) -> None:
    cursor = await cursor_of_now(desk)
    wanted, other = id_of(await desk.image()), id_of(await desk.image())
    async with desk.editor.watch(WATCH, after=cursor, ids=[wanted, "nonsense"]) as next_answer:
        assert (await told(await next_answer()))["kind"] == "RESYNC", "a cursor is bound to its subscription"
        assert (await told(await next_answer()))["imageId"] == wanted
        for id in (other, wanted):
            await desk.editor.data(TITLE, id=id, t="New")
        assert (await told(await next_answer()))["imageId"] == wanted


async def test_an_image_that_does_not_fit_the_filter_is_at_most_removed(desk: Desk) -> None:
    wanted, other = id_of(await desk.image(tags=["sea"])), id_of(await desk.image())
    async with desk.editor.watch(WATCH, after="unknown", filter={"tagsAny": ["sea"]}) as next_answer:
        assert (await told(await next_answer()))["kind"] == "RESYNC"
        assert (await told(await next_answer()))["imageId"] == wanted
        for id in (other, wanted):
            await desk.editor.data(TITLE, id=id, t="New")
        events = [await told(await next_answer())]
        while events[-1]["imageId"] != wanted:
            events.append(await told(await next_answer()))
    assert events[-1]["kind"] == "UPDATED"
    assert [event["kind"] for event in events[:-1]] in ([], ["REMOVED"])


async def test_strangers_hear_of_what_is_public_only(desk: Desk) -> None:
    async with desk.stranger.watch(WATCH, after="unknown") as next_answer:
        assert (await told(await next_answer()))["kind"] == "RESYNC"
        hidden, seen = id_of(await desk.image()), id_of(await desk.image(visibility=Visibility.PUBLIC))
        pending = next_answer()
        for id in (hidden, seen):
            await desk.editor.data(TITLE, id=id, t="New")
        assert (await told(await pending))["imageId"] == seen


async def test_an_upload_is_told_as_it_is_now_to_its_owner_and_to_nobody_else(desk: Desk) -> None:
    cursor, image = await cursor_of_now(desk), await desk.image(visibility=Visibility.PUBLIC)
    upload = await upload_row(desk.editor, image_id=image.id)
    async with desk.stranger.watch(WATCH, after="unknown") as strange, desk.editor.watch(WATCH, after=cursor) as own:
        while (await told(await strange()))["kind"] != "PRESENT":
            pass
        pending = strange()
        for state in (UploadState.QUEUED, UploadState.COMPLETED):
            async with database.transaction():
                assert await step(upload, state)
        first, second = [await told(await own()) for _ in range(2)]
        assert {event["kind"] for event in (first, second)} == {"UPLOAD"}
        assert second["upload"] == {"id": upload_id(upload), "state": "COMPLETED", "image": {"id": id_of(image)}}
        assert (second["image"], second["imageId"]) == (None, id_of(image))
        await desk.editor.data(TITLE, id=id_of(image), t="New")
        update, elsewhere = await told(await own()), await told(await pending)
        assert (update["kind"], update["upload"]) == (elsewhere["kind"], elsewhere["upload"]) == ("UPDATED", None)
    async with desk.editor.watch(WATCH, after=first["cursor"]) as own:
        assert (await told(await own()))["upload"]["id"] == upload_id(upload)


async def test_too_many_ids_are_a_typed_error(desk: Desk) -> None:
    ids = [global_id(IMAGE, uuid.uuid4()) for _ in range(101)]
    async with desk.editor.watch(WATCH, ids=ids) as next_answer:
        answer = await next_answer()
    assert [error.extensions for error in answer.errors] == [{"code": "INVALID_INPUT", "field": ["ids"]}]

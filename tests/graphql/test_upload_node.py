"""An upload is looked at by its id, by its owner and admins."""

import uuid
from typing import Any

from imaging.graphql.ids import UPLOAD, global_id
from imaging.uploads.models import Upload, UploadKind, UploadState
from tests.graphql.desk import Desk, Person, id_of, statements

LOOK = """
query ($id: ID!) { node(id: $id) { ... on ImageUpload {
  id state filename sizeBytes progress existed failure { code message } image { id } createdAt expiresAt } } }
"""


async def upload_row(owner: Person, **values: Any) -> Upload:
    given = {"kind": UploadKind.SINGLE, "filename": "duck.jpg", "size_bytes": 1_000, "sha256": "a" * 64}
    return await Upload.create(owner_id=owner.viewer.user_id, **given | values)


def upload_id(upload: Upload) -> str:
    return str(global_id(UPLOAD, upload.id))


async def test_an_upload_is_there_for_its_owner_and_admins_and_absent_for_everybody_else(desk: Desk) -> None:
    upload = await upload_row(desk.editor, received_bytes=250)
    for person in (desk.editor, desk.admin):
        seen = (await person.data(LOOK, id=upload_id(upload)))["node"]
        assert (seen["id"], seen["state"], seen["filename"]) == (upload_id(upload), "PREPARED", "duck.jpg")
        assert (seen["sizeBytes"], seen["progress"], seen["image"], seen["failure"]) == (1_000, 0.25, None, None)
    for person in (desk.stranger, desk.looker, desk.anonymous):
        assert (await person.data(LOOK, id=upload_id(upload)))["node"] is None
    assert (await desk.editor.data(LOOK, id=str(global_id(UPLOAD, uuid.uuid4()))))["node"] is None


async def test_a_completed_upload_leads_to_its_image_and_a_failed_one_says_why(desk: Desk) -> None:
    image = await desk.image()
    done = await upload_row(desk.editor, state=UploadState.COMPLETED, image_id=image.id, existed=True)
    failed = await upload_row(
        desk.editor, state=UploadState.FAILED, failure_code="CORRUPT", failure_message="It is damaged.", size_bytes=None
    )
    seen = (await desk.editor.data(LOOK, id=upload_id(done)))["node"]
    assert (seen["image"], seen["existed"], seen["progress"]) == ({"id": id_of(image)}, True, 1)
    seen = (await desk.editor.data(LOOK, id=upload_id(failed)))["node"]
    assert seen["failure"] == {"code": "CORRUPT", "message": "It is damaged."}
    assert (seen["image"], seen["sizeBytes"], seen["progress"]) == (None, None, 0)


async def test_many_uploads_and_their_images_are_two_statements(desk: Desk) -> None:
    images = [await desk.image() for _ in range(5)]
    rows = [await upload_row(desk.editor, state=UploadState.COMPLETED, image_id=image.id) for image in images]
    hers = await upload_row(desk.stranger)
    ids = [upload_id(row) for row in (*rows, hers)]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on ImageUpload { progress image { id } } } }"
    with statements() as seen:
        nodes = (await desk.editor.data(query, ids=ids))["nodes"]
    assert [node and node["image"]["id"] for node in nodes] == [*map(id_of, images), None]
    assert len(seen) == 2

"""Texts that no database can keep are taken or refused, and break nothing, where collections and batches take them."""

import base64
import json

import pytest

from tests.graphql.curating import do, made
from tests.graphql.desk import Desk, id_of
from tests.graphql.test_batches import started

STRANGE = ["duck\x00", "\ud800 duck", "'; --"]


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize("text", STRANGE)
async def test_a_strange_text_is_taken_or_refused(desk: Desk, text: str) -> None:
    id, image = await made(desk.editor), await desk.image()
    for given in ({"name": text}, {"name": "Ducks", "description": text}, {"name": "Ducks", "parentId": text}):
        payload = await do(desk.editor, "createCollection", **given)
        assert (payload["collection"] is None) is bool(payload["userErrors"])
    for given in ({"coverId": text}, {"parentId": text}):
        assert (await do(desk.editor, "updateCollection", id=id, **given))["userErrors"] != []
    assert (await do(desk.editor, "addToCollection", id=id, imageIds=[text, id_of(image)]))["userErrors"] != []
    moves = [{"imageId": text, "place": {"after": text}}, {"imageId": id_of(image), "place": {"before": text}}]
    assert len((await do(desk.editor, "reorderCollection", id=id, moves=moves))["userErrors"]) == 2
    for select, operation, more in (
        ({"where": {}}, {"tag": [text]}, {}),
        ({"where": {"tagsAny": [text]}}, {"tag": ["a"]}, {}),
        ({"where": {"ownerId": text}}, {"reindex": True}, {}),
        ({"ids": [text]}, {"reindex": True}, {}),
        ({"where": {}}, {"delete": True}, {"confirmToken": text}),
        ({"where": {}}, {"moveToCollection": {"id": text}}, {}),
    ):
        for dry_run in (True, False):
            payload = await started(desk.editor, select, operation, dryRun=dry_run, **more)
            assert (payload["batch"] or payload["preview"] or payload["userErrors"]) is not None


@pytest.mark.parametrize("text", STRANGE)
async def test_a_forged_cursor_is_a_cursor_or_refused(desk: Desk, text: str) -> None:
    zero = "0" * 32
    id = await made(desk.editor)
    lists = "query ($a: String, $id: ID!) { collections(first: 1, after: $a) { nodes { id } } "
    for forged in (cursor(text, zero), cursor(text, text), cursor(True, zero), cursor(1e400, zero), text):
        asked = {
            lists + "collection(id: $id) { id } }": {"a": forged, "id": id},
            "query ($a: String, $id: ID!) { collection(id: $id) { children(first: 1, after: $a) { nodes { id } } } }": {
                "a": forged,
                "id": id,
            },
            "query ($a: String, $id: ID!) { collection(id: $id) { images(first: 1, before: $a) { nodes { id } } } }": {
                "a": forged,
                "id": id,
            },
            "query ($a: String) { batches(first: 1, after: $a) { nodes { id } } }": {"a": forged},
        }
        for query, variables in asked.items():
            assert set(await desk.editor.codes(query, **variables)) <= {"INVALID_CURSOR", "INVALID_INPUT"}

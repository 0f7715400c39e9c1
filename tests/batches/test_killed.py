"""A server is killed in the middle of a batch: the next one goes on, and every count is right."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import Viewer
from imaging.batches.models import BatchItem, ItemState
from imaging.images.models import Image, ImageTag
from imaging.journal.models import Event, EventKind
from tests.app.test_imports import Asking
from tests.rows import image_row
from tests.server import running_server

IMAGES = 2_000
PATIENCE_S = 300
START = "mutation ($input: StartBatchInput!) { startBatch(input: $input) { batch { id } userErrors { code } } }"
LOOK = "query ($id: ID!) { batch(id: $id) { state total done skipped failed } }"


async def until(asking: Asking, id: str, *, done: int | None = None) -> Any:
    """Wait until so many images are done, or the batch is through."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        batch = (await asking.data(LOOK, id=id))["batch"]
        if batch["state"] == "COMPLETED" or (done is not None and batch["done"] >= done):
            return batch
        assert time.monotonic() < ends, batch
        await asyncio.sleep(0.05)


@pytest.mark.full
async def test_a_killed_server_leaves_a_batch_that_is_finished_by_the_next(tmp_path: Path) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        with running_server(tmp_path) as server:
            asking = Asking(server, client)
            await asking.data("{ viewer { role } }")
            await database.connect(server.database_url)
            owner = Viewer((await User.get()).id)
            await Image.bulk_create([image_row(owner) for _ in range(IMAGES)], batch_size=100)
            started = await asking.data(START, input={"select": {"where": {}}, "operation": {"tag": ["Pond"]}})
            id = started["startBatch"]["batch"]["id"]
            before = await until(asking, id, done=200)
            server.stop(signal.SIGKILL)
        assert before["state"] == "RUNNING"
        with running_server(tmp_path) as server:
            batch = await until(Asking(server, client), id)
    assert batch == {"state": "COMPLETED", "total": IMAGES, "done": IMAGES, "skipped": 0, "failed": 0}
    assert await BatchItem.filter(state=ItemState.DONE).count() == IMAGES
    assert await ImageTag.filter(tag="pond").count() == IMAGES
    assert await Event.filter(kind=EventKind.UPDATED).count() == IMAGES
    await database.close()

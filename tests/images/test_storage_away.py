"""An upload while the storage does not answer is refused, and what may have arrived is removed."""

from pathlib import Path

import pytest

from imaging.accounts.viewer import Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.errors import StorageUnavailable
from imaging.images.ingest import Outcome
from imaging.images.models import Image
from imaging.journal.jobs import REMOVE_OBJECTS
from imaging.journal.models import Job
from imaging.ports import ObjectInfo
from tests import pictures
from tests.images.counter import Counter


class Cut(FolderStore):
    """A folder on the far side of a line that is cut after the bytes arrived, before anybody is told."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.is_cut = True

    async def put(self, key: str, path: Path, *, content_type: str, sha256: str | None = None) -> ObjectInfo:
        put = await super().put(key, path, content_type=content_type, sha256=sha256)
        self._pass()
        return put

    async def delete_prefix(self, prefix: str) -> int:
        self._pass()
        return await super().delete_prefix(prefix)

    def _pass(self) -> None:
        if self.is_cut:
            raise StorageUnavailable


@pytest.fixture
def store(tmp_path: Path) -> Cut:
    return Cut(tmp_path / "objects")


async def test_a_file_is_refused_while_the_storage_does_not_answer(counter: Counter, owner: Viewer) -> None:
    [result] = await counter.hand_in(owner, pictures.jpeg())
    assert (result.outcome, result.image) == (Outcome.REJECTED, None)
    assert [error.code for error in result.errors] == ["OVERLOADED"]
    assert await Image.all().count() == 0
    assert counter.spooled() == []


async def test_what_arrived_all_the_same_is_promised_to_be_removed(counter: Counter, store: Cut, owner: Viewer) -> None:
    await counter.hand_in(owner, pictures.jpeg())
    job = await Job.get()
    assert job.kind == REMOVE_OBJECTS
    assert {key.rpartition("/")[0] for key in await counter.stored()} == {job.subject}


async def test_once_it_answers_the_same_file_is_taken_in(counter: Counter, store: Cut, owner: Viewer) -> None:
    await counter.hand_in(owner, pictures.jpeg())
    store.is_cut = False
    [result] = await counter.hand_in(owner, pictures.jpeg())
    assert result.outcome is Outcome.CREATED

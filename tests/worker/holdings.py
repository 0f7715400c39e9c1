"""A library whose every change can be counted: images that batches change, and pictures on their way in."""

import hashlib
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.batches.models import MOVING, Batch, BatchItem, BatchState, ItemState
from imaging.images.filter import ImageFilter
from imaging.images.models import Image, Visibility, original_key
from imaging.images.trash import Trash
from imaging.journal import jobs
from imaging.journal.models import Event, EventKind, Job
from imaging.uploads.models import Upload, UploadKind, UploadState
from tests import pictures
from tests.batches.office import Office, open_office
from tests.postgres import apart
from tests.rows import PUBLIC, image_row

IMAGES, GONE, TAGGED = 1_000, 30, 50
TAG = "Pond"

# Of the uploads: bytes that are an image already, bytes that are not as they were announced, and new pictures. Each
# is two jobs, because what was staged is to be removed at its end.
KNOWN, BROKEN, NEW = range(300), range(300, 800), range(800, 1_000)

T = TypeVar("T")

# How often an image was changed, by what became of it in a batch.
_CHANGES = {ItemState.DONE: 1, ItemState.UNDONE: 2, ItemState.KEPT: 1}


class Holdings:
    """Images, most of them public, and uploads that wait to be taken in; two batches change the images."""

    def __init__(self, folder: Path, url: str) -> None:
        self.objects = folder / "objects"
        self.url = url
        self._ids: list[uuid.UUID] = []
        self._random = random.Random(7)
        self._picture = pictures.jpeg(16, 12)

    def fill(self) -> None:
        """Add the images, start both batches, and queue the uploads; the first batch is about some that are gone."""

        async def fill(owner: Viewer, office: Office) -> None:
            await add(owner, office)
            async with database.transaction():
                uploads = [self._staged(owner, number) for number in (*KNOWN, *BROKEN, *NEW)]
                self._random.shuffle(uploads)
                await Upload.bulk_create(uploads, batch_size=100)
                promised = [Job(kind=jobs.INGEST_UPLOAD, subject=upload.id.hex) for upload in uploads]
                await Job.bulk_create(promised, batch_size=100)

        async def add(owner: Viewer, office: Office) -> None:
            rows = [self._image(owner, number) for number in range(IMAGES)]
            for row in rows[:TAGGED]:
                row.tags = [TAG]
            await Image.bulk_create(rows, batch_size=100)
            self._ids = [row.id for row in rows]
            await Trash(LocalWakeups()).delete(owner, self._ids[-GONE:])
            await office.start(owner, "TAG", *self._ids, tags=[TAG])
            await office.start(owner, "SET_VISIBILITY", where=ImageFilter(), visibility="PUBLIC")

        self._do(fill)

    def lose_some(self) -> None:
        """Delete images that the batches may have changed, or not yet."""

        async def lose(owner: Viewer, _office: Office) -> None:
            await Trash(LocalWakeups()).delete(owner, self._ids[-2 * GONE : -GONE])

        self._do(lose)

    def move_on(self) -> bool:
        """Undo what was made public as soon as all is; True when no batch moves any more, and no job is left."""

        async def move_on(owner: Viewer, office: Office) -> bool:
            published = await Batch.get(operation="SET_VISIBILITY")
            if published.state is BatchState.COMPLETED:
                await office.control.undo(owner, published.id)
            moving = await Batch.filter(state__in=MOVING).exists()
            return not moving and not await Job.exclude(kind__startswith=jobs.UPKEEP).exists()

        return self._do(move_on)

    def check_uploads(self) -> None:
        """Assert that each upload came to its one end, that of new bytes as one image, and that nothing is staged."""

        async def check(_owner: Viewer, _office: Office) -> None:
            uploads = await Upload.all()
            ends = Counter((upload.state, upload.existed, upload.failure_code) for upload in uploads)
            completed, failed = UploadState.COMPLETED, UploadState.FAILED
            assert ends == {
                (completed, True, ""): len(KNOWN),
                (failed, False, "CHECKSUM_MISMATCH"): len(BROKEN),
                (completed, False, ""): len(NEW),
            }
            known = {upload.image_id for upload in uploads if upload.existed}
            assert known == {self._ids[number] for number in KNOWN}
            await self._check_new({upload.image_id for upload in uploads if upload.state is completed} - known)

        self._do(check)
        assert [path for path in (self.objects / "s").rglob("*") if path.is_file()] == []

    async def _check_new(self, ids: set[uuid.UUID]) -> None:
        images = await Image.filter(id__not_in=self._ids)
        assert {image.id for image in images} == ids
        assert {image.sha256 for image in images} == {_sha256(self._content(number)) for number in NEW}
        assert all(_sha256((self.objects / image.original_key).read_bytes()) == image.sha256 for image in images)
        created = await Event.filter(kind=EventKind.CREATED)
        assert Counter(event.image_id for event in created) == dict.fromkeys(ids, 1)

    def check_batches(self) -> None:
        """Assert that each batch changed the images that it counts as changed, each once, and deleted ones are gone."""

        async def check(_owner: Viewer, _office: Office) -> None:
            tagging, publishing = await Batch.get(operation="TAG"), await Batch.get(operation="SET_VISIBILITY")
            assert (tagging.state, publishing.state) == (BatchState.COMPLETED, BatchState.UNDONE)
            assert (tagging.total, tagging.skipped) == (IMAGES, TAGGED)
            assert GONE <= tagging.failed <= 2 * GONE
            tagged, published = await _counted(tagging), await _counted(publishing)
            events = await Event.filter(kind=EventKind.UPDATED)
            told = Counter(event.image_id for event in events)
            assert set(told) <= set(self._ids)
            done = Counter({id: _changed(tagged, id) + _changed(published, id) for id in self._ids})
            assert {id: (told[id], done[id]) for id in self._ids if told[id] != done[id]} == {}
            images = await Image.filter(id__in=self._ids).order_by("id")
            assert len(images) == IMAGES - 2 * GONE
            assert all(image.tags == [TAG] and (self.objects / image.original_key).exists() for image in images)
            assert [image.version for image in images] == [1 + _changed(published, image.id) for image in images]
            public = [image for image in images if image.visibility is Visibility.PUBLIC]
            kept = self._ids[: -2 * GONE]
            assert {image.id for image in public} == {id for number, id in enumerate(kept) if number % 5}

        self._do(check)
        gone = [self.objects / original_key(id, 1) for id in self._ids[-2 * GONE :]]
        assert [path for path in gone if path.exists()] == []

    def what_is_left(self) -> list[str]:
        """Say of some jobs that are left how they go; for people who read why a test failed."""

        async def look(_owner: Viewer, _office: Office) -> list[str]:
            return [f"{job.kind} {job.subject} {job.attempts} {job.last_error}" for job in await Job.all().limit(10)]

        return self._do(look)

    def _image(self, owner: Viewer, number: int) -> Image:
        content = self._content(number if number in KNOWN else -number)
        visibility = PUBLIC if number % 5 else {}
        image = image_row(owner, sha256=_sha256(content), size_bytes=len(content), **visibility)
        self._store(image.original_key, content)
        return image

    def _staged(self, owner: Viewer, number: int) -> Upload:
        id, content = uuid.uuid4(), self._content(number)
        key = f"s/{id.hex}/{number}"
        self._store(key, content)
        sha256 = _sha256(b"other bytes" if number in BROKEN else content)
        told = {"filename": "duck.jpg", "size_bytes": len(content), "sha256": sha256}
        life = {"kind": UploadKind.SINGLE, "state": UploadState.QUEUED}
        return Upload(id=id, owner_id=owner.user_id, staging_key=key, **told, **life)

    def _content(self, number: int) -> bytes:
        return self._picture + number.to_bytes(4, "big", signed=True)

    def _store(self, key: str, content: bytes) -> None:
        (self.objects / key).parent.mkdir(parents=True)
        (self.objects / key).write_bytes(content)

    def _do(self, deed: Callable[[Viewer, Office], Awaitable[T]]) -> T:
        async def do() -> T:
            await database.connect(self.url)
            try:
                user, _ = await User.get_or_create(issuer="tests", subject="owner")
                return await deed(Viewer(user.id, Role.EDITOR), open_office(LocalWakeups()))
            finally:
                await database.close()

        return apart(do())


async def _counted(batch: Batch) -> dict[uuid.UUID, ItemState]:
    """Return what became of each image of a batch, whose counters say the same."""
    items = await BatchItem.filter(batch_id=batch.id)
    states = Counter(item.state for item in items)
    counted = {state: getattr(batch, state.name.lower()) for state in ItemState if state is not ItemState.PENDING}
    assert states == {state: count for state, count in counted.items() if count}
    assert batch.total == len(items) == len({item.image_id for item in items})
    refused = {item.code for item in items if item.state in (ItemState.FAILED, ItemState.KEPT)}
    assert refused <= {"NOT_FOUND"}
    return {item.image_id: item.state for item in items}


def _changed(states: dict[uuid.UUID, ItemState], id: uuid.UUID) -> int:
    return _CHANGES.get(states.get(id, ItemState.SKIPPED), 0)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

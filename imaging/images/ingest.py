"""Taking pictures in: each file becomes an image whole, or leaves nothing behind."""

import asyncio
import enum
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tortoise.exceptions import IntegrityError

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.cancellation import to_the_end
from imaging.errors import (
    DatabaseUnavailable,
    FileRejected,
    ImagingError,
    InvalidInput,
    OutcomeUnknown,
    Overloaded,
    StorageUnavailable,
)
from imaging.images.edit import note, write_tags
from imaging.images.fields import filename_key
from imaging.images.forget import forget_originals
from imaging.images.models import Image, ImageDetail
from imaging.images.picture import facts_of, raw_of
from imaging.images.received import ReceivedFile, keep_original
from imaging.images.said import Said, cleaned
from imaging.journal import events, outbox
from imaging.journal.models import EventKind
from imaging.ports import ObjectStore, Wakeups
from imaging.render.facts import Inspection

MAX_FILES = 20
AT_ONCE = 8


Deed = Callable[[Image], Awaitable[object]]


class Inspector(Protocol):
    """Reads a picture once, somewhere where it can do no harm."""

    async def inspect(self, path: Path) -> Inspection:
        """Tell all about the picture in the file.

        Raises:
            FileRejected: it is none that we take in.
            Overloaded: too many are waiting.
        """


@dataclass(frozen=True, slots=True)
class NewImage:
    """A received file, and what its owner says about it.

    `also` is awaited in the transaction that makes the image: what it writes is written with the image, or not at
    all; when it raises, there is no image.
    """

    file: ReceivedFile
    said: Said = field(default_factory=Said)
    also: Deed | None = None


class Outcome(enum.Enum):
    """What became of an uploaded file."""

    CREATED = "CREATED"
    EXISTS = "EXISTS"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of one file; `image` is None, and `errors` say why, when it was rejected."""

    filename: str
    outcome: Outcome
    image: Image | None = None
    errors: tuple[ImagingError, ...] = ()


class Ingest:
    """Makes images of received files; `slots` are taken while files are looked at, whoever else does so shares them."""

    def __init__(
        self,
        store: ObjectStore,
        decoder: Inspector,
        wakeups: Wakeups,
        *,
        max_files: int = MAX_FILES,
    ) -> None:
        self._store = store
        self._decoder = decoder
        self._wakeups = wakeups
        self._max_files = max_files
        # Across all requests: a received file waits on disk for its turn, rather than be refused.
        self.slots = asyncio.Semaphore(AT_ONCE)

    async def upload(self, viewer: Viewer, files: Sequence[NewImage]) -> list[IngestResult]:
        """Take files in and tell what became of each, in their order; the received files are gone afterwards.

        A file that was uploaded before by the same owner is the image it was then. A cancelled upload
        leaves nothing but the images that were complete.

        Raises:
            Unauthenticated, Forbidden: the viewer may not upload.
            InvalidInput: there are too many files.
        """
        try:
            owner_id = viewer.must_edit()
            if len(files) > self._max_files:
                raise InvalidInput(f"{len(files)} files were sent; {self._max_files} are allowed.", field=["files"])
            return await self._upload(owner_id, files)
        finally:
            await to_the_end(_discard(files))

    async def take_in(self, owner_id: uuid.UUID, new: NewImage) -> IngestResult:
        """Take one file in, when its turn has come; the caller discards it.

        Raises:
            NotFound: its bytes were staged in the store, and are gone.
            DatabaseUnavailable: it may be an image by now, or not; to be tried again.
        """
        async with self.slots:
            return await self._take_in(owner_id, new)

    async def _upload(self, owner_id: uuid.UUID, files: Sequence[NewImage]) -> list[IngestResult]:
        results: dict[int, IngestResult] = {}

        async def take_in(index: int) -> None:
            try:
                results[index] = await self.take_in(owner_id, files[index])
            except DatabaseUnavailable as error:
                results[index] = _rejected(files[index], error)

        # The same bytes twice in one request: the first makes the image, the second finds it.
        firsts = list({new.file.sha256: index for index, new in reversed(list(enumerate(files)))}.values())
        for indexes in (firsts, [index for index in range(len(files)) if index not in firsts]):
            async with asyncio.TaskGroup() as tasks:
                for index in sorted(indexes):
                    tasks.create_task(take_in(index))
        return [results[index] for index in range(len(files))]

    async def _take_in(self, owner_id: uuid.UUID, new: NewImage) -> IngestResult:
        file = new.file
        if file.rejected is not None:
            return _rejected(new, file.rejected)
        said, errors = cleaned(new.said)
        if errors:
            return _rejected(new, *errors)
        if existing := await _same(owner_id, file.sha256):
            return IngestResult(file.filename, Outcome.EXISTS, existing)
        try:
            found = await self._decoder.inspect(file.path)
        except (FileRejected, Overloaded) as error:
            return _rejected(new, error)
        image = _image(owner_id, file, found, said)
        # From here on it is quick, and half of it would be a stray object: a hang-up no longer stops it.
        try:
            return await to_the_end(self._keep(image, new, found))
        except StorageUnavailable as error:
            return _rejected(new, error)

    async def _keep(self, image: Image, new: NewImage, found: Inspection) -> IngestResult:
        try:
            await keep_original(self._store, new.file, image.original_key, image.format)
            await _write(image, found, new.also)
        except IntegrityError:
            await forget_originals(self._store, image.id)
            winner = await _same(image.owner_id, image.sha256)
            if winner is None:
                raise
            return IngestResult(new.file.filename, Outcome.EXISTS, winner)
        except OutcomeUnknown:
            # A row that may be there needs its original; should there be none, upkeep removes it.
            raise
        except BaseException:
            await forget_originals(self._store, image.id)
            raise
        self._wakeups.announce(events.TOPIC)
        self._wakeups.announce(outbox.TOPIC)
        return IngestResult(new.file.filename, Outcome.CREATED, image)


async def _discard(files: Sequence[NewImage]) -> None:
    for new in files:
        await new.file.discard()


async def _same(owner_id: uuid.UUID, sha256: str) -> Image | None:
    return await Image.get_or_none(owner_id=owner_id, sha256=sha256)


async def _write(image: Image, found: Inspection, also: Deed | None) -> None:
    async with database.transaction():
        await image.save(force_create=True)
        await write_tags(image)
        await ImageDetail.create(image_id=image.id, **raw_of(found))
        await note(EventKind.CREATED, image, public_before=False, public_after=image.is_public)
        if also is not None:
            await also(image)


def _image(owner_id: uuid.UUID, file: ReceivedFile, found: Inspection, said: dict[str, Any]) -> Image:
    facts = facts_of(found, size_bytes=file.size_bytes, sha256=file.sha256)
    names = {"filename": file.filename, "filename_key": filename_key(file.filename)}
    return Image(id=file.image_id, owner_id=owner_id, **names, **said, **facts)


def _rejected(new: NewImage, *errors: ImagingError) -> IngestResult:
    return IngestResult(new.file.filename, Outcome.REJECTED, None, errors)

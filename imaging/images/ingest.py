"""Taking pictures in: each file becomes an image whole, or leaves nothing behind."""

import asyncio
import dataclasses
import datetime
import enum
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tortoise.exceptions import IntegrityError

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.cancellation import to_the_end
from imaging.errors import FileRejected, ImagingError, InvalidInput, Overloaded, StorageUnavailable
from imaging.images.fields import clean_custom, clean_focal_point, clean_tags, clean_text, filename_key, tag_key
from imaging.images.forget import forget_originals
from imaging.images.models import Image, ImageDetail, ImageTag, Visibility
from imaging.images.spool import SpoolFile
from imaging.journal import events, outbox
from imaging.journal.models import EventKind
from imaging.ports import ObjectStore, Wakeups
from imaging.render.facts import CONTENT_TYPES, Inspection

MAX_FILES = 20
AT_ONCE = 8


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
    """A received file, and what its owner says about it."""

    file: SpoolFile
    title: str | None = None
    alt_text: str | None = None
    description: str | None = None
    tags: Sequence[str] = ()
    visibility: Visibility = Visibility.PRIVATE
    focal_point: tuple[float, float] | None = None
    custom: Mapping[str, Any] | None = None  # Any: JSON


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
    """Makes images of received files."""

    def __init__(
        self,
        store: ObjectStore,
        decoder: Inspector,
        wakeups: Wakeups,
        *,
        max_files: int = MAX_FILES,
        at_once: int = AT_ONCE,
    ) -> None:
        self._store = store
        self._decoder = decoder
        self._wakeups = wakeups
        self._max_files = max_files
        # Across all requests: a received file waits on disk for its turn, rather than be refused.
        self._slots = asyncio.Semaphore(at_once)

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

    async def _upload(self, owner_id: uuid.UUID, files: Sequence[NewImage]) -> list[IngestResult]:
        results: dict[int, IngestResult] = {}

        async def take_in(index: int) -> None:
            async with self._slots:
                results[index] = await self._take_in(owner_id, files[index])

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
        said, errors = _clean(new)
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
            return await to_the_end(self._keep(image, file, found))
        except StorageUnavailable as error:
            return _rejected(new, error)

    async def _keep(self, image: Image, file: SpoolFile, found: Inspection) -> IngestResult:
        try:
            content_type = CONTENT_TYPES[image.format]
            await self._store.put(image.original_key, file.path, content_type=content_type, sha256=file.sha256)
            await _write(image, found)
        except IntegrityError:
            await forget_originals(self._store, image.id)
            winner = await _same(image.owner_id, image.sha256)
            if winner is None:
                raise
            return IngestResult(file.filename, Outcome.EXISTS, winner)
        except BaseException:
            await forget_originals(self._store, image.id)
            raise
        self._wakeups.announce(events.TOPIC)
        self._wakeups.announce(outbox.TOPIC)
        return IngestResult(file.filename, Outcome.CREATED, image)


async def _discard(files: Sequence[NewImage]) -> None:
    for new in files:
        await new.file.discard()


async def _same(owner_id: uuid.UUID, sha256: str) -> Image | None:
    return await Image.get_or_none(owner_id=owner_id, sha256=sha256)


async def _write(image: Image, found: Inspection) -> None:
    async with database.transaction():
        await image.save(force_create=True)
        keys = {tag_key(tag) for tag in image.tags}
        await ImageTag.bulk_create([ImageTag(image_id=image.id, tag=key) for key in sorted(keys)])
        xmp = found.xmp.encode(errors="replace").decode()
        await ImageDetail.create(image_id=image.id, exif=found.exif, iptc=found.iptc, xmp=xmp)
        public = image.is_public
        await events.record(EventKind.CREATED, image.id, image.owner_id, public_before=False, public_after=public)
        await outbox.enqueue(image.id)


def _clean(new: NewImage) -> tuple[dict[str, Any], tuple[InvalidInput, ...]]:  # Any: what the columns hold
    """Return what the owner says, cleaned, and everything that is wrong with it."""
    said: dict[str, Any] = {"visibility": new.visibility}
    errors: list[InvalidInput] = []
    deeds: dict[str, Callable[[], Any]] = {
        "title": lambda: clean_text("title", new.title),
        "alt_text": lambda: clean_text("alt_text", new.alt_text),
        "description": lambda: clean_text("description", new.description),
        "tags": lambda: clean_tags(new.tags),
        "custom": lambda: clean_custom(new.custom),
        "focal_point": lambda: clean_focal_point(new.focal_point),
    }
    for name, deed in deeds.items():
        try:
            said[name] = deed()
        except InvalidInput as error:
            errors.append(error)
    return said, tuple(errors)


def _image(owner_id: uuid.UUID, file: SpoolFile, found: Inspection, said: dict[str, Any]) -> Image:
    source = found.source
    focal_x, focal_y = said.pop("focal_point") or (None, None)
    return Image(
        id=file.image_id,
        owner_id=owner_id,
        filename=file.filename,
        filename_key=filename_key(file.filename),
        **said,
        focal_x=focal_x,
        focal_y=focal_y,
        format=source.format,
        width=source.width,
        height=source.height,
        pixels=source.width * source.height,
        orientation=source.orientation,
        pages=source.pages,
        animated=source.animated,
        has_alpha=source.has_alpha,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        pixel_hash=found.pixel_hash,
        perceptual_hash=found.perceptual_hash,
        thumbhash=found.thumbhash,
        placeholder_uri=found.placeholder_uri,
        dominant_color=found.dominant_color,
        palette=list(found.palette),
        metadata=dataclasses.asdict(found.metadata),
        taken_at=_time(found.metadata.taken_at),
    )


def _time(text: str | None) -> datetime.datetime | None:
    try:
        time = None if text is None else datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=datetime.UTC) if time is not None and time.tzinfo is None else time


def _rejected(new: NewImage, *errors: ImagingError) -> IngestResult:
    return IngestResult(new.file.filename, Outcome.REJECTED, None, errors)

"""What becomes of uploads that wait: an image, or a failure that says why; each told once, however often tried."""

import uuid
from typing import Any

from imaging import database
from imaging.errors import Conflict, FileRejected, ImagingError, NotFound, Overloaded
from imaging.images.ingest import Ingest, IngestResult, NewImage, Outcome
from imaging.images.models import Image
from imaging.images.received import ReceivedFile
from imaging.images.replace import Replacement
from imaging.ports import Wakeups
from imaging.uploads import life, words
from imaging.uploads.models import Upload, UploadState

_WAITING = (UploadState.QUEUED, UploadState.PROCESSING)


class Settling:
    """Moves waiting uploads on. Every step may be cut off, and all of it may run twice."""

    def __init__(self, ingest: Ingest, wakeups: Wakeups) -> None:
        self._ingest = ingest
        self._wakeups = wakeups

    async def waiting(self, upload_id: str) -> Upload | None:
        """Return the upload with this id (in hex) if it waits to become an image, and has not become one."""
        upload = await Upload.get_or_none(id=uuid.UUID(hex=upload_id))
        if upload is None or upload.state not in _WAITING or await self._is_done(upload):
            return None
        return upload

    async def begin(self, upload: Upload) -> bool:
        """Tell that the upload is looked at; False when it has ended meanwhile."""
        # Each run makes an image of another id: two at the same time must not remove each other's original.
        keeps_id = upload.state is UploadState.QUEUED or upload.replaces_id is not None
        id = upload.image_id if keeps_id else uuid.uuid4()
        async with database.transaction():
            begun = await life.step(upload, UploadState.PROCESSING, image_id=id)
        life.announce(self._wakeups)
        return begun

    async def take_in(self, upload: Upload, file: ReceivedFile, **values: Any) -> None:  # Any: what columns hold
        """Make an image of the file, or let the upload fail; `values` are columns that completing it changes.

        Raises:
            NotFound: its bytes were staged in the store, and are gone.
            Overloaded: the store or the decoder does not answer now; to be tried again.
        """
        result = await self._ingest.take_in(upload.owner_id, NewImage(file, words.read(upload.said)))
        if result.image is not None:
            await self._complete(upload, result.image, existed=result.outcome is Outcome.EXISTS, **values)
            return
        await self.fail(upload, _reason(result))

    async def replace(self, upload: Upload, file: ReceivedFile, replacement: Replacement) -> None:
        """Give the image that is to be replaced the bytes of the file, or let the upload fail.

        Raises:
            Overloaded: the store or the decoder does not answer now; to be tried again.
        """

        async def complete(image: Image) -> None:
            if not await life.end(upload, UploadState.COMPLETED, image_id=image.id):
                raise Conflict("The upload has ended meanwhile.")

        try:
            await replacement.replace_with(upload.image_id, file, complete)
        except (NotFound, Conflict, FileRejected) as error:
            await self.fail(upload, error)
        life.announce(self._wakeups)

    async def fail(self, upload: Upload, error: ImagingError) -> None:
        """Let the upload fail, for a reason that people are told."""
        async with database.transaction():
            await life.fail(upload, error)
        life.announce(self._wakeups)

    async def _is_done(self, upload: Upload) -> bool:
        """Complete an upload whose image was made by somebody who was cut off before saying so."""
        # Who replaces the bytes of an image says so in the same transaction.
        image = await Image.get_or_none(id=upload.image_id) if upload.replaces_id is None else None
        if image is None:
            return False
        await self._complete(upload, image, existed=False)
        return True

    async def _complete(self, upload: Upload, image: Image, **values: Any) -> None:  # Any: what columns hold
        async with database.transaction():
            await life.end(upload, UploadState.COMPLETED, image_id=image.id, **values)
        life.announce(self._wakeups)


def _reason(result: IngestResult) -> ImagingError:
    """Return why there is no image.

    Raises:
        Overloaded: for no reason that lies in the file.
    """
    for error in result.errors:
        if isinstance(error, Overloaded):
            raise error
    return result.errors[0]

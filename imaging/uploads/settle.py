"""What becomes of uploads that wait: an image, or a failure that says why; each told once, however often tried."""

import contextlib
import uuid
from typing import Any

from imaging import database
from imaging.errors import Conflict, FileRejected, ImagingError, NotFound, Overloaded
from imaging.images.ingest import Deed, Ingest, IngestResult, NewImage, Outcome
from imaging.images.models import Image
from imaging.images.received import ReceivedFile
from imaging.images.replace import Replacement
from imaging.ports import Wakeups
from imaging.uploads import life, words
from imaging.uploads.models import Upload, UploadState


class _Ended(Exception):
    """Somebody else has ended the upload."""


class Settling:
    """Moves waiting uploads on. Every step may be cut off, and all of it may run twice.

    An upload is completed in the transaction that makes its image: there is never one without the other.
    """

    def __init__(self, ingest: Ingest, wakeups: Wakeups) -> None:
        self._ingest = ingest
        self._wakeups = wakeups

    async def waiting(self, upload_id: str) -> Upload | None:
        """Return the upload with this id (in hex) if it waits to become an image."""
        return await Upload.get_or_none(id=uuid.UUID(hex=upload_id), state__in=life.WAITING)

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
        new = NewImage(file, words.read(upload.said), _completing(upload, **values))
        with contextlib.suppress(_Ended):
            result = await self._ingest.take_in(upload.owner_id, new)
            if result.image is None:
                await self.fail(upload, _reason(result))
            elif result.outcome is Outcome.EXISTS:
                async with database.transaction():
                    await _completing(upload, existed=True, **values)(result.image)
        life.announce(self._wakeups)

    async def replace(self, upload: Upload, file: ReceivedFile, replacement: Replacement) -> None:
        """Give the image that is to be replaced the bytes of the file, or let the upload fail.

        Raises:
            Overloaded: the store or the decoder does not answer now; to be tried again.
        """
        try:
            with contextlib.suppress(_Ended):
                await replacement.replace_with(upload.image_id, file, _completing(upload))
        except (NotFound, Conflict, FileRejected) as error:
            await self.fail(upload, error)
        life.announce(self._wakeups)

    async def fail(self, upload: Upload, error: ImagingError) -> None:
        """Let the upload fail, for a reason that people are told."""
        async with database.transaction():
            await life.fail(upload, error)
        life.announce(self._wakeups)


def _completing(upload: Upload, **values: Any) -> Deed:  # Any: what columns hold
    """Return what completes the upload in the transaction that makes its image.

    Raises, when awaited:
        _Ended: the upload has ended meanwhile; no image is to be made of it.
    """

    async def complete(image: Image) -> None:
        if not await life.end(upload, UploadState.COMPLETED, image_id=image.id, **values):
            raise _Ended

    return complete


def _reason(result: IngestResult) -> ImagingError:
    """Return why there is no image.

    Raises:
        Overloaded: for no reason that lies in the file.
    """
    for error in result.errors:
        if isinstance(error, Overloaded):
            raise error
    return result.errors[0]

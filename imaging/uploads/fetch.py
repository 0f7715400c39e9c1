"""Fetching the pictures that imports promised: tried a few times, stopped when aborted, taken in once."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from imaging.errors import FetchFailed, FetchInterrupted, FileRejected, SourceUnreachable, UnsupportedFormat, UrlRefused
from imaging.images.fields import clean_filename
from imaging.images.ingest import Ingest
from imaging.images.spool import Spool, SpoolFile
from imaging.journal import jobs
from imaging.ports import Fetched, Fetcher, Wakeups
from imaging.render.facts import ImageFormat
from imaging.render.sniff import HEAD_BYTES, sniff
from imaging.uploads.imports import filename_in
from imaging.uploads.models import Upload, UploadState
from imaging.uploads.settle import Settling
from imaging.uploads.turns import Turns

PROGRESS_S = 1.0
PAUSES_S = (5.0, 20.0, 80.0, 320.0)
PER_HOST = 5


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file that was fetched, as a `ReceivedFile`."""

    image_id: uuid.UUID
    filename: str
    path: Path
    size_bytes: int
    sha256: str
    rejected: FileRejected | None = None
    staged_key: str | None = None

    async def discard(self) -> None:
        """Leave it to who fetched it."""


class Fetching:
    """Does the jobs of imports; `pauses_s` are how long one waits after each attempt that may yet succeed.

    `per_host` is how many places of the worker one host may take, fewer than there are.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        spool: Spool,
        ingest: Ingest,
        wakeups: Wakeups,
        *,
        pauses_s: Sequence[float] = PAUSES_S,
        per_host: int = PER_HOST,
    ) -> None:
        self._fetcher = fetcher
        self._spool = spool
        self._settling = Settling(ingest, wakeups)
        self._pauses_s = tuple(pauses_s)
        self._turns = Turns(per_host)

    async def fetch(self, upload_id: str) -> None:
        """Fetch the picture of an upload and take it in; nothing is done for one that has ended.

        Raises:
            TryLater: the other side could not give it now, or others are fetching from it.
            Overloaded: the store or the decoder does not answer now; to be tried again.
        """
        upload = await self._settling.waiting(upload_id)
        if upload is None:
            return
        with self._turns.taken(urlsplit(upload.source_url).hostname or ""):
            if await self._settling.begin(upload):
                await self._fetch(upload)

    async def _fetch(self, upload: Upload) -> None:
        spooled = self._spool.open(upload.filename)
        try:
            fetched = await self._receive(upload, spooled)
            if fetched is not None:
                await self._take_in(upload, spooled, fetched)
        except (SourceUnreachable, FetchInterrupted) as error:
            await self._later(upload, error)
        except (FileRejected, UrlRefused, FetchFailed) as error:
            await self._settling.fail(upload, error)
        finally:
            await spooled.discard()

    async def give_up(self, upload_id: str, _reason: str) -> None:
        """Let an import fail that could not be taken in however often it was tried."""
        upload = await self._settling.waiting(upload_id)
        if upload is not None:
            await self._settling.fail(upload, FetchFailed("It was tried many times without success; import it again."))

    async def _receive(self, upload: Upload, spooled: SpoolFile) -> Fetched | None:
        """Receive the file, telling how far it is; None when the import was ended meanwhile."""
        arriving = _Arriving(spooled)
        fetching = asyncio.create_task(self._fetcher.fetch(upload.source_url, arriving))
        try:
            while not fetching.done():
                await asyncio.wait({fetching}, timeout=PROGRESS_S)
                if not await _is_wanted(upload, arriving):
                    return None
            fetched = fetching.result()
            await spooled.finish()
            return fetched
        finally:
            fetching.cancel()
            await asyncio.wait({fetching})
            # Looked at, or asyncio would complain of a failure that matters no longer.
            _ = fetching.cancelled() or fetching.exception()

    async def _take_in(self, upload: Upload, spooled: SpoolFile, fetched: Fetched) -> None:
        name = _filename(upload, fetched)
        file = ImportedFile(upload.image_id, name, spooled.path, spooled.size_bytes, spooled.sha256)
        known = {"filename": name, "size_bytes": file.size_bytes, "sha256": file.sha256}
        await self._settling.take_in(upload, file, **known)

    async def _later(self, upload: Upload, error: SourceUnreachable | FetchInterrupted) -> None:
        """Leave it for later, or let it fail after a few attempts."""
        attempt = max(1, await jobs.attempts_of(jobs.IMPORT_URL, upload.id.hex))
        if attempt > len(self._pauses_s):
            await self._settling.fail(upload, error)
            return
        told_s = error.retry_after_s if isinstance(error, FetchInterrupted) else 0
        raise jobs.TryLater(error.message, after_s=max(told_s, self._pauses_s[attempt - 1])) from None


class _Arriving:
    """Writes what is fetched into the spool, and has done with it as soon as it cannot be a picture."""

    def __init__(self, spooled: SpoolFile) -> None:
        self.expected_bytes: int | None = None
        self.received_bytes = 0
        self._spooled = spooled
        self._head = b""

    def expect(self, size_bytes: int | None) -> None:
        self.expected_bytes = size_bytes

    async def write(self, chunk: bytes) -> None:
        self.received_bytes += len(chunk)
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES and sniff(self._head) is None:
                known = ", ".join(format.value for format in ImageFormat)
                raise UnsupportedFormat(f"This file is none of the formats we read: {known}")
        await self._spooled.write(chunk)
        if self._spooled.rejected is not None:
            raise self._spooled.rejected


async def _is_wanted(upload: Upload, arriving: _Arriving) -> bool:
    """Write down how far it is; False when the upload was ended meanwhile, by whomever."""
    mine = Upload.filter(id=upload.id, state=UploadState.PROCESSING)
    return bool(await mine.update(received_bytes=arriving.received_bytes, size_bytes=arriving.expected_bytes))


def _filename(upload: Upload, fetched: Fetched) -> str:
    """Return the name that was told when the import was asked for, else the one that the server told."""
    was_told = upload.filename != filename_in(upload.source_url)
    return upload.filename if was_told or not fetched.filename else clean_filename(fetched.filename)

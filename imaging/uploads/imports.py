"""Importing pictures from URLs: what is asked for is looked at here and fetched in the background."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.errors import Conflict, Forbidden, ImagingError, InvalidInput, UrlRefused
from imaging.images.fields import clean_filename
from imaging.images.said import Said, cleaned
from imaging.journal import events, jobs
from imaging.ports import Fetcher, Wakeups
from imaging.uploads import life, words
from imaging.uploads.models import Upload, UploadKind, UploadState
from imaging.uploads.prepare import MOST_OPEN

MAX_URLS = 100


@dataclass(frozen=True, slots=True)
class ImageImport:
    """A picture somewhere else: where, what it is to be called (or as it is there), what its owner says about it."""

    url: str
    filename: str | None = None
    said: Said = field(default_factory=Said)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The upload that was begun, or why it was not."""

    upload: Upload | None
    errors: tuple[ImagingError, ...] = ()


class Imports:
    """Begins imports; `enabled` is False where nothing is fetched from URLs.

    Nobody has more than `most_open` uploads that have not ended.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        wakeups: Wakeups,
        *,
        enabled: bool = True,
        max_urls: int = MAX_URLS,
        most_open: int = MOST_OPEN,
    ) -> None:
        self._fetcher = fetcher
        self._wakeups = wakeups
        self._enabled = enabled
        self._max_urls = max_urls
        self._most_open = most_open

    async def import_images(self, viewer: Viewer, entries: Sequence[ImageImport]) -> list[ImportResult]:
        """Promise to fetch pictures, and tell of each, in their order, how to follow it.

        Raises:
            Unauthenticated, Forbidden: the viewer may not upload, or nobody may import.
            InvalidInput: there are too many.
        """
        owner_id = viewer.must_edit()
        if not self._enabled:
            raise Forbidden("Importing from URLs is switched off on this server.")
        if len(entries) > self._max_urls:
            raise InvalidInput(f"{len(entries)} URLs were given; {self._max_urls} are allowed.", field=["images"])
        looked_at = [self._looked_at(owner_id, entry) for entry in entries]
        async with database.transaction():
            results = self._fitting(looked_at, await life.room_of(owner_id, self._most_open))
            for result in results:
                if result.upload is not None:
                    await _promise(result.upload)
        life.announce(self._wakeups)
        return results

    def _fitting(self, results: Sequence[ImportResult], room: int) -> list[ImportResult]:
        """Refuse what is more than there is room for."""
        fitting = [result for result in results if result.upload is not None][: max(0, room)]
        full = Conflict(f"You have {self._most_open} uploads that have not ended, and no more are allowed.")
        return [result if result in fitting or result.errors else ImportResult(None, (full,)) for result in results]

    def _looked_at(self, owner_id: uuid.UUID, entry: ImageImport) -> ImportResult:
        url = entry.url.strip()
        said, errors = cleaned(entry.said)
        wrong: list[ImagingError] = list(errors)
        try:
            self._fetcher.check(url)
        except UrlRefused as error:
            error.field = ["url"]
            wrong.append(error)
        if wrong:
            return ImportResult(None, tuple(wrong))
        upload = Upload(
            owner_id=owner_id,
            kind=UploadKind.IMPORT,
            state=UploadState.QUEUED,
            filename=clean_filename(entry.filename) if entry.filename else filename_in(url),
            said=words.written(said),
            source_url=url,
        )
        return ImportResult(upload)


def filename_in(url: str) -> str:
    """Return what a file is called by its URL alone, cleaned."""
    return clean_filename(unquote(urlsplit(url).path))


async def _promise(upload: Upload) -> None:
    await upload.save(force_create=True)
    await jobs.promise(jobs.IMPORT_URL, upload.id.hex)
    await events.record_upload(upload.id, upload.image_id, upload.owner_id)

"""What imports promised is fetched in the background: tried a few times, taken in once, left when aborted."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from imaging.accounts.viewer import Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.no_fetcher import NoFetcher
from imaging.errors import (
    FetchFailed,
    FetchInterrupted,
    Overloaded,
    SourceUnreachable,
    StorageUnavailable,
    TooManyBytes,
    UrlRefused,
)
from imaging.images.ingest import Ingest
from imaging.images.models import Image
from imaging.journal import jobs
from imaging.ports import FetchSink
from imaging.uploads.ending import Ending
from imaging.uploads.fetch import Fetching
from imaging.uploads.models import Upload, UploadState
from tests import pictures
from tests.images.inspector import PillowInspector
from tests.uploads.harbour import Harbour
from tests.uploads.source import Slow

PATIENCE_S = 30


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not await holds():
        assert time.monotonic() < ends
        await asyncio.sleep(0.02)


async def ending() -> tuple[UploadState, str, str]:
    """How the only upload ended, and why."""
    upload = await Upload.get()
    return upload.state, upload.failure_code, upload.failure_message


@pytest.mark.parametrize(
    ("error", "told_s"),
    [
        (SourceUnreachable(), 0),
        (FetchInterrupted("The server answered 503."), 0),
        (FetchInterrupted("The server answered 429.", retry_after_s=600), 600),
    ],
)
async def test_what_may_pass_is_tried_again_a_few_times(
    harbour: Harbour, owner: Viewer, error: UrlRefused | FetchInterrupted, told_s: int
) -> None:
    harbour.source.answers = [error]
    await harbour.asked(owner)
    for pause_s in (10, 20):
        with pytest.raises(jobs.TryLater) as later:
            await harbour.tried()
        assert later.value.after_s == max(pause_s, told_s)
        assert (await Upload.get()).state is UploadState.PROCESSING
    await harbour.tried()

    assert await ending() == (UploadState.FAILED, error.code, error.message)
    assert len(harbour.source.asked) == 3
    assert harbour.left_over() == []


async def test_what_came_at_the_second_time_is_taken_in(harbour: Harbour, owner: Viewer) -> None:
    harbour.source.answers = [SourceUnreachable(), pictures.jpeg()]
    await harbour.asked(owner)
    with pytest.raises(jobs.TryLater):
        await harbour.tried()
    await harbour.tried()

    assert (await Upload.get()).state is UploadState.COMPLETED


@pytest.mark.parametrize(
    "error", [UrlRefused("It redirects to a file."), FetchFailed("The server answered 404."), TooManyBytes("Large.")]
)
async def test_what_will_not_pass_fails_at_once(harbour: Harbour, owner: Viewer, error: FetchFailed) -> None:
    harbour.source.answers = [error]
    await harbour.asked(owner)
    await harbour.tried()

    assert await ending() == (UploadState.FAILED, error.code, error.message)


async def test_a_page_instead_of_a_picture_is_left_after_its_first_bytes(harbour: Harbour, owner: Viewer) -> None:
    sent = 0

    async def page(sink: FetchSink) -> None:
        nonlocal sent
        while True:
            await sink.write(b"<!doctype html>" + bytes(1_009))
            sent += 1_024

    harbour.source.answers = [page]
    await harbour.asked(owner)
    await harbour.tried()

    assert (await Upload.get()).failure_code == "UNSUPPORTED_FORMAT"
    assert sent < 8_192
    assert harbour.left_over() == []


async def test_progress_is_told_while_the_bytes_come(harbour: Harbour, owner: Viewer) -> None:
    slow = Slow(pictures.jpeg())
    harbour.source.answers = [slow]
    await harbour.asked(owner)
    trying = asyncio.create_task(harbour.tried())
    await until(lambda: Upload.filter(received_bytes=100).exists())

    upload = await Upload.get()
    assert (upload.state, upload.size_bytes) == (UploadState.PROCESSING, len(slow.content))
    assert 0 < upload.progress < 1
    slow.go_on.set()
    await trying
    assert (await Upload.get()).progress == 1


async def test_an_import_that_is_aborted_while_it_is_fetched_stops(harbour: Harbour, owner: Viewer) -> None:
    slow = Slow(pictures.jpeg())
    harbour.source.answers = [slow]
    upload = await harbour.asked(owner)
    trying = asyncio.create_task(harbour.tried())
    await asyncio.wait_for(slow.began.wait(), PATIENCE_S)
    [result] = await Ending(harbour.wakeups).abort(owner, [upload.id])
    await asyncio.wait_for(trying, PATIENCE_S)

    assert result.error is None
    assert slow.stopped
    assert (await Upload.get()).state is UploadState.ABORTED
    assert await Image.all().count() == 0
    assert harbour.left_over() == []


async def test_an_import_that_was_aborted_before_is_not_fetched(harbour: Harbour, owner: Viewer) -> None:
    upload = await harbour.asked(owner)
    await Ending(harbour.wakeups).abort(owner, [upload.id])
    await harbour.tried()

    assert harbour.source.asked == []
    assert (await Upload.get()).state is UploadState.ABORTED


async def test_a_worker_that_is_stopped_in_the_middle_is_followed_by_another(harbour: Harbour, owner: Viewer) -> None:
    slow = Slow(pictures.jpeg())
    harbour.source.answers = [slow, pictures.jpeg()]
    await harbour.asked(owner)
    trying = asyncio.create_task(harbour.tried())
    await asyncio.wait_for(slow.began.wait(), PATIENCE_S)
    trying.cancel()
    await asyncio.wait({trying})
    assert (await Upload.get()).state is UploadState.PROCESSING
    assert harbour.left_over() == []
    await harbour.tried()

    upload, image = await Upload.get(), await Image.get()
    assert (upload.state, upload.image_id) == (UploadState.COMPLETED, image.id)


async def test_an_import_whose_image_was_made_is_complete_however_often_its_job_runs(
    harbour: Harbour, owner: Viewer
) -> None:
    await harbour.asked(owner)
    job = await harbour.tried()
    await harbour.fetching.fetch(job.subject)
    await harbour.fetching.give_up(job.subject, "killed")

    assert (await Upload.get()).state is UploadState.COMPLETED
    assert len(harbour.source.asked) == await Image.all().count() == 1


class Away(FolderStore):
    """A store that takes nothing."""

    async def put(self, *_arguments: object, **_options: object) -> None:
        raise StorageUnavailable


async def test_a_store_that_is_away_is_waited_for(harbour: Harbour, owner: Viewer) -> None:
    await harbour.asked(owner)
    here, harbour.store = harbour.store, Away(harbour.folder / "objects")
    with pytest.raises(Overloaded):
        await harbour.tried()
    assert (await Upload.get()).state is UploadState.PROCESSING
    harbour.store = here
    await harbour.tried()

    assert (await Upload.get()).state is UploadState.COMPLETED


async def test_what_is_given_up_fails_without_telling_what_broke(harbour: Harbour, owner: Viewer) -> None:
    upload = await harbour.asked(owner)
    for _ in range(2):
        await harbour.fetching.give_up(upload.id.hex, "OSError: /secret/path")

    upload = await Upload.get()
    assert (upload.state, upload.failure_code) == (UploadState.FAILED, "FETCH_FAILED")
    assert "secret" not in upload.failure_message


async def test_what_was_asked_for_before_imports_were_switched_off_fails(harbour: Harbour, owner: Viewer) -> None:
    upload = await harbour.asked(owner)
    off = Fetching(
        NoFetcher(), harbour.spool, Ingest(harbour.store, PillowInspector(), harbour.wakeups), harbour.wakeups
    )
    await off.fetch(upload.id.hex)

    upload = await Upload.get()
    assert (upload.state, upload.failure_code) == (UploadState.FAILED, "URL_REFUSED")
    assert "switched off" in upload.failure_message
    with pytest.raises(UrlRefused):
        NoFetcher().check("https://pictures.test/")

"""A slow host takes some of the places that imports have, never all."""

import asyncio
from contextlib import ExitStack

import pytest

from imaging.accounts.viewer import Viewer
from imaging.images.ingest import Ingest
from imaging.journal import jobs
from imaging.uploads.fetch import PER_HOST, Fetching
from imaging.uploads.imports import ImageImport
from imaging.uploads.models import Upload, UploadState
from imaging.uploads.turns import Turns
from imaging.worker.handlers import IMPORTS_AT_ONCE
from tests import pictures
from tests.images.inspector import PillowInspector
from tests.uploads.harbour import Harbour
from tests.uploads.source import Slow


@pytest.mark.parametrize(("age_s", "least_s", "most_s"), [(0, 0.75, 1.25), (20, 15, 25), (500, 45, 75)])
def test_who_finds_no_place_comes_back_the_later_the_slower_the_host_is(
    age_s: float, least_s: float, most_s: float
) -> None:
    now = 1_000.0
    turns = Turns(2, clock=lambda: now)
    with turns.taken("slow.test"), turns.taken("slow.test"):
        now += age_s
        with pytest.raises(jobs.TryLater) as later, turns.taken("slow.test"):
            pass
    assert least_s <= later.value.after_s <= most_s
    assert not later.value.counts


def test_places_are_each_hosts_own_and_free_again_afterwards() -> None:
    turns = Turns(1)
    for _ in range(3):
        with ExitStack() as stack:
            stack.enter_context(turns.taken("one.test"))
            stack.enter_context(turns.taken("other.test"))
            with pytest.raises(jobs.TryLater):
                stack.enter_context(turns.taken("one.test"))


async def test_while_a_host_is_slow_others_are_imported_from(harbour: Harbour, owner: Viewer) -> None:
    slow = Slow(pictures.jpeg())
    harbour.source.answers = [slow, pictures.jpeg(seed=1)]
    ingest = Ingest(harbour.store, PillowInspector(), harbour.wakeups)
    fetching = Fetching(harbour.source, harbour.spool, ingest, harbour.wakeups, per_host=1)
    held, late = [await harbour.asked(owner, ImageImport(f"https://slow.test/{name}.jpg")) for name in "ab"]
    other = await harbour.asked(owner, ImageImport("https://quick.test/c.jpg"))
    first = asyncio.create_task(fetching.fetch(held.id.hex))
    await slow.began.wait()
    with pytest.raises(jobs.TryLater):
        await fetching.fetch(late.id.hex)
    await fetching.fetch(other.id.hex)
    states = [(await Upload.get(id=upload.id)).state for upload in (held, late, other)]
    assert states == [UploadState.PROCESSING, UploadState.QUEUED, UploadState.COMPLETED]
    slow.go_on.set()
    await first


def test_one_host_has_fewer_places_than_there_are() -> None:
    assert PER_HOST < IMPORTS_AT_ONCE

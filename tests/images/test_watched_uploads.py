"""Uploads are told to their owners and to admins, live and again, and to nobody else."""

import uuid
from typing import Any

import pytest

from imaging import database
from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.filter import ImageFilter
from imaging.images.models import Visibility
from imaging.journal import events
from tests.images.watcher import happens
from tests.rows import PUBLIC


async def moves_on(owner: Viewer, wakeups: LocalWakeups, image_id: uuid.UUID | None = None) -> uuid.UUID:
    """Some upload gets into another state; returns which."""
    assert owner.user_id is not None
    upload_id = uuid.uuid4()
    async with database.transaction():
        await events.record_upload(upload_id, image_id or uuid.uuid4(), owner.user_id)
    wakeups.announce(events.TOPIC)
    return upload_id


async def test_an_upload_is_told_to_its_owner_and_to_admins_alone(
    watching: Any, owner: Viewer, stranger: Viewer, admin: Viewer, wakeups: LocalWakeups
) -> None:
    told = [await watching(viewer) for viewer in (owner, admin)]
    others = [await watching(viewer) for viewer in (stranger, ANONYMOUS)]
    becomes = uuid.uuid4()
    upload_id = await moves_on(owner, wakeups, becomes)
    for watcher in told:
        [event] = await watcher.hears("UPLOAD")
        assert (event.upload_id, event.image_id, event.image) == (upload_id, becomes, None)
    await happens(owner, wakeups, **PUBLIC)
    for watcher in others:
        [event] = await watcher.hears("CREATED")
        assert event.upload_id is None


async def test_an_upload_of_what_everybody_sees_by_now_is_still_its_owners_affair(
    watching: Any, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    image = await happens(owner, wakeups, **PUBLIC)
    mine, theirs = await watching(owner), await watching(stranger)
    upload_id = await moves_on(owner, wakeups, image.id)
    last = await happens(owner, wakeups, **PUBLIC)
    assert [event.upload_id for event in await mine.hears("UPLOAD", "CREATED")] == [upload_id, None]
    assert [event.image_id for event in await theirs.hears("CREATED")] == [last.id]


async def test_uploads_that_were_missed_are_told_again_in_their_place(
    watching: Any, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    first, elsewhere = await watching(owner), await watching(stranger)
    await happens(owner, wakeups, **PUBLIC)
    [seen], [seen_elsewhere] = await first.hears("CREATED"), await elsewhere.hears("CREATED")
    upload_id = await moves_on(owner, wakeups)
    image = await happens(owner, wakeups, **PUBLIC)
    again = await (await watching(owner, after=seen.cursor)).hears("UPLOAD", "CREATED")
    assert [again[0].upload_id, again[1].image_id] == [upload_id, image.id]
    await (await watching(owner, after=again[0].cursor)).hears("CREATED")
    await (await watching(stranger, after=seen_elsewhere.cursor)).hears("CREATED")


async def test_who_asks_for_some_images_hears_of_uploads_that_become_those(
    watching: Any, owner: Viewer, wakeups: LocalWakeups
) -> None:
    becomes = uuid.uuid4()
    watcher = await watching(owner, ids=[becomes])
    await moves_on(owner, wakeups)
    upload_id = await moves_on(owner, wakeups, becomes)
    assert [event.upload_id for event in await watcher.hears("UPLOAD")] == [upload_id]


@pytest.mark.parametrize("asked", ["own", "others", "tagged", "public"])
async def test_a_filter_that_only_an_image_can_meet_hides_uploads(
    watching: Any, owner: Viewer, stranger: Viewer, admin: Viewer, wakeups: LocalWakeups, asked: str
) -> None:
    filters = {
        "own": ImageFilter(owner_id=owner.user_id),
        "others": ImageFilter(owner_id=stranger.user_id),
        "tagged": ImageFilter(owner_id=owner.user_id, tags_any=("cat",)),
        "public": ImageFilter(visibility=Visibility.PUBLIC),
    }
    watcher = await watching(admin, filter=filters[asked])
    await moves_on(owner, wakeups)
    for viewer in (owner, stranger):
        await happens(viewer, wakeups, tags=["cat"], **PUBLIC)
    created = ["CREATED", "CREATED"] if asked == "public" else ["CREATED"]
    told = await watcher.hears(*(["UPLOAD", "CREATED"] if asked == "own" else created))
    assert told[-1].image is not None

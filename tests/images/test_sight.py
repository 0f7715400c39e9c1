"""What happens is told to those who may see it, as they may see it now."""

import asyncio
from typing import Any

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.edit import Editor, ImageChange
from imaging.images.filter import ImageFilter
from imaging.images.models import Visibility
from imaging.images.trash import Trash
from tests.images.watcher import happens
from tests.rows import PUBLIC


async def test_what_happens_is_told_with_the_image_as_it_is_now(
    watching: Any, owner: Viewer, wakeups: LocalWakeups
) -> None:
    watcher = await watching(owner)
    image = await happens(owner, wakeups)
    await watcher.hears("CREATED")
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"title": "New"})])
    await watcher.hears("CREATED", "UPDATED")
    await Trash(wakeups).trash(owner, [image.id])
    await watcher.hears("CREATED", "UPDATED", "TRASHED")
    await Trash(wakeups).restore(owner, [image.id])
    await watcher.hears("CREATED", "UPDATED", "TRASHED", "RESTORED")
    await Trash(wakeups).delete(owner, [image.id])
    told = await watcher.hears("CREATED", "UPDATED", "TRASHED", "RESTORED", "REMOVED")
    assert told[1].image is not None
    assert told[1].image.title == "New"
    assert (told[4].image, told[4].image_id) == (None, image.id)


async def test_only_what_one_may_see_is_told(
    watching: Any, owner: Viewer, stranger: Viewer, admin: Viewer, wakeups: LocalWakeups
) -> None:
    watchers = [await watching(viewer) for viewer in (owner, stranger, ANONYMOUS, admin)]
    hidden, shown = await happens(owner, wakeups), await happens(owner, wakeups, **PUBLIC)
    told = [
        [event.image_id for event in await watchers[index].hears(*["CREATED"] * count)]
        for index, count in enumerate((2, 1, 1, 2))
    ]
    assert told == [[hidden.id, shown.id], [shown.id], [shown.id], [hidden.id, shown.id]]


@pytest.mark.parametrize("deed", ["make private", "trash", "delete"])
async def test_an_image_that_leaves_ones_sight_gives_one_removed_with_its_id_alone(
    watching: Any, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups, deed: str
) -> None:
    image = await happens(owner, wakeups, **PUBLIC)
    watcher = await watching(stranger)
    editor, trash = Editor(wakeups), Trash(wakeups)
    if deed == "make private":
        await editor.update(owner, [ImageChange(image.id, {"visibility": Visibility.PRIVATE})])
    elif deed == "trash":
        await trash.trash(owner, [image.id])
    if deed != "delete":
        await editor.update(owner, [ImageChange(image.id, {"title": "secret"})])
    await trash.delete(owner, [image.id])
    [event] = await watcher.hears("REMOVED")
    assert (event.image, event.image_id) == (None, image.id)


async def test_an_image_that_comes_into_sight_is_told_whole(
    watching: Any, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    image = await happens(owner, wakeups)
    watcher = await watching(stranger)
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"visibility": Visibility.PUBLIC})])
    [event] = await watcher.hears("UPDATED")
    assert event.image is not None
    assert event.image.id == image.id


async def test_a_replay_is_authorised_by_present_rights(
    watching: Any, owner: Viewer, stranger: Viewer, wakeups: LocalWakeups
) -> None:
    first = await watching(stranger)
    begin = await happens(owner, wakeups, **PUBLIC)
    [seen] = await first.hears("CREATED")
    image = await happens(owner, wakeups, **PUBLIC)
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"visibility": Visibility.PRIVATE})])
    again = await watching(stranger, after=seen.cursor)
    told = await again.hears("REMOVED")
    assert [event.image_id for event in told] == [image.id]
    assert begin.id != image.id


async def test_a_filter_is_applied_to_the_image_as_it_is_now(
    watching: Any, owner: Viewer, wakeups: LocalWakeups
) -> None:
    cats = await watching(owner, filter=ImageFilter(tags_any=("cat",)))
    await happens(owner, wakeups)
    image = await happens(owner, wakeups, tags=["Cat"])
    await cats.hears("CREATED")
    editor = Editor(wakeups)
    for tags in (["dog"], ["dog", "x"], ["cat"]):
        await editor.update(owner, [ImageChange(image.id, {"tags": tags})])
        await asyncio.sleep(0.05)
    told = await cats.hears("CREATED", "REMOVED", "UPDATED")
    assert {event.image_id for event in told} == {image.id}


async def test_what_can_never_fit_a_filter_is_not_told_of(watching: Any, owner: Viewer, wakeups: LocalWakeups) -> None:
    films = await watching(owner, filter=ImageFilter(animated=True))
    image = await happens(owner, wakeups)
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"title": "x"})])
    await films.hears()
    assert films.told == []


async def test_only_the_images_asked_for_are_told_of(watching: Any, owner: Viewer, wakeups: LocalWakeups) -> None:
    one, other = await happens(owner, wakeups), await happens(owner, wakeups)
    watcher = await watching(owner, ids=[one.id])
    await Editor(wakeups).update(owner, [ImageChange(image.id, {"title": "x"}) for image in (other, one)])
    [event] = await watcher.hears("UPDATED")
    assert event.image_id == one.id

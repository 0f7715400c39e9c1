"""Changing images: what is given changes, nothing else, and only by those who may."""

import uuid
from typing import Any

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from imaging.images.edit import Editor, ImageChange
from imaging.images.models import Image, ImageTag, Visibility
from imaging.journal.models import Event, EventKind, Job, OutboxEntry
from tests.rows import PUBLIC, add_image


@pytest.fixture
def editor(wakeups: LocalWakeups) -> Editor:
    return Editor(wakeups)


async def change(editor: Editor, viewer: Viewer, image: Image, **values: Any) -> Image:
    [result] = await editor.update(viewer, [ImageChange(image.id, values)])
    assert result.error is None
    assert result.image is not None
    return await Image.get(id=image.id)


async def test_what_is_given_changes_and_the_rest_stays(editor: Editor, owner: Viewer) -> None:
    image = await add_image(owner, title="Old", description="Kept", tags=["a"])
    changed = await change(editor, owner, image, title="New", alt_text="A duck", custom={"n": 1})
    assert (changed.title, changed.alt_text, changed.custom) == ("New", "A duck", {"n": 1})
    assert (changed.description, changed.tags, changed.version) == ("Kept", ["a"], 1)
    assert changed.updated_at > image.updated_at


async def test_none_clears(editor: Editor, owner: Viewer) -> None:
    said = {"title": "T", "alt_text": "A", "description": "D", "tags": ["a"], "custom": {"n": 1}}
    image = await add_image(owner, **said, **PUBLIC, focal_x=0.1, focal_y=0.2)
    names = (*said, "visibility", "focal_point")
    changed = await change(editor, owner, image, **dict.fromkeys(names))
    assert (changed.title, changed.alt_text, changed.description) == (None, None, None)
    assert (changed.tags, changed.custom, changed.visibility) == ([], {}, Visibility.PRIVATE)
    assert (changed.focal_x, changed.focal_y) == (None, None)
    assert await ImageTag.filter(image_id=image.id).count() == 0


async def test_tags_are_replaced_and_found_by(editor: Editor, owner: Viewer) -> None:
    image = await add_image(owner, tags=["Old", "Both"])
    await change(editor, owner, image, tags=["Both", "New"])
    assert sorted(await ImageTag.filter(image_id=image.id).values_list("tag", flat=True)) == ["both", "new"]


@pytest.mark.parametrize(
    ("values", "version"),
    [
        ({"title": "x", "tags": ["y"]}, 1),
        ({"visibility": Visibility.PUBLIC}, 2),
        ({"focal_point": (0.5, 0.5)}, 2),
        ({"visibility": Visibility.PUBLIC, "focal_point": (0.5, 0.5)}, 2),
    ],
)
async def test_addresses_grow_a_version_when_what_they_show_or_to_whom_changes(
    editor: Editor, owner: Viewer, values: dict[str, Any], version: int
) -> None:
    assert (await change(editor, owner, await add_image(owner), **values)).version == version


async def test_a_change_that_changes_nothing_is_none(editor: Editor, owner: Viewer) -> None:
    image = await add_image(owner, title="Same", focal_x=0.5, focal_y=0.5)
    changed = await change(editor, owner, image, title="Same", focal_point=(0.5, 0.5), visibility=Visibility.PRIVATE)
    assert (changed.version, changed.updated_at) == (1, image.updated_at)
    assert await Event.all().count() == await OutboxEntry.all().count() == 0


async def test_a_change_leaves_an_event_that_tells_who_could_see_it(editor: Editor, owner: Viewer) -> None:
    image = await add_image(owner)
    await change(editor, owner, image, visibility=Visibility.PUBLIC)
    await change(editor, owner, image, title="x")
    await change(editor, owner, image, visibility=Visibility.PRIVATE)
    events = await Event.all().order_by("id")
    assert {event.kind for event in events} == {EventKind.UPDATED}
    assert [(event.public_before, event.public_after) for event in events] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert await OutboxEntry.filter(image_id=image.id).count() == 3


async def test_leaving_public_removes_the_stored_public_renditions(editor: Editor, owner: Viewer) -> None:
    image = await add_image(owner, **PUBLIC)
    await change(editor, owner, image, title="still public")
    assert await Job.all().count() == 0
    await change(editor, owner, image, visibility=Visibility.PRIVATE)
    promised = sorted(await Job.all().values_list("kind", "subject"))
    assert promised == [("purge-cdn", f"r/{image.id.hex}"), ("remove-objects", f"r/{image.id.hex}")]


async def test_one_bad_change_does_not_stop_its_neighbours(editor: Editor, owner: Viewer, stranger: Viewer) -> None:
    first, last = await add_image(owner), await add_image(owner)
    hidden, shown = await add_image(stranger), await add_image(stranger, **PUBLIC)
    changes = [
        ImageChange(first.id, {"title": "1"}),
        ImageChange(uuid.uuid4(), {"title": "2"}),
        ImageChange(hidden.id, {"title": "3"}),
        ImageChange(shown.id, {"title": "4"}),
        ImageChange(first.id, {"alt_text": "x" * 3000}),
        ImageChange(first.id, {"owner_id": stranger.user_id}),
        ImageChange(last.id, {"title": "5"}),
    ]
    results = await editor.update(owner, changes)
    assert [result.id for result in results] == [change.id for change in changes]
    kinds = [type(result.error) for result in results]
    assert kinds == [type(None), NotFound, NotFound, Forbidden, InvalidInput, InvalidInput, type(None)]
    titles = dict(await Image.all().values_list("id", "title"))
    assert titles == {first.id: "1", last.id: "5", hidden.id: None, shown.id: None}


async def test_admins_change_everything_and_onlookers_nothing(
    editor: Editor, owner: Viewer, onlooker: Viewer, admin: Viewer
) -> None:
    image = await add_image(owner, **PUBLIC)
    assert (await change(editor, admin, image, title="Moderated")).title == "Moderated"
    for viewer, refusal in ((onlooker, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            await editor.update(viewer, [ImageChange(image.id, {"title": "x"})])
    with pytest.raises(InvalidInput, match="100 may be changed"):
        await editor.update(owner, [ImageChange(image.id, {})] * 101)

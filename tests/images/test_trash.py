"""The trash: out of sight, back again, or gone for good."""

import uuid

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from imaging.images.models import Image, ImageDetail, ImageState, ImageTag
from imaging.images.trash import Trash
from imaging.journal import jobs
from imaging.journal.models import Event, Job, OutboxEntry
from tests.rows import PUBLIC, add_image


@pytest.fixture
def trash(wakeups: LocalWakeups) -> Trash:
    return Trash(wakeups)


async def told() -> list[tuple[str, bool, bool]]:
    events = await Event.all().order_by("id")
    return [(event.kind.name, event.public_before, event.public_after) for event in events]


async def test_trashing_and_restoring_gives_back_what_was(trash: Trash, owner: Viewer) -> None:
    image = await add_image(owner, **PUBLIC)
    [result] = await trash.trash(owner, [image.id])
    assert result.image is not None
    assert (result.image.state, result.image.is_public) == (ImageState.TRASHED, False)
    assert result.image.trashed_at is not None
    [result] = await trash.restore(owner, [image.id])
    assert result.image is not None
    assert (result.image.state, result.image.trashed_at, result.image.version) == (ImageState.READY, None, 1)
    assert await told() == [("TRASHED", True, False), ("RESTORED", False, True)]


async def test_what_was_in_quarantine_comes_back_into_quarantine(trash: Trash, owner: Viewer) -> None:
    image = await add_image(owner, **PUBLIC, state=ImageState.QUARANTINED)
    await trash.trash(owner, [image.id])
    await trash.restore(owner, [image.id])
    assert (await Image.get(id=image.id)).state is ImageState.QUARANTINED


async def test_doing_it_twice_is_doing_it_once(trash: Trash, owner: Viewer) -> None:
    image = await add_image(owner, **PUBLIC)
    for _ in range(2):
        results = await trash.trash(owner, [image.id, image.id])
        assert [result.image is not None and result.image.state for result in results] == [ImageState.TRASHED] * 2
    assert await told() == [("TRASHED", True, False)]
    for _ in range(2):
        await trash.restore(owner, [image.id])
    assert len(await told()) == 2


async def test_trashing_removes_the_stored_public_renditions_and_purges_the_cdn_of_all(
    trash: Trash, owner: Viewer
) -> None:
    public, private = await add_image(owner, **PUBLIC), await add_image(owner)
    await trash.trash(owner, [public.id, private.id])
    promised = await Job.all().values_list("kind", "subject")
    removed, purged = (jobs.REMOVE_OBJECTS, f"r/{public.id.hex}"), (jobs.PURGE_CDN, f"r/{public.id.hex}")
    assert sorted(promised) == sorted([removed, purged, (jobs.PURGE_CDN, f"p/{private.id.hex}")])


async def test_deleting_forgets_the_rows_at_once_and_promises_to_remove_the_bytes(trash: Trash, owner: Viewer) -> None:
    image, other = await add_image(owner, tags=["a"]), await add_image(owner)
    await ImageDetail.create(image_id=image.id)
    [result] = await trash.delete(owner, [image.id])
    assert (result.image, result.error) == (None, None)
    assert await Image.all().values_list("id", flat=True) == [other.id]
    assert await ImageTag.all().count() == await ImageDetail.all().count() == 0
    subjects = sorted(await Job.filter(kind=jobs.REMOVE_OBJECTS).values_list("subject", flat=True))
    assert subjects == [f"{space}/{image.id.hex}" for space in ("o", "p", "r")]
    assert await Job.filter(kind=jobs.PURGE_CDN).values_list("subject", flat=True) == [f"p/{image.id.hex}"]
    assert await told() == [("DELETED", False, False)]
    assert (await OutboxEntry.get()).image_id == image.id
    [again] = await trash.delete(owner, [image.id])
    assert isinstance(again.error, NotFound)


async def test_each_image_is_answered_for_itself(trash: Trash, owner: Viewer, stranger: Viewer) -> None:
    mine, hidden = await add_image(owner), await add_image(stranger)
    shown = await add_image(stranger, **PUBLIC)
    for deed in (trash.trash, trash.restore, trash.delete):
        results = await deed(owner, [hidden.id, shown.id, uuid.UUID(int=0), mine.id])
        assert [type(result.error) for result in results] == [NotFound, Forbidden, NotFound, type(None)]
    assert await Image.filter(state=ImageState.READY).count() == 2


async def test_only_editors_and_admins_have_a_trash(
    trash: Trash, owner: Viewer, onlooker: Viewer, admin: Viewer
) -> None:
    image = await add_image(owner)
    for viewer, refusal in ((onlooker, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            await trash.trash(viewer, [image.id])
    [result] = await trash.trash(admin, [image.id])
    assert result.error is None
    with pytest.raises(InvalidInput):
        await trash.trash(owner, [image.id] * 101)

"""What is asked for is looked at before anything is written, and confirmed where it cannot be taken lightly."""

import datetime
import uuid
from typing import Any

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.batches.confirm import TTL_S, Confirmation
from imaging.batches.models import Batch
from imaging.batches.rehearse import Rehearsal
from imaging.batches.selection import Selection, stored_selection
from imaging.errors import ConfirmationRequired, Conflict, Forbidden, InvalidInput, Unauthenticated
from imaging.images.filter import ImageFilter, Range
from imaging.images.models import ImageState, Visibility
from imaging.journal.models import Job
from imaging.render.facts import ImageFormat
from tests.batches.office import SECRET, Office, deeds_of, open_office, order
from tests.rows import add_image

EVERYTHING = ImageFilter()


async def test_nobody_has_too_many_batches_at_once(
    db: str, wakeups: LocalWakeups, owner: Viewer, stranger: Viewer
) -> None:
    office = open_office(wakeups, most=2)
    first = [await office.start(owner, "REINDEX", where=EVERYTHING) for _ in range(2)]
    with pytest.raises(Conflict):
        await office.start(owner, "REINDEX", where=EVERYTHING)
    assert await office.start(stranger, "REINDEX", where=EVERYTHING)
    await office.control.cancel(owner, first[0].id)
    assert await office.start(owner, "REINDEX", where=EVERYTHING)


async def test_who_may_change_nothing_starts_nothing(office: Office, onlooker: Viewer) -> None:
    for viewer, refusal in ((onlooker, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            await office.start(viewer, "REINDEX", where=EVERYTHING)
    assert await Job.all().count() == 0


@pytest.mark.parametrize("wish", [{"tags": []}, {"tags": ["a", ""]}, {"tags": ["t"] * 51}, {"tags": "a"}])
async def test_tags_that_cannot_be_given_are_refused_at_once(office: Office, owner: Viewer, wish: Any) -> None:
    with pytest.raises(InvalidInput):
        await office.start(owner, "TAG", where=EVERYTHING, **wish)
    assert await Batch.all().count() == 0


def test_a_selection_is_a_filter_or_ids_and_not_too_many() -> None:
    for given in ({}, {"where": EVERYTHING, "ids": ()}, {"ids": tuple(uuid.uuid4() for _ in range(1_001))}):
        with pytest.raises(InvalidInput):
            Selection(**given)
    same = uuid.uuid4()
    assert Selection(ids=(same, same)).ids == (same,)


def test_a_selection_is_read_as_it_was_stored() -> None:
    now = datetime.datetime.now(datetime.UTC)
    everything_given = ImageFilter(
        ids=(uuid.uuid4(),),
        tags_any=("a",),
        formats=(ImageFormat.JPEG, ImageFormat.SVG),
        states=(ImageState.TRASHED,),
        visibility=Visibility.PUBLIC,
        owner_id=uuid.uuid4(),
        animated=False,
        width=Range(min=3),
        created_at=Range(now, now),
    )
    for selection in (Selection(where=everything_given), Selection(where=EVERYTHING), Selection(ids=(uuid.uuid4(),))):
        assert stored_selection(selection.stored()) == selection


async def test_a_filter_of_no_ids_finds_nothing(office: Office, owner: Viewer) -> None:
    await add_image(owner)
    assert (await office.done(owner, "REINDEX", where=ImageFilter(ids=()))).total == 0


async def test_a_token_is_good_for_just_what_was_rehearsed(
    office: Office, wakeups: LocalWakeups, owner: Viewer, stranger: Viewer
) -> None:
    image = await add_image(owner)
    wish = order("DELETE", image.id)
    preview = await Rehearsal(deeds_of(wakeups), Confirmation(SECRET)).preview(owner, wish)
    others = [(stranger, wish), (owner, order("DELETE", uuid.uuid4())), (owner, order("DELETE", where=EVERYTHING))]
    for viewer, other in others:
        with pytest.raises(ConfirmationRequired):
            await office.starting.start(viewer, other, preview.confirm_token)
    for nonsense in (None, "", "nonsense", "ä"):
        with pytest.raises(ConfirmationRequired):
            await office.starting.start(owner, wish, nonsense)
    assert await office.starting.start(owner, wish, preview.confirm_token)


async def test_a_token_is_good_for_as_many_images_as_were_rehearsed(
    office: Office, wakeups: LocalWakeups, owner: Viewer
) -> None:
    await add_image(owner)
    wish = order("DELETE", where=EVERYTHING)
    preview = await Rehearsal(deeds_of(wakeups), Confirmation(SECRET)).preview(owner, wish)
    await add_image(owner)
    with pytest.raises(ConfirmationRequired, match="not 2 images"):
        await office.starting.start(owner, wish, preview.confirm_token)


def test_a_token_has_its_time(owner_like: Viewer) -> None:
    now = 1_000_000.0
    confirmation = Confirmation(SECRET, lambda: now)
    asked = (owner_like, "DELETE", {}, Selection(where=EVERYTHING), 3)
    token, until = confirmation.token(*asked)
    assert until.timestamp() == now + TTL_S
    now += TTL_S
    confirmation.check(token, *asked)
    now += 1
    with pytest.raises(ConfirmationRequired, match="over"):
        confirmation.check(token, *asked)


@pytest.fixture
def owner_like() -> Viewer:
    return Viewer(uuid.uuid4())


async def test_a_hundred_images_are_trashed_without_a_token_and_more_only_with_one(
    office: Office, wakeups: LocalWakeups, owner: Viewer
) -> None:
    ids = [uuid.uuid4() for _ in range(101)]
    assert await office.start(owner, "TRASH", *ids[:100])
    with pytest.raises(ConfirmationRequired):
        await office.start(owner, "TRASH", *ids)
    preview = await Rehearsal(deeds_of(wakeups), Confirmation(SECRET)).preview(owner, order("TRASH", *ids))
    assert (preview.total, preview.refused, preview.sample) == (101, 101, [])
    assert await office.starting.start(owner, order("TRASH", *ids), preview.confirm_token)


async def test_a_rehearsal_shows_ten_images_and_what_would_change(
    office: Office, wakeups: LocalWakeups, owner: Viewer, stranger: Viewer
) -> None:
    images = [await add_image(owner, tags=["Duck"]) for _ in range(11)]
    foreign = await add_image(stranger)
    rehearsal = Rehearsal(deeds_of(wakeups), Confirmation(SECRET))
    preview = await rehearsal.preview(owner, order("UNTAG", *[image.id for image in images], foreign.id, tags=["duck"]))
    assert (preview.total, preview.refused, preview.confirm_token) == (12, 1, None)
    assert [sample.image.id for sample in preview.sample] == [image.id for image in images[:10]]
    assert preview.sample[0].change.before == {"tags": ["Duck"]}
    assert preview.sample[0].change.after == {"tags": []}
    assert await Batch.all().count() == await Job.all().count() == 0

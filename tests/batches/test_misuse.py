"""Batches in the hands of those who lost their rights, come too late, come twice, or come in between."""

import datetime
import uuid
from typing import Any

import pytest

from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.batches import work
from imaging.batches.confirm import Confirmation
from imaging.batches.models import Batch, BatchState
from imaging.batches.rehearse import Rehearsal
from imaging.batches.run import BatchRun
from imaging.errors import ConfirmationRequired, Conflict
from imaging.images.edit import Editor, ImageChange
from imaging.images.filter import ImageFilter
from imaging.images.models import Image, ImageState, ImageTag
from imaging.images.trash import Trash
from imaging.journal import jobs
from imaging.journal.models import Job
from tests.batches.office import SECRET, Office, counts, deeds_of, open_office, order
from tests.rows import add_image

EVERYTHING = ImageFilter()


async def test_who_is_no_admin_any_more_tries_again_and_undoes_as_what_they_are(
    office: Office, admin: Viewer, stranger: Viewer
) -> None:
    theirs, late = await add_image(stranger), uuid.uuid4()
    batch = await office.done(admin, "TAG", theirs.id, late, tags=["a"])
    await add_image(stranger, id=late)
    demoted = Viewer(admin.user_id, Role.EDITOR)
    await office.control.retry(demoted, batch.id)
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 2, "done": 1, "failed": 1}
    await office.control.undo(demoted, batch.id)
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 2, "kept": 1, "failed": 1}
    assert (await Image.get(id=theirs.id)).tags == ["a"]


async def test_an_admin_who_tries_again_what_somebody_else_began_lends_them_no_rights(
    office: Office, owner: Viewer, admin: Viewer, stranger: Viewer
) -> None:
    batch = await office.done(owner, "TAG", (await add_image(stranger)).id, tags=["a"])
    await office.control.retry(admin, batch.id)
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 1, "failed": 1}


async def test_a_batch_that_failed_while_it_was_undone_goes_on_being_undone(office: Office, owner: Viewer) -> None:
    images = [await add_image(owner) for _ in range(60)]
    batch = await office.start(owner, "TAG", *[image.id for image in images], tags=["a"])
    for _ in range(2):
        await office.running._step(await Batch.get(id=batch.id))
    await office.control.cancel(owner, batch.id)
    await office.control.undo(owner, batch.id)
    await office.running.give_up(batch.id.hex, "")
    assert (await Batch.get(id=batch.id)).state is BatchState.FAILED
    assert (await office.control.retry(owner, batch.id)).state is BatchState.UNDOING
    await office.work()
    after = await Batch.get(id=batch.id)
    assert (after.state, after.failure, counts(after)) == (BatchState.UNDONE, None, {"total": 60, "undone": 50})
    assert await ImageTag.all().count() == 0


async def test_what_is_to_be_forgotten_is_not_tried_again(office: Office, owner: Viewer) -> None:
    batch = await office.done(owner, "TAG", uuid.uuid4(), tags=["a"])
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=30)
    await Batch.filter(id=batch.id).update(finished_at=past)
    with pytest.raises(Conflict, match="30 days"):
        await office.control.retry(owner, batch.id)


async def test_trying_again_and_undoing_count_among_the_batches_that_are_not_at_rest(
    db: str, wakeups: LocalWakeups, owner: Viewer, admin: Viewer
) -> None:
    office = open_office(wakeups, most=1)
    image = await add_image(owner)
    failed = await office.done(owner, "TAG", uuid.uuid4(), tags=["a"])
    done = await office.done(owner, "TAG", image.id, tags=["b"])
    moving = await office.start(owner, "REINDEX", image.id)
    for viewer in (owner, admin):
        with pytest.raises(Conflict, match="not at rest"):
            await office.control.retry(viewer, failed.id)
        with pytest.raises(Conflict, match="not at rest"):
            await office.control.undo(viewer, done.id)
    await office.control.cancel(owner, moving.id)
    assert (await office.control.undo(owner, done.id)).state is BatchState.UNDOING


async def test_a_token_is_for_images_that_were_there_when_it_was_given(
    office: Office, wakeups: LocalWakeups, owner: Viewer
) -> None:
    seen, _ = await add_image(owner), await add_image(owner)
    rehearsal = Rehearsal(deeds_of(wakeups), Confirmation(SECRET))
    token = (await rehearsal.preview(owner, order("DELETE", where=EVERYTHING))).confirm_token
    await add_image(owner)
    await Trash(wakeups).delete(owner, [seen.id])
    with pytest.raises(ConfirmationRequired, match="other images"):
        await office.starting.start(owner, order("DELETE", where=EVERYTHING), token)
    token = (await rehearsal.preview(owner, order("DELETE", where=EVERYTHING))).confirm_token
    assert await office.starting.start(owner, order("DELETE", where=EVERYTHING), token)


@pytest.mark.parametrize(("operation", "wish"), [("ANALYZE", {}), ("TAG", {"tags": []})])
async def test_what_this_version_cannot_do_is_cancelled_and_given_up_all_the_same(
    office: Office, owner: Viewer, operation: str, wish: Any
) -> None:
    batches = [await office.start(owner, "TAG", where=EVERYTHING, tags=["a"]) for _ in range(2)]
    await Batch.all().update(operation=operation, wish=wish)
    assert (await office.control.cancel(owner, batches[0].id)).state is BatchState.CANCELLED
    await office.running.give_up(batches[1].id.hex, "")
    assert (await Batch.get(id=batches[1].id)).state is BatchState.FAILED


async def test_who_looked_before_it_was_tried_again_does_not_end_a_batch(office: Office, owner: Viewer) -> None:
    batch = await office.done(owner, "TAG", uuid.uuid4(), tags=["a"])
    await office.control.retry(owner, batch.id)
    await work._settle(batch, [], is_last=True)
    after = await Batch.get(id=batch.id)
    assert (after.state, counts(after)) == (BatchState.RUNNING, {"total": 1})
    await office.work()
    assert counts(await Batch.get(id=batch.id)) == {"total": 1, "failed": 1}


async def test_a_long_batch_lets_others_go_first_now_and_then(
    db: str, wakeups: LocalWakeups, owner: Viewer, stranger: Viewer
) -> None:
    office = open_office(wakeups)
    office.running = BatchRun(deeds_of(wakeups), wakeups, turn_s=0)
    for _ in range(120):
        await add_image(owner)
    await add_image(stranger)
    long = await office.start(owner, "TAG", where=EVERYTHING, tags=["a"])
    short = await office.start(stranger, "TAG", where=EVERYTHING, tags=["a"])
    await office.work()
    long, short = await Batch.get(id=long.id), await Batch.get(id=short.id)
    assert [counts(batch) for batch in (long, short)] == [{"total": 120, "done": 120}, {"total": 1, "done": 1}]
    assert short.finished_at < long.finished_at
    assert await Job.filter(kind=jobs.BATCH).count() == 0


async def test_a_batch_that_goes_on_is_not_given_up_for_how_often_it_was_cut_off(
    office: Office, wakeups: LocalWakeups, owner: Viewer
) -> None:
    running = BatchRun(deeds_of(wakeups), wakeups, turn_s=0)
    await add_image(owner)
    batch = await office.start(owner, "TAG", where=EVERYTHING, tags=["a"])
    await Job.filter(kind=jobs.BATCH).update(attempts=jobs.MAX_ATTEMPTS - 1)
    await running.run(batch.id.hex)
    assert await jobs.attempts_of(jobs.BATCH, batch.id.hex) == 0


async def test_what_comes_to_fit_after_it_was_confirmed_is_not_deleted(
    office: Office, wakeups: LocalWakeups, owner: Viewer
) -> None:
    junk, kept = await add_image(owner, tags=["junk"]), await add_image(owner)
    wish = order("DELETE", where=ImageFilter(tags_any=("junk",)))
    token = (await Rehearsal(deeds_of(wakeups), Confirmation(SECRET)).preview(owner, wish)).confirm_token
    confirmed = await office.starting.start(owner, wish, token)
    empty = await office.start(owner, "DELETE", where=ImageFilter(tags_any=("rubbish",)))
    await Editor(wakeups).update(owner, [ImageChange(kept.id, {"tags": ["junk", "rubbish"]})])
    await office.work()
    for batch in (confirmed, empty):
        after = await Batch.get(id=batch.id)
        assert (after.state, counts(after)) == (BatchState.FAILED, {})
        assert after.failure == "More images fit by now than were confirmed: start it anew, with another dry run."
    assert await Image.all().count() == 2
    await Editor(wakeups).update(owner, [ImageChange(kept.id, {"tags": []})])
    await office.control.retry(owner, confirmed.id)
    await office.work()
    assert counts(await Batch.get(id=confirmed.id)) == {"total": 1, "done": 1}
    assert await Image.get_or_none(id=junk.id) is None


async def test_a_hundred_images_that_are_trashed_without_a_token_do_not_become_more(
    office: Office, owner: Viewer
) -> None:
    for _ in range(100):
        await add_image(owner)
    other = await add_image(owner, tags=["kept"])
    batch = await office.start(owner, "TRASH", where=ImageFilter(tags_none=("kept",)))
    await Editor(office.starting._wakeups).update(owner, [ImageChange(other.id, {"tags": []})])
    await office.work()
    after = await Batch.get(id=batch.id)
    assert (after.state, counts(after)) == (BatchState.FAILED, {})
    assert await Image.filter(state=ImageState.TRASHED).count() == 0

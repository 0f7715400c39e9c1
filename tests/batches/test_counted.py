"""What becomes of the images of batches is counted by operation, once it is committed."""

from imaging.accounts.viewer import Viewer
from imaging.batches.look import moving
from imaging.batches.models import BatchState
from tests.batches.office import Office
from tests.rows import add_image
from tests.series import Series, counted


def rise(before: Series, outcome: str) -> float:
    name, labels = "imaging_batch_items_total", {"operation": "TAG", "outcome": outcome}
    return (counted().value(name, **labels) or 0) - (before.value(name, **labels) or 0)


async def test_items_are_counted_when_they_are_done_and_when_they_are_undone(
    office: Office, owner: Viewer, stranger: Viewer
) -> None:
    bare, tagged, foreign = await add_image(owner), await add_image(owner, tags=["Pond"]), await add_image(stranger)
    before = counted()
    batch = await office.done(owner, "TAG", bare.id, tagged.id, foreign.id, tags=["Pond"])
    assert {outcome: rise(before, outcome) for outcome in ("done", "skipped", "failed")} == {
        "done": 1,
        "skipped": 1,
        "failed": 1,
    }
    await office.control.undo(owner, batch.id)
    await office.work()
    assert rise(before, "undone") == 1


async def test_batches_that_move_are_told_by_their_state(office: Office, owner: Viewer) -> None:
    image = await add_image(owner)
    await office.done(owner, "TAG", image.id, tags=["Pond"])
    await office.start(owner, "UNTAG", image.id, tags=["Pond"])
    assert await moving() == {BatchState.PLANNING: 1}

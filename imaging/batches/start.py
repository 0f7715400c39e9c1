"""Starting batches: what is asked for is looked at here, and done in the background."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.batches.confirm import Confirmation
from imaging.batches.models import MOVING, Batch
from imaging.batches.operation import Operation
from imaging.batches.reach import admit, reached
from imaging.batches.repertoire import CONFIRMED_ABOVE, Repertoire, states_looked_at
from imaging.batches.selection import MOST, Selection
from imaging.errors import Conflict
from imaging.images.models import Image
from imaging.journal import jobs
from imaging.ports import Wakeups

MOST_MOVING = 20


@dataclass(frozen=True, slots=True)
class BatchWish:
    """What is to be done to which images; `wish` holds what the operation needs to know, as JSON."""

    operation: str
    wish: Mapping[str, Any]  # Any: JSON
    selection: Selection

    def __post_init__(self) -> None:
        object.__setattr__(self, "selection", self.selection.among(states_looked_at(self.operation)))


class Starting:
    """Begins batches, for editors over what they own, and for admins; nobody has too many at once."""

    def __init__(
        self, repertoire: Repertoire, wakeups: Wakeups, confirmation: Confirmation, *, most: int = MOST_MOVING
    ) -> None:
        self._repertoire = repertoire
        self._wakeups = wakeups
        self._confirmation = confirmation
        self._most = most

    async def start(self, viewer: Viewer, wish: BatchWish, confirm_token: str | None = None) -> Batch:
        """Begin a batch; `confirm_token` is from a dry run, for what cannot be taken lightly.

        Raises:
            Unauthenticated, Forbidden: the viewer may change nothing.
            InvalidInput: the operation cannot be done like this.
            NotFound, Forbidden: what it changes beside the images is not there for them, or not theirs.
            ConfirmationRequired: it needs a token of a dry run of just this, made a few minutes ago at most.
            Conflict: the viewer has too many batches that are not at rest.
        """
        user_id = viewer.must_edit()
        operation = self._repertoire.make(wish.operation, wish.wish)
        await admit(operation, viewer)
        most = await self._confirm(viewer, wish, operation, confirm_token)
        async with database.transaction():
            await check_room(user_id, self._most)
            batch = await Batch.create(
                started_by_id=user_id,
                role=viewer.role,
                operation=wish.operation,
                wish=dict(wish.wish),
                selection=wish.selection.stored() | ({} if most is None else {MOST: most}),
            )
            await jobs.promise(jobs.BATCH, batch.id.hex)
        self._wakeups.announce(jobs.TOPIC)
        return batch

    async def _confirm(self, viewer: Viewer, wish: BatchWish, operation: Operation, token: str | None) -> int | None:
        """Return how many images it may be about at most, None when that does not matter."""
        if wish.operation not in CONFIRMED_ABOVE:
            return None
        count, free = await counted(operation, viewer, wish.selection), CONFIRMED_ABOVE[wish.operation]
        if count > free:
            last = await newest(operation, viewer, wish.selection)
            self._confirmation.check(token, viewer, wish.operation, wish.wish, wish.selection, count, last)
        return max(count, free)


async def check_room(user_id: uuid.UUID, most: int) -> None:
    """Accept one more batch of somebody's that is not at rest, inside the caller's transaction.

    Raises:
        Conflict: there are too many.
    """
    await database.take_turns(f"batches of {user_id}")
    if await Batch.filter(started_by_id=user_id, state__in=MOVING).count() >= most:
        raise Conflict(f"You have {most} batches that are not at rest, and no more are allowed.")


async def counted(operation: Operation, viewer: Viewer, selection: Selection) -> int:
    """Return how many images a batch is about."""
    if selection.ids is not None:
        return len(selection.ids)
    return await Image.filter(reached(operation, viewer, selection)).count()


async def newest(operation: Operation, viewer: Viewer, selection: Selection) -> uuid.UUID | None:
    """Return the last image that a batch over a filter is about; None for a list of ids, which says it all."""
    if selection.ids is not None:
        return None
    rows = Image.filter(reached(operation, viewer, selection)).order_by("-created_at", "-id")
    image = await rows.first().only("id")
    return None if image is None else image.id

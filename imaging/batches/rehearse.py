"""Dry runs: what a batch would do, told without doing any of it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.expressions import Q
from tortoise.functions import Sum

from imaging.accounts.viewer import Viewer
from imaging.batches.confirm import Confirmation
from imaging.batches.operation import Change, Cost, Operation, RowOperation, SlowOperation
from imaging.batches.repertoire import CONFIRMED_ABOVE, Repertoire
from imaging.batches.selection import Selection
from imaging.batches.start import BatchWish, counted
from imaging.images.edit import refusal
from imaging.images.models import Image

SAMPLE = 10
ROW_MS = 4
"""About how long changing one row takes."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One image as it is, and what would change about it."""

    image: Image
    change: Change


@dataclass(frozen=True, slots=True)
class Preview:
    """What a batch would do; `refused` of the `total` may not be changed, or are not there.

    `confirm_token` is None when none is needed; it is good until `confirm_by`.
    """

    total: int
    refused: int
    sample: Sequence[Sample]
    cost: Cost
    confirm_token: str | None = None
    confirm_by: datetime.datetime | None = None


class Rehearsal:
    """Tells what batches would do."""

    def __init__(self, repertoire: Repertoire, confirmation: Confirmation) -> None:
        self._repertoire = repertoire
        self._confirmation = confirmation

    async def preview(self, viewer: Viewer, wish: BatchWish) -> Preview:
        """Tell what a batch would do, and write nothing.

        Raises:
            Unauthenticated, Forbidden: the viewer may change nothing.
            InvalidInput: the operation cannot be done like this.
        """
        viewer.must_edit()
        operation = self._repertoire.make(wish.operation, wish.wish)
        total = await counted(viewer, wish.selection)
        token, until = None, None
        if wish.operation in CONFIRMED_ABOVE and total > CONFIRMED_ABOVE[wish.operation]:
            token, until = self._confirmation.token(viewer, wish.operation, wish.wish, wish.selection, total)
        first = await _first(viewer, wish.selection)
        return Preview(
            total=total,
            refused=await _refused(viewer, wish.selection),
            sample=[Sample(image, _foreseen(operation, image)) for image in first],
            cost=await _cost(viewer, operation, wish.selection, total),
            confirm_token=token,
            confirm_by=until,
        )


async def _first(viewer: Viewer, selection: Selection) -> Sequence[Image]:
    rows = Image.filter(_mine(viewer, selection)).order_by("created_at", "id").limit(SAMPLE)
    return [image for image in await rows if refusal(viewer, image) is None]


async def _refused(viewer: Viewer, selection: Selection) -> int:
    """Return how many of the ids name nothing that the viewer may change; a filter finds only what they may."""
    if selection.ids is None:
        return 0
    return len(selection.ids) - await Image.filter(_mine(viewer, selection)).count()


def _mine(viewer: Viewer, selection: Selection) -> Q:
    condition = selection.condition(viewer)
    return condition if viewer.is_admin else Q(condition, owner_id=viewer.user_id)


def _foreseen(operation: Operation, image: Image) -> Change:
    return operation.foresee(image) if isinstance(operation, RowOperation) else Change()


async def _cost(viewer: Viewer, operation: Operation, selection: Selection, total: int) -> Cost:
    if not isinstance(operation, SlowOperation):
        return Cost(estimated_ms=total * ROW_MS)
    summed = Image.filter(_mine(viewer, selection)).annotate(all_pixels=Sum("pixels"), all_bytes=Sum("size_bytes"))
    [sums] = await summed.values("all_pixels", "all_bytes")
    return operation.cost(total, sums["all_pixels"] or 0, sums["all_bytes"] or 0)

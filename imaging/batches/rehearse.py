"""Dry runs: what a batch would do, told without doing any of it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.functions import Sum

from imaging.accounts.viewer import Viewer
from imaging.batches.confirm import Confirmation
from imaging.batches.operation import Change, Cost, Operation, RowOperation, SlowOperation
from imaging.batches.reach import admit, reached, refusal
from imaging.batches.repertoire import CONFIRMED_ABOVE, Repertoire
from imaging.batches.selection import Selection
from imaging.batches.start import BatchWish, counted, newest
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
            NotFound, Forbidden: what it changes beside the images is not there for them, or not theirs.
        """
        viewer.must_edit()
        operation = self._repertoire.make(wish.operation, wish.wish)
        await admit(operation, viewer)
        total = await counted(operation, viewer, wish.selection)
        token, until = None, None
        if wish.operation in CONFIRMED_ABOVE and total > CONFIRMED_ABOVE[wish.operation]:
            last = await newest(operation, viewer, wish.selection)
            token, until = self._confirmation.token(viewer, wish.operation, wish.wish, wish.selection, total, last)
        return Preview(
            total=total,
            refused=await _refused(operation, viewer, wish.selection),
            sample=await _sample(operation, viewer, wish.selection),
            cost=await _cost(viewer, operation, wish.selection, total),
            confirm_token=token,
            confirm_by=until,
        )


async def _sample(operation: Operation, viewer: Viewer, selection: Selection) -> Sequence[Sample]:
    rows = Image.filter(reached(operation, viewer, selection)).order_by("created_at", "id").limit(SAMPLE)
    first = [image for image in await rows if refusal(operation, viewer, image) is None]
    if not isinstance(operation, RowOperation):
        return [Sample(image, Change()) for image in first]
    changes = await operation.foresee(viewer, first)
    return [Sample(image, change) for image, change in zip(first, changes, strict=True) if change.error is None]


async def _refused(operation: Operation, viewer: Viewer, selection: Selection) -> int:
    """Return how many of the ids name nothing that it may be done to; a filter finds only what it may."""
    if selection.ids is None:
        return 0
    return len(selection.ids) - await Image.filter(reached(operation, viewer, selection)).count()


async def _cost(viewer: Viewer, operation: Operation, selection: Selection, total: int) -> Cost:
    if not isinstance(operation, SlowOperation):
        return Cost(estimated_ms=total * ROW_MS)
    summed = Image.filter(reached(operation, viewer, selection)).annotate(
        all_pixels=Sum("pixels"), all_bytes=Sum("size_bytes")
    )
    [sums] = await summed.values("all_pixels", "all_bytes")
    return operation.cost(total, sums["all_pixels"] or 0, sums["all_bytes"] or 0)

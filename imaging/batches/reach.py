"""Which images an operation may be about: those that its starter rules, unless it has another right to go by."""

from tortoise.expressions import Q

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import Borrowing, Operation
from imaging.batches.selection import Selection
from imaging.errors import ImagingError
from imaging.images import edit
from imaging.images.models import Image


async def admit(operation: Operation, viewer: Viewer) -> None:
    """Accept who may ask for the operation at all.

    Raises:
        Forbidden, NotFound: they have no right to what it changes beside the images.
    """
    if isinstance(operation, Borrowing):
        await operation.admit(viewer)


def reached(operation: Operation, viewer: Viewer, selection: Selection) -> Q:
    """Return what the rows must be for the selection to mean them, and the operation to be done to them."""
    condition = selection.condition()
    if isinstance(operation, Borrowing):
        return Q(condition, operation.reach(viewer, named=selection.ids is not None))
    return condition if viewer.is_admin else Q(condition, owner_id=viewer.user_id)


def refusal(operation: object, viewer: Viewer, image: Image | None) -> ImagingError | None:
    """Return why nothing may be done to the image on behalf of the viewer, None when it may be tried."""
    if image is not None and isinstance(operation, Borrowing):
        return None
    return edit.refusal(viewer, image)

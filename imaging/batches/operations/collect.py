"""Putting images into a collection, and perhaps taking them out of another one."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.expressions import Q, Subquery

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import Change, Json
from imaging.collections import transfer
from imaging.collections.hang import addable
from imaging.collections.models import CollectionItem
from imaging.collections.transfer import Return, Route, Stand
from imaging.errors import NotFound
from imaging.images.edit import ChangeResult
from imaging.images.library import seen_parts
from imaging.images.models import Image, ImageState


class MoveToCollection:
    """Puts images into a collection of the viewer's; with a second one, those that are in it, which they leave.

    No image is changed by it: seeing one is enough.
    """

    at_once = 50

    def __init__(self, route: Route) -> None:
        self._route = route

    async def admit(self, viewer: Viewer) -> None:
        """Accept who may change the collections."""
        await transfer.check(viewer, self._route)

    def reach(self, viewer: Viewer, *, named: bool) -> Q:
        """Return what images must be: in sight, not in the trash, and where they are to leave from or go."""
        seen = Q(*seen_parts(viewer), join_type=Q.OR)
        about = Q(seen, Q(state__not=ImageState.TRASHED))
        if self._route.out_of is None:
            return about
        # What is named and there already needs nothing; of a filter, only what is to leave is meant.
        places = self._route.ids if named else [self._route.out_of]
        items = CollectionItem.filter(collection_id__in=places)
        return Q(about, Q(id__in=Subquery(items.values("image_id"))))

    async def foresee(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[Change]:
        """Return whether each image is in the collections, before and after."""
        stands = await transfer.stands(self._route, [image.id for image in images])
        return [self._change(viewer, image, stands[image.id]) for image in images]

    async def apply(self, viewer: Viewer, images: Sequence[Image]) -> Sequence[ChangeResult]:
        """Put them behind all others."""
        return await transfer.carry(viewer, self._route, images)

    async def undo(self, viewer: Viewer, pairs: Sequence[tuple[Image, Json]]) -> Sequence[ChangeResult]:
        """Take them out again, and put them back to where they were."""
        return await transfer.carry_back(viewer, self._route, [_return(image, was) for image, was in pairs])

    def _change(self, viewer: Viewer, image: Image, stand: Stand) -> Change:
        leaves = stand.position is not None
        before = {"inCollection": stand.is_in} if self._route.out_of is None else self._both(stand.is_in, leaves)
        error = addable(viewer, image.id, image).error
        if error is None and self._route.out_of is not None and not (leaves or stand.is_in):
            error = NotFound("This image is not in the collection that it is to leave.")
        if error is not None:
            return Change(before, before, error=error)
        after = {"inCollection": True} if self._route.out_of is None else self._both(True, False)
        return Change(before, after, _memory(stand))

    @staticmethod
    def _both(is_in: bool, leaves: bool) -> Mapping[str, bool]:
        return {"inCollection": is_in, "inFrom": leaves}


def route(wish: Mapping[str, Any]) -> Route:  # Any: JSON
    """Return the route that a wish means: `into` and `out_of` are ids in hex, the latter perhaps None.

    Raises:
        InvalidInput: both are the same.
    """
    out_of = wish.get("out_of")
    return Route(uuid.UUID(hex=wish["into"]), None if out_of is None else uuid.UUID(hex=out_of))


def _memory(stand: Stand) -> dict[str, Any]:
    """Return a stand as JSON; those that are alike are written at once, so that nothing is told for nothing."""
    memory: dict[str, Any] = {"added": not stand.is_in}
    if stand.position is not None:
        memory |= {"position": stand.position, "numbering": stand.numbering}
    return memory | ({"is_cover": True} if stand.is_cover else {})


def _return(image: Image, was: Json) -> Return:
    stood = Stand(not was["added"], was.get("position"), was.get("numbering", 0), was.get("is_cover", False))
    return Return(image, was["added"], stood)

"""Changes to collections: what they say, where they lie, and what is in them, in which order."""

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from imaging.collections.arrange import Place
from imaging.collections.curate import Children
from imaging.collections.hang import LAST, Move
from imaging.errors import ImagingError
from imaging.graphql.context import Info
from imaging.graphql.curation_forms import (
    AddToCollectionForm,
    AddToCollectionPayload,
    CreateCollectionForm,
    CreateCollectionPayload,
    DeleteCollectionForm,
    DeleteCollectionPayload,
    PlaceForm,
    RemoveFromCollectionForm,
    RemoveFromCollectionPayload,
    ReorderCollectionForm,
    ReorderCollectionPayload,
    UpdateCollectionForm,
    UpdateCollectionPayload,
)
from imaging.graphql.errors import UserError, user_error
from imaging.graphql.ids import COLLECTION, IMAGE, global_id, row_id, row_ids
from imaging.graphql.payloads import changed, of_input
from imaging.graphql.publishes import field, shown, value
from imaging.images.edit import check_count

New = Annotated[CreateCollectionForm, strawberry.argument(description="The collection.")]
Changes = Annotated[UpdateCollectionForm, strawberry.argument(description="The changes.")]
Gone = Annotated[DeleteCollectionForm, strawberry.argument(description="The collection.")]
Added = Annotated[AddToCollectionForm, strawberry.argument(description="The collection and the images.")]
Removed = Annotated[RemoveFromCollectionForm, strawberry.argument(description="The collection and the images.")]
Ordered = Annotated[ReorderCollectionForm, strawberry.argument(description="The collection and the moves.")]

_NOTHING = uuid.UUID(int=0)
"""An id that no row has."""


@value
class CurationMutations:
    """Changes to collections, for their owners and admins. No image is changed by them."""

    @field
    async def create_collection(self, info: Info, input: New) -> CreateCollectionPayload:
        """Make a collection, with nothing in it yet. For editors and admins; CONFLICT when you have 10000."""
        values = {"name": input.name, "description": input.description, "visibility": input.visibility}
        parent_id = _known(COLLECTION, input.parent_id)
        try:
            made = await info.context.services.collections.curator.create(
                info.context.viewer, values | {"parent_id": parent_id}
            )
        except ImagingError as error:
            return CreateCollectionPayload(collection=None, user_errors=[_refusal(error)])
        info.context.renew()
        return CreateCollectionPayload(collection=shown(made), user_errors=[])

    @field
    async def update_collection(self, info: Info, input: Changes) -> UpdateCollectionPayload:
        """Change what is said about a collection, who sees it, where it lies, and which image stands for it."""
        try:
            collection = await info.context.services.collections.curator.update(
                info.context.viewer, _id(input.id), _changes(input)
            )
        except ImagingError as error:
            return UpdateCollectionPayload(collection=None, user_errors=[_refusal(error, input.id)])
        info.context.renew()
        return UpdateCollectionPayload(collection=shown(collection), user_errors=[])

    @field
    async def delete_collection(self, info: Info, input: Gone) -> DeleteCollectionPayload:
        """Delete a collection for good. Its images stay, in the library and in other collections."""
        children = input.children or Children.MOVE_UP
        try:
            gone = await info.context.services.collections.curator.delete(info.context.viewer, _id(input.id), children)
        except ImagingError as error:
            return DeleteCollectionPayload(deleted_ids=[], user_errors=[_refusal(error, input.id)])
        info.context.renew()
        return DeleteCollectionPayload(deleted_ids=[global_id(COLLECTION, id) for id in gone], user_errors=[])

    @field
    async def add_to_collection(self, info: Info, input: Added) -> AddToCollectionPayload:
        """Put images that you may see, whoever owns them, into a collection of yours.

        Those that are in it already stay where they are. CONFLICT for an image in the trash.
        """
        place = LAST if input.place is None else _place(input.place)
        try:
            check_count(len(input.image_ids), "image_ids")
            collection, results = await info.context.services.collections.curator.add(
                info.context.viewer, _id(input.id), row_ids(IMAGE, input.image_ids) or (), place
            )
        except ImagingError as error:
            return AddToCollectionPayload(
                collection=None, images=[None for _ in input.image_ids], user_errors=[_refusal(error, input.id)]
            )
        info.context.renew()
        outcomes = changed(input.image_ids, results, lambda index: ("input", "imageIds", index))
        return AddToCollectionPayload(collection=shown(collection), images=outcomes.images, user_errors=outcomes.errors)

    @field
    async def remove_from_collection(self, info: Info, input: Removed) -> RemoveFromCollectionPayload:
        """Take images out of a collection; they stay in the library. Those that are not in it are of no account."""
        try:
            check_count(len(input.image_ids), "image_ids")
            collection = await info.context.services.collections.curator.remove(
                info.context.viewer, _id(input.id), row_ids(IMAGE, input.image_ids) or ()
            )
        except ImagingError as error:
            return RemoveFromCollectionPayload(collection=None, user_errors=[_refusal(error, input.id)])
        info.context.renew()
        return RemoveFromCollectionPayload(collection=shown(collection), user_errors=[])

    @field
    async def reorder_collection(self, info: Info, input: Ordered) -> ReorderCollectionPayload:
        """Move images within a collection. A move that is refused does not stop its neighbours.

        Say where an image goes, not at which number: so it comes out right even when somebody else moves others.
        """
        moves = [Move(_known(IMAGE, move.image_id) or _NOTHING, _place(move.place)) for move in input.moves]
        try:
            collection, errors = await info.context.services.collections.curator.reorder(
                info.context.viewer, _id(input.id), moves
            )
        except ImagingError as error:
            return ReorderCollectionPayload(collection=None, user_errors=[_refusal(error, input.id)])
        info.context.renew()
        return ReorderCollectionPayload(collection=shown(collection), user_errors=_unmoved(input, errors))


def _id(text: str) -> uuid.UUID:
    return row_id(COLLECTION, text) or _NOTHING


def _known(kind: str, text: str | None) -> uuid.UUID | None:
    """Return the row's id of a text, one that no row has for a text that is no id of this kind; None stays None."""
    return None if text is None else row_id(kind, text) or _NOTHING


def _place(form: PlaceForm) -> Place:
    after, before = (_known(IMAGE, text or None) for text in (form.after, form.before))
    return Place(end=form.end or None, after=after, before=before)


def _changes(form: UpdateCollectionForm) -> dict[str, Any]:  # Any: what each field holds
    given = {name: value for name, value in vars(form).items() if name != "id" and value is not strawberry.UNSET}
    for name, kind in (("parent_id", COLLECTION), ("cover_id", IMAGE)):
        if name in given:
            given[name] = _known(kind, given[name])
    return given


def _unmoved(form: ReorderCollectionForm, errors: Sequence[ImagingError | None]) -> list[UserError]:
    return [
        user_error(error, ("input", "moves", index), item_id=form.moves[index].image_id)
        for index, error in enumerate(errors)
        if error is not None
    ]


def _refusal(error: ImagingError, id: str | None = None) -> UserError:
    """Tell why it was refused; what names no field is about the collection of this id.

    Raises:
        Unauthenticated, Overloaded: the whole request was turned away, not its input.
    """
    if error.field is not None or id is None:
        return of_input(error)
    return of_input(error, "id", item_id=id)

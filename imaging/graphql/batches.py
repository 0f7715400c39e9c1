"""Batches: starting and ruling operations on many images, and looking at them."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from imaging.batches.models import BatchState
from imaging.batches.selection import Selection
from imaging.batches.start import BatchWish
from imaging.delivery.preset_values import stored
from imaging.errors import ImagingError, InvalidInput, NotFound
from imaging.graphql.context import Info
from imaging.graphql.enums import Visibility
from imaging.graphql.errors import Payload
from imaging.graphql.ids import BATCH, COLLECTION, IMAGE, row_id
from imaging.graphql.payloads import of_input
from imaging.graphql.publishes import field, form, shown, value
from imaging.graphql.types.batch import Batch
from imaging.graphql.types.batches import BatchConnection, BatchPreview
from imaging.graphql.types.filter import ImageFilterForm, narrow
from imaging.graphql.types.page import After, Before, First, Last, Listing
from imaging.graphql.types.transform import TransformForm
from imaging.graphql.types.transform import given as given_by
from imaging.images.page import PageRequest


@form("BatchSelectionInput", one_of=True)
class SelectionForm:
    """Which images a batch is about."""

    where: ImageFilterForm | None = strawberry.field(
        default=strawberry.UNSET,
        description="All that fit when it is planned, and that you may change; for `moveToCollection`, that you may "
        "see. Without `states`, `restore` looks into the trash, and everything else looks everywhere but there.",
    )
    ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="These, at most 1000; one that you may not change is among the `errors`."
    )


@form("MoveToCollectionInput")
class MoveToCollectionForm:
    """Where images go, and what they leave by it. Both collections must be yours to change; the images need not be."""

    id: strawberry.ID = strawberry.field(description="The collection that they go into, behind all that is in it.")
    from_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The collection that they leave: then it is about those that are in it. Left out, they leave none.",
    )


@form("BatchOperationInput", one_of=True)
class OperationForm:
    """What a batch is to do to each of its images."""

    tag: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Give it these tags beside those it has."
    )
    untag: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Take these tags from it.")
    set_visibility: Visibility | None = strawberry.field(default=strawberry.UNSET, description="Decide who sees it.")
    move_to_collection: MoveToCollectionForm | None = strawberry.field(
        default=strawberry.UNSET, description="Put it into a collection, and perhaps take it out of another one."
    )
    trash: bool | None = strawberry.field(
        default=strawberry.UNSET, description="true: put it into the trash. Above 100 images it wants a confirm token."
    )
    restore: bool | None = strawberry.field(default=strawberry.UNSET, description="true: take it out of the trash.")
    delete: bool | None = strawberry.field(
        default=strawberry.UNSET, description="true: delete it for good. It always wants a confirm token."
    )
    reindex: bool | None = strawberry.field(
        default=strawberry.UNSET, description="true: write what search knows of it again."
    )
    warm: list[TransformForm] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Make these pictures of it before anybody asks, 1 to 20, in each format that browsers are given.",
    )
    regenerate: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="true: read its placeholder, hashes, colours and metadata from its original anew.",
    )
    verify: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="true: look whether its stored original is what was taken in; CHECKSUM_MISMATCH among the `errors` "
        "when it is damaged or gone.",
    )


@form("StartBatchInput")
class StartBatchForm:
    """What is to be done to which images."""

    select: SelectionForm = strawberry.field(description="Which images.")
    operation: OperationForm = strawberry.field(description="What is to be done to each.")
    dry_run: bool | None = strawberry.field(
        default=None, description="Only tell what it would do, as `preview`; nothing is written. Default false."
    )
    confirm_token: str | None = strawberry.field(
        default=None, description="From a dry run of just this, no more than ten minutes ago."
    )


@form("BatchIdInput")
class BatchIdForm:
    """Which batch a change is about."""

    id: strawberry.ID = strawberry.field(description="Its id.")


@value
class StartBatchPayload(Payload):
    """What became of starting a batch."""

    batch: Batch | None = strawberry.field(description="The batch; null for a dry run, and when it was refused.")
    preview: BatchPreview | None = strawberry.field(
        description="What it would do, for a dry run; null otherwise, and when it was refused."
    )


@value
class CancelBatchPayload(Payload):
    """What became of cancelling a batch."""

    batch: Batch | None = strawberry.field(description="The batch as it is now; null when it was refused.")


@value
class RetryBatchPayload(Payload):
    """What became of trying a batch again."""

    batch: Batch | None = strawberry.field(description="The batch as it is now; null when it was refused.")


@value
class UndoBatchPayload(Payload):
    """What became of undoing a batch."""

    batch: Batch | None = strawberry.field(description="The batch as it is now; null when it was refused.")


Id = Annotated[strawberry.ID, strawberry.argument(description="The id of a batch.")]
States = Annotated[
    list[BatchState] | None, strawberry.argument(description="Only those that stand like this; all when left out.")
]
Started = Annotated[StartBatchForm, strawberry.argument(description="The images and the operation.")]
Which = Annotated[BatchIdForm, strawberry.argument(description="The batch.")]


@value
class BatchQueries:
    """Looking at batches."""

    @field
    async def batch(self, info: Info, id: Id) -> Batch | None:
        """One batch; null when there is no such batch, or not for you."""
        row = row_id(BATCH, id)
        return None if row is None else shown(await info.context.loaders.batches.load(row))

    @field
    async def batches(
        self,
        info: Info,
        state: States = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> BatchConnection:
        """A page of the batches that you started, the newest first; for admins, of everybody's."""
        request = PageRequest(first=first, after=after, last=last, before=before)
        info.context.budget.images(request.size)
        page = await info.context.services.batches.look.page(info.context.viewer, state or (), request)
        return shown(Listing(page))


@value
class BatchMutations:
    """Starting and ruling batches."""

    @field
    async def start_batch(self, info: Info, input: Started) -> StartBatchPayload:
        """Do something to many images in the background, up to millions. For editors and admins.

        It answers before anything is done: follow it with `batchProgress`, or by its id. One image that cannot be done
        stops no other. CONFIRMATION_REQUIRED, when it wants the token of a dry run; CONFLICT, when you have too many
        batches that are not at rest.
        """
        viewer = info.context.viewer
        try:
            wish = _wish(input)
            if input.dry_run:
                preview = await info.context.services.batches.rehearsal.preview(viewer, wish)
                return StartBatchPayload(batch=None, preview=shown(preview), user_errors=[])
            batch = await info.context.services.batches.starting.start(viewer, wish, input.confirm_token)
        except ImagingError as error:
            return StartBatchPayload(batch=None, preview=None, user_errors=[of_input(_placed(error, input))])
        return StartBatchPayload(batch=shown(batch), preview=None, user_errors=[])

    @field
    async def cancel_batch(self, info: Info, input: Which) -> CancelBatchPayload:
        """Stop a batch at once: what is done stays done. For who started it, and admins; again changes nothing."""
        try:
            id = _known(input)
            batch = await info.context.services.batches.control.cancel(info.context.viewer, id)
        except ImagingError as error:
            return CancelBatchPayload(batch=None, user_errors=[of_input(error)])
        return CancelBatchPayload(batch=shown(batch), user_errors=[])

    @field
    async def retry_batch(self, info: Info, input: Which) -> RetryBatchPayload:
        """Try the images again that a batch failed at, and no others; go on with one that is FAILED.

        CONFLICT when it was cancelled or undone, or has been at rest for a month.
        """
        try:
            id = _known(input)
            batch = await info.context.services.batches.control.retry(info.context.viewer, id)
        except ImagingError as error:
            return RetryBatchPayload(batch=None, user_errors=[of_input(error)])
        return RetryBatchPayload(batch=shown(batch), user_errors=[])

    @field
    async def undo_batch(self, info: Info, input: Which) -> UndoBatchPayload:
        """Take back in the background what a batch did, for 7 days; what people changed since stays.

        CONFLICT when it is not at rest, cannot be undone, or its time is over: see `undoableUntil`.
        """
        try:
            id = _known(input)
            batch = await info.context.services.batches.control.undo(info.context.viewer, id)
        except ImagingError as error:
            return UndoBatchPayload(batch=None, user_errors=[of_input(error)])
        return UndoBatchPayload(batch=shown(batch), user_errors=[])


def _wish(input: StartBatchForm) -> BatchWish:
    operation, wish = _operation(input.operation)
    return BatchWish(operation, wish, _selection(input.select))


def _operation(asked: OperationForm) -> tuple[str, Mapping[str, Any]]:  # Any: JSON
    [(name, given)] = [(name, given) for name, given in vars(asked).items() if given is not strawberry.UNSET]
    if given is False:
        raise InvalidInput(f"`{name}` must be true where it is given.", field=["operation", name])
    if name in ("tag", "untag"):
        return name.upper(), {"tags": given}
    if name == "move_to_collection":
        out_of = None if given.from_id is None else _collection(given.from_id)
        return "MOVE_TO_COLLECTION", {"into": _collection(given.id), "out_of": out_of}
    if name == "warm":
        return "WARM", {"transforms": [stored(given_by(transform)) for transform in given]}
    return name.upper(), {"visibility": given.name} if isinstance(given, Visibility) else {}


def _collection(text: str) -> str:
    """Return the row's id of a collection, one that no row has for a text that is no id of one."""
    return (row_id(COLLECTION, text) or uuid.UUID(int=0)).hex


def _placed(error: ImagingError, input: StartBatchForm) -> ImagingError:
    """Let an error about tags, or a collection, lead to where they were given."""
    if error.field and error.field[0] in ("id", "from_id"):
        error.field = ["operation", "move_to_collection", *error.field]
    if error.field and error.field[0] == "tags":
        name = "untag" if input.operation.tag is strawberry.UNSET else "tag"
        error.field = ["operation", name, *error.field[1:]]
    return error


def _selection(asked: SelectionForm) -> Selection:
    if asked.ids:
        return Selection(ids=tuple(_image(index, text) for index, text in enumerate(asked.ids)))
    if isinstance(asked.ids, list):
        return Selection(ids=())
    try:
        return Selection(where=narrow(asked.where or None))
    except InvalidInput as error:
        error.field = ["select", "where", *(error.field or ())[1:]]
        raise


def _image(index: int, text: str) -> uuid.UUID:
    id = row_id(IMAGE, text)
    if id is None:
        raise NotFound("There is no such image.", field=["select", "ids", index])
    return id


def _known(input: BatchIdForm) -> uuid.UUID:
    id = row_id(BATCH, input.id)
    if id is None:
        raise NotFound("There is no such batch.", field=["id"])
    return id

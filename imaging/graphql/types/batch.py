"""Batches: one operation on many images."""

import datetime

import strawberry

from imaging.batches import models as rows
from imaging.batches.models import BatchState, ItemState
from imaging.batches.repertoire import BatchOperation
from imaging.graphql.context import Info
from imaging.graphql.errors import UserErrorCode
from imaging.graphql.ids import BATCH, BATCH_ERROR, IMAGE, global_id
from imaging.graphql.publishes import about, enumerates, field, publishes, shown
from imaging.graphql.scalars import Long
from imaging.graphql.types.image import Image
from imaging.graphql.types.node import Node, identity
from imaging.graphql.types.page import After, Before, First, Last, Listed, Listing, PageInfo
from imaging.graphql.types.user import User
from imaging.images.page import PageRequest

enumerates(
    BatchState,
    "Where a batch stands.",
    PLANNING="Its images are being listed: `total` grows.",
    RUNNING="It goes from image to image.",
    COMPLETED="It is through; `failed` tells how many images it could not do, `errors` which and why.",
    CANCELLED="It was cancelled: what was done stays done.",
    FAILED="It could not go on; `failure` says why. `retryBatch` goes on where it stopped.",
    UNDOING="What it did is being taken back.",
    UNDONE="What it did was taken back; `kept` tells of how many images it could not be.",
)
enumerates(
    BatchOperation,
    "What a batch does to each of its images.",
    TAG="Gives them tags. Can be undone.",
    UNTAG="Takes tags from them. Can be undone.",
    SET_VISIBILITY="Decides who sees them. Can be undone.",
    MOVE_TO_COLLECTION="Puts them into a collection, and perhaps takes them out of another one. Can be undone.",
    TRASH="Puts them into the trash. Can be undone.",
    RESTORE="Takes them out of the trash. Can be undone.",
    DELETE="Deletes them for good.",
    REINDEX="Writes what search knows of them again.",
    WARM="Makes renditions of them before anybody asks.",
    REGENERATE="Reads their placeholder, hashes, colours and metadata from their originals anew.",
    VERIFY="Looks whether their stored originals are what was taken in; fails at those that are not.",
)


@publishes(rows.BatchItem)
class BatchError(Node):
    """An image that a batch could not do, or not undo, and why. It is gone once the image is done after all."""

    id: strawberry.ID = identity(BATCH_ERROR, of="uid")
    message: str = about("Why, for people: what was found and what is allowed.")

    @field
    @staticmethod
    def code(item: strawberry.Parent[rows.BatchItem]) -> UserErrorCode:
        """Why, for programs."""
        return UserErrorCode(item.code)

    @field
    @staticmethod
    def image_id(item: strawberry.Parent[rows.BatchItem]) -> strawberry.ID:
        """Which image."""
        return global_id(IMAGE, item.image_id)

    @field
    @staticmethod
    async def image(item: strawberry.Parent[rows.BatchItem], info: Info) -> Image | None:
        """The image as it is now; null when it is gone, or not for you."""
        return shown(await info.context.loaders.images.load(item.image_id))

    @field
    @staticmethod
    def undoing(item: strawberry.Parent[rows.BatchItem]) -> bool:
        """It was done, and could not be undone."""
        return item.state is ItemState.KEPT


@publishes(Listed)
class BatchErrorEdge:
    """An image that a batch failed at, in its place in the list."""

    node: BatchError = about("The image, and why.")
    cursor: str = about("This place, for `after`. Opaque.")


@publishes(Listing)
class BatchErrorConnection:
    """A page of images that a batch failed at."""

    edges: list[BatchErrorEdge] = about("The images with their cursors.")
    nodes: list[BatchError] = about("The images alone, when no single cursor is needed.")
    page_info: PageInfo = about("Where this page lies in the list.")


@publishes(rows.Batch)
class Batch(Node):
    """One operation on many images, seen by who started it and by admins. `batchProgress` tells as it moves on.

    It is done for its starter, with the role that they had when they started it, or a lesser one with which they
    tried it again or undid it; what they may change is looked at when each image is done. Each of the `total`
    images is counted once: as `done`, `skipped`, `failed`, `undone`, `kept`, or, when it is still to be done, not
    yet.
    """

    id: strawberry.ID = identity(BATCH)
    state: BatchState = about("Where it stands.")
    total: Long = about("How many images it is about; it grows while PLANNING.")
    done: Long = about("How many images it changed.")
    skipped: Long = about("How many images needed nothing: they were as they were to be.")
    failed: Long = about("How many images it could not do; `errors` tells which, `retryBatch` tries them again.")
    undone: Long = about("How many images were changed, and changed back.")
    kept: Long = about("How many images were changed, and could not be changed back.")
    eta_ms: Long | None = about(
        "How long it will yet take at the pace it has had, in milliseconds; null at rest, and when nobody knows."
    )
    failure: str | None = about("Why it is FAILED, for people; null otherwise.")
    created_at: datetime.datetime = about("When it was started. Images uploaded later are none of its business.")
    finished_at: datetime.datetime | None = about("When it came to rest; null before.")
    undoable_until: datetime.datetime | None = about(
        "Until when `undoBatch` takes back what it did; null when it cannot."
    )

    @field
    @staticmethod
    def operation(batch: strawberry.Parent[rows.Batch]) -> BatchOperation:
        """What it does to each image."""
        return BatchOperation(batch.operation)

    @field
    @staticmethod
    async def started_by(batch: strawberry.Parent[rows.Batch], info: Info) -> User:
        """Who started it."""
        return shown(await info.context.loaders.users.load(batch.started_by_id))

    @field
    @staticmethod
    async def errors(
        batch: strawberry.Parent[rows.Batch],
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> BatchErrorConnection:
        """The images that it could not do, or not undo, in its order."""
        request = PageRequest(first=first, after=after, last=last, before=before)
        info.context.budget.images(request.size)
        return shown(Listing(await info.context.services.batches.look.errors(batch, request)))

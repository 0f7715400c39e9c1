"""A page of batches, and what a dry run tells."""

import datetime

import strawberry

from imaging.batches.operation import Cost
from imaging.batches.rehearse import Preview, Sample
from imaging.graphql.publishes import about, field, publishes
from imaging.graphql.scalars import JSON, Long
from imaging.graphql.types.batch import Batch
from imaging.graphql.types.image import Image
from imaging.graphql.types.page import Listed, Listing, PageInfo


@publishes(Listed)
class BatchEdge:
    """A batch in its place in a list."""

    node: Batch = about("The batch.")
    cursor: str = about("This place, for `after`. Opaque.")


@publishes(Listing)
class BatchConnection:
    """A page of batches."""

    edges: list[BatchEdge] = about("The batches with their cursors.")
    nodes: list[Batch] = about("The batches alone, when no single cursor is needed.")
    page_info: PageInfo = about("Where this page lies in the list.")


@publishes(Sample, name="BatchSample")
class BatchSample:
    """One image of a batch, and what would change about it."""

    image: Image = about("The image as it is.")

    @field
    @staticmethod
    def before(sample: strawberry.Parent[Sample]) -> JSON | None:
        """What would change, as it is: an object such as `{"tags": ["Duck"]}`; null when the change does not show."""
        return None if sample.change.before is None else JSON(dict(sample.change.before))

    @field
    @staticmethod
    def after(sample: strawberry.Parent[Sample]) -> JSON | None:
        """The same as it would be, equal when nothing is to be done; null when the image would be gone."""
        return None if sample.change.after is None else JSON(dict(sample.change.after))


@publishes(Cost)
class BatchCost:
    """What a batch would take, about."""

    renditions: Long = about("Pictures that would be made.")
    pixels: Long = about("Pixels that would be decoded.")
    bytes: Long = about("Bytes that would be read from the store.")
    estimated_ms: Long = about("How long it would take on a machine that does nothing else, in milliseconds; a guess.")


@publishes(Preview)
class BatchPreview:
    """What a batch would do."""

    total: Long = about("How many images it would be about.")
    refused: Long = about("How many of the ids name nothing that you may do it to.")
    sample: list[BatchSample] = about("The oldest of the images, at most 10.")
    cost: BatchCost = about("What it would take.")
    confirm_token: str | None = about(
        "What `startBatch` wants as `confirmToken`; null when it wants none. Good for just this, while there are this "
        "many images, and none that came later."
    )
    confirm_by: datetime.datetime | None = about("When the token expires; null when there is none.")

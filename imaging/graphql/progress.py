"""How far batches are, as they move on."""

import datetime
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from imaging.batches import watch as domain
from imaging.batches.watch import BatchEventKind
from imaging.errors import NotFound
from imaging.graphql.context import Info
from imaging.graphql.ids import BATCH, row_id
from imaging.graphql.publishes import about, enumerates, publishes, shown, subscription, value
from imaging.graphql.types.batch import Batch

enumerates(
    BatchEventKind,
    "What an event of a batch is.",
    PRESENT="How far it is now; told first, when you come without a cursor.",
    PROGRESS="It has moved on.",
    RESYNC="The cursor is unknown or expired: this is how far it is now.",
)

BatchId = Annotated[strawberry.ID, strawberry.argument(description="Which batch.")]
Since = Annotated[
    str | None,
    strawberry.argument(description="Cursor of the last event you have seen: nothing is told before it moved on."),
]


@publishes(domain.BatchEvent)
class BatchEvent:
    """How far a batch is."""

    kind: BatchEventKind = about("Why it is told.")
    cursor: str = about("This moment, for `after` when you come back. Opaque; good for this subscription only.")
    batch: Batch = about("The batch as it is.")
    at: datetime.datetime = about("When it was told.")


@value
class BatchSubscription:
    """How far batches are, as they move on."""

    @subscription
    async def batch_progress(self, info: Info, id: BatchId, after: Since = None) -> AsyncGenerator[BatchEvent, None]:
        """How far a batch is, now and as it moves on, at most 5 times a second, until it is at rest; then it ends.

        The last event is how it came to rest. For who started it, and admins; NOT_FOUND for everybody else.
        """
        context, row = info.context, row_id(BATCH, id)
        if row is None:
            raise NotFound("There is no such batch.", field=["id"])
        follow = context.services.batches.watch.follow(context.viewer, row, after)
        async with aclosing(follow) as events:
            async for event in events:
                context.forget()
                yield shown(event)

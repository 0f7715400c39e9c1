"""What happens, as it happens."""

import datetime
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from imaging.graphql.context import Info
from imaging.graphql.ids import IMAGE, global_id, row_ids
from imaging.graphql.progress import BatchSubscription
from imaging.graphql.publishes import about, enumerates, field, publishes, shown, subscription, value
from imaging.graphql.types.filter import ImageFilterForm, narrow
from imaging.graphql.types.image import Image
from imaging.graphql.types.upload import Upload
from imaging.images import watch as domain

enumerates(
    domain.EventKind,
    "What happened to an image, to your view of it, or to an upload on its way to become one.",
    name="ImageEventKind",
    CREATED="It was uploaded.",
    UPDATED="Something about it changed.",
    TRASHED="It was put into the trash.",
    RESTORED="It was taken out of the trash.",
    REMOVED="It was deleted, left your sight, or does not fit the filter any more: forget it if you know it.",
    UPLOAD=(
        "An upload moved on; told to its owner and admins, unless a filter asks for more than an owner or ids. "
        "With `ids`, only when the image that it is to become is among them."
    ),
    RESYNC="The cursor is unknown or expired: forget all you know; PRESENT events with what there is follow.",
    PRESENT="It is there; after RESYNC, the newest 100 images are told so.",
)

LIVE = {"imageEvents": "after"}
"""What tells a viewer the same on every connection from now on, and by which argument they ask for what was missed."""

EventIds = Annotated[list[strawberry.ID] | None, strawberry.argument(description="Only these images.")]
Filter = Annotated[ImageFilterForm | None, strawberry.argument(description="Only images that fit.")]
Since = Annotated[
    str | None,
    strawberry.argument(description="Cursor of the last event you have seen: what you missed is told first."),
]


@publishes(domain.ImageEvent)
class ImageEvent:
    """Something that happened to an image."""

    kind: domain.EventKind = about("What happened.")
    cursor: str = about("This moment, for `after` when you come back. Opaque; good for this subscription only.")
    image: Image | None = about("The image as it is now; null for RESYNC, REMOVED and UPLOAD.")
    at: datetime.datetime = about("When it happened.")

    @field
    @staticmethod
    def image_id(event: strawberry.Parent[domain.ImageEvent]) -> strawberry.ID | None:
        """Which image, for UPLOAD the one that it is to become; null for RESYNC."""
        return None if event.image_id is None else global_id(IMAGE, event.image_id)

    @field
    @staticmethod
    async def upload(event: strawberry.Parent[domain.ImageEvent], info: Info) -> Upload | None:
        """The upload as it is now; null for all kinds but UPLOAD, and for an upload that ended more than 7 days ago."""
        return None if event.upload_id is None else shown(await info.context.loaders.uploads.load(event.upload_id))


@value
class Subscription(BatchSubscription):
    """What happens, as it happens: over a websocket (graphql-transport-ws), as server-sent events, or in parts."""

    @subscription
    async def image_events(
        self, info: Info, ids: EventIds = None, filter: Filter = None, after: Since = None
    ) -> AsyncGenerator[ImageEvent, None]:
        """What happens to the images you may see; with `after`, what you missed first."""
        context = info.context
        follow = context.services.watch.follow(context.viewer, row_ids(IMAGE, ids), narrow(filter), after)
        async with aclosing(follow) as events:
            async for event in events:
                context.forget()
                yield shown(event)

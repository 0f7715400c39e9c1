"""Watching images: what happens to them, as it happens, and what was missed."""

import datetime
import uuid
from collections.abc import AsyncGenerator, Sequence

from imaging.accounts.viewer import Viewer
from imaging.images.coalesce import coalesced
from imaging.images.filter import NEWEST_FIRST, ImageFilter
from imaging.images.library import Library, rows_by_id
from imaging.images.models import Image
from imaging.images.page import MAX_SIZE, PageRequest
from imaging.images.sight import EventKind as EventKind
from imaging.images.sight import ImageEvent as ImageEvent
from imaging.images.sight import Sight
from imaging.journal import events
from imaging.journal.feed import WAITING, EventFeed, Happening
from imaging.ports import Wakeups

REPLAY_BATCH = 200

# No event has this id, so that the cursor made of it is answered with RESYNC.
_UNFINISHED = -1


class ImageWatch:
    """Tells viewers what happens to the images they may see.

    `secret` seals the cursors; `waiting` is how many events a slow reader may lag behind.
    """

    def __init__(self, wakeups: Wakeups, secret: bytes, *, waiting: int = WAITING) -> None:
        self._feed: EventFeed[Image] = EventFeed(wakeups, rows_by_id, name="images", waiting=waiting)
        self._library = Library()
        self._secret = secret

    def follow(
        self,
        viewer: Viewer,
        ids: Sequence[uuid.UUID] | None = None,
        filter: ImageFilter | None = None,
        after: str | None = None,
    ) -> AsyncGenerator[ImageEvent, None]:
        """Tell what happens from now on, and first what was missed since the cursor `after`.

        Every event is authorised when it is told, by what may be seen then. An unknown or expired
        cursor gives RESYNC and then up to 100 PRESENT images, the newest first. Of each upload the
        newest is told, at most five times a second.

        Raises:
            InvalidInput: more than 100 ids are given.
            TooSlow: the reader is too slow; it may come back with its last cursor.
        """
        return coalesced(self._follow(viewer, ids, filter, after), lambda event: event.upload_id)

    async def close(self) -> None:
        """End everybody's watching; idempotent."""
        await self._feed.close()

    async def _follow(
        self, viewer: Viewer, ids: Sequence[uuid.UUID] | None, filter: ImageFilter | None, after: str | None
    ) -> AsyncGenerator[ImageEvent, None]:
        sight = Sight(viewer, ids, filter or ImageFilter(), self._secret)
        since, opening = await self._begin(sight, after)
        for event in opening:
            yield event
        while len(missed := await self._missed(since)) == REPLAY_BATCH:
            since = missed[-1].event.id
            for event in sight.told(missed):
                yield event
        async with self._feed.subscribe() as live:
            # Once more, now that the feed is on: what was committed meanwhile is in one of the two, or in both.
            while missed := await self._missed(since):
                since = missed[-1].event.id
                for event in sight.told(missed):
                    yield event
            while (happening := await live.next()) is not None:
                if happening.event.id > since:
                    for event in sight.told([happening]):
                        yield event

    async def _begin(self, sight: Sight, after: str | None) -> tuple[int, Sequence[ImageEvent]]:
        """Return the event to begin behind, and what is told before anything else."""
        known = None if after is None else sight.cursors.opened(after)
        if known is not None and await events.is_kept_since(known):
            return known, []
        newest = await events.newest_id()
        return newest, [] if after is None else await self._resync(sight, newest)

    async def _missed(self, since: int) -> Sequence[Happening[Image]]:
        return await self._feed.load(await events.after(since, REPLAY_BATCH))

    async def _resync(self, sight: Sight, newest: int) -> Sequence[ImageEvent]:
        page = await self._library.page(sight.viewer, sight.listed, NEWEST_FIRST, PageRequest(first=MAX_SIZE))
        now = datetime.datetime.now(datetime.UTC)
        # Who leaves before the last of these has not seen everything, and must begin anew.
        *cursors, last = [*[sight.cursors.sealed(_UNFINISHED)] * len(page.items), sight.cursors.sealed(newest)]
        told = [ImageEvent(EventKind.RESYNC, (cursors or [last])[0], None, None, now)]
        for image, cursor in zip(page.items, [*cursors, last][1:], strict=True):
            told.append(ImageEvent(EventKind.PRESENT, cursor, image, image.id, now))
        return told

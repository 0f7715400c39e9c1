"""Watching images: what happens to them, as it happens, and what was missed."""

import datetime
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

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
FRESH_S = 0.3

# No event has this id, so that the cursor made of it is answered with RESYNC.
_UNFINISHED = -1


class _Forgotten(Exception):
    """What came next is not kept any more."""


class ImageWatch:
    """Tells viewers what happens to the images they may see.

    `secret` seals the cursors; `waiting` is how many events a slow reader may lag behind. What was read longer than
    `fresh_s` ago is read again before it is told.
    """

    def __init__(self, wakeups: Wakeups, secret: bytes, *, waiting: int = WAITING, fresh_s: float = FRESH_S) -> None:
        self._feed: EventFeed[Image] = EventFeed(wakeups, rows_by_id, name="images", waiting=waiting)
        self._library = Library()
        self._secret = secret
        self._fresh_s = fresh_s

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
        since = await _since(sight, after)
        while True:
            try:
                async with aclosing(self._begun(sight) if since is None else self._told(sight, since)) as told:
                    async for event in told:
                        yield event
                return
            except _Forgotten:
                since = None

    async def _begun(self, sight: Sight) -> AsyncGenerator[ImageEvent, None]:
        """Tell what there is, then what happens from then on."""
        newest = await events.newest_id()
        async with aclosing(self._resync(sight, newest)) as present:
            async for event in present:
                yield event
        async with aclosing(self._told(sight, newest)) as told:
            async for event in told:
                yield event

    async def _told(self, sight: Sight, since: int) -> AsyncGenerator[ImageEvent, None]:
        """Tell what has happened since an event, and then what happens."""
        while len(missed := await self._missed(since)) == REPLAY_BATCH:
            since = missed[-1].event.id
            for happening in missed:
                for event in sight.told([await self._fresh(happening)]):
                    yield event
        async with self._feed.subscribe() as live:
            # Once more, now that the feed is on: what was committed meanwhile is in one of the two, or in both.
            while missed := await self._missed(since):
                since = missed[-1].event.id
                for happening in missed:
                    for event in sight.told([await self._fresh(happening)]):
                        yield event
            while (next_ := await live.next()) is not None:
                if next_.event.id > since:
                    for event in sight.told([await self._fresh(next_)]):
                        yield event

    async def _missed(self, since: int) -> Sequence[Happening[Image]]:
        """Return some of what has happened since an event.

        Raises:
            _Forgotten: what came next is not kept any more.
        """
        missed = await events.after(since, REPLAY_BATCH)
        if missed and since and not await events.is_kept_since(since):
            raise _Forgotten
        return await self._feed.load(missed)

    async def _fresh(self, happening: Happening[Image]) -> Happening[Image]:
        """Return it as it is now, if it had to wait: somebody who reads slowly sees no more than others."""
        if time.monotonic() - happening.read_at <= self._fresh_s:
            return happening
        [fresh] = await self._feed.load([happening.event])
        return fresh

    async def _resync(self, sight: Sight, newest: int) -> AsyncGenerator[ImageEvent, None]:
        read_at = time.monotonic()
        page = await self._library.page(sight.viewer, sight.listed, NEWEST_FIRST, PageRequest(first=MAX_SIZE))
        now = datetime.datetime.now(datetime.UTC)
        # Who leaves before the last of these has not seen everything, and must begin anew.
        *cursors, last = [*[sight.cursors.sealed(_UNFINISHED)] * len(page.items), sight.cursors.sealed(newest)]
        yield ImageEvent(EventKind.RESYNC, (cursors or [last])[0], None, None, now)
        for image, cursor in zip(page.items, [*cursors, last][1:], strict=True):
            is_fresh = time.monotonic() - read_at <= self._fresh_s
            shown = image if is_fresh else (await rows_by_id([image.id])).get(image.id)
            if shown is not None and sight.lists(shown):
                yield ImageEvent(EventKind.PRESENT, cursor, shown, shown.id, now)


async def _since(sight: Sight, after: str | None) -> int | None:
    """Return the event behind which to begin; None when what there is must be told first."""
    if after is None:
        return await events.newest_id()
    known = sight.cursors.opened(after)
    return known if known is not None and await events.is_kept_since(known) else None

"""Somebody who watches images, and something for them to see."""

import asyncio
from contextlib import aclosing
from typing import Any

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.models import Image
from imaging.images.watch import ImageEvent, ImageWatch
from imaging.journal import events
from imaging.journal.models import EventKind
from tests.rows import add_image

SECRET = b"a secret of thirty-two bytes ..."


class Watcher:
    """Somebody who writes down what they are told."""

    def __init__(self, watch: ImageWatch, viewer: Viewer, **asked: Any) -> None:
        self.told: list[ImageEvent] = []
        self.asked = (watch, viewer, asked)
        self.heard = asyncio.Event()
        self.task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        watch, viewer, asked = self.asked
        async with aclosing(watch.follow(viewer, **asked)) as follow:
            async for event in follow:
                self.told.append(event)
                self.heard.set()

    async def hears_at_least(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.told) < count:
                self.heard.clear()
                await self.heard.wait()

    async def hears(self, *kinds: str) -> list[ImageEvent]:
        """Wait until exactly these kinds of events were told, and no more come."""
        await self.hears_at_least(len(kinds))
        await asyncio.sleep(0.03)
        assert [event.kind.name for event in self.told] == list(kinds)
        return self.told

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait((self.task,))


async def happens(owner: Viewer, wakeups: LocalWakeups, **values: Any) -> Image:
    """An image appears."""
    async with database.transaction():
        image = await add_image(owner, **values)
        public = image.is_public
        await events.record(EventKind.CREATED, image.id, image.owner_id, public_before=False, public_after=public)
    wakeups.announce(events.TOPIC)
    return image

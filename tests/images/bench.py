"""A bench where the bytes of images are replaced and brought back, and a hand that does the jobs promised meanwhile."""

import datetime
import hashlib
from dataclasses import dataclass
from typing import Any

from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.edit import Editor, ImageChange
from imaging.images.history import VersionLimits
from imaging.images.models import Image, ImageVersion
from imaging.images.replace import Replacement
from imaging.images.versions import AT_ONCE, Retention, Versions, named_keys
from imaging.journal import jobs
from imaging.journal.models import Job
from tests.images.counter import Counter, received
from tests.images.inspector import PillowInspector

LIMITS = VersionLimits(keep_days=30, most=5)


@dataclass
class Bench:
    counter: Counter
    inspector: PillowInspector
    wakeups: LocalWakeups
    limits: VersionLimits = LIMITS
    at_once: int = AT_ONCE

    @property
    def replacement(self) -> Replacement:
        counter = self.counter
        return Replacement(counter.store, self.inspector, self.wakeups, counter.ingest.slots, self.limits)

    @property
    def versions(self) -> Versions:
        return Versions(self.wakeups, self.limits)

    async def image(self, owner: Viewer, content: bytes, **said: Any) -> Image:
        [result] = await self.counter.hand_in(owner, content, **said)
        assert result.image is not None, result.errors
        return result.image

    async def replace(
        self, viewer: Viewer, image: Image, content: bytes, filename: str = "new.jpg", **more: Any
    ) -> Image:
        file = await received(self.counter.spool, content, filename)
        return await self.replacement.replace(viewer, image.id, file, **more)

    async def focus(self, viewer: Viewer, image: Image, x: float) -> None:
        """Move the focal point, which makes a version of the same bytes."""
        [result] = await Editor(self.wakeups).update(viewer, [ImageChange(image.id, {"focal_point": (x, 0.5)})])
        assert result.error is None

    async def retire(self, *, days: float = 0) -> int:
        """Let retention pass by in so many days."""
        now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
        return await Retention(self.wakeups, self.limits, at_once=self.at_once).retire(now)

    async def work(self, *, later: bool = False) -> list[tuple[str, str]]:
        """Do the jobs that are due, or `later` all of them; return what they were."""
        if later:
            await Job.all().update(run_after=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
        done = []
        kinds = (jobs.REMOVE_OBJECT, jobs.REMOVE_OBJECTS, jobs.PURGE_CDN)
        while claimed := await jobs.claim(kinds):
            for job in claimed:
                single = job.kind == jobs.REMOVE_OBJECT
                await (self.counter.store.delete if single else self.counter.store.delete_prefix)(job.subject)
                await jobs.finish(job)
                done.append((job.kind, job.subject))
        return sorted(done)

    async def check_whole(self) -> None:
        """Expect every row's bytes to be there, to be its own, and nothing else to be there."""
        rows: list[Image | ImageVersion] = [*await Image.all(), *await ImageVersion.all()]
        for row in rows:
            content = b"".join([part async for part in self.counter.store.read(row.original_key)])
            assert hashlib.sha256(content).hexdigest() == row.sha256
        keys = await self.counter.stored()
        assert keys == {row.original_key for row in rows} == await named_keys([image.id for image in await Image.all()])
        assert self.counter.spooled() == []

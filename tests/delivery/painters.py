"""Renderers that can be watched, or made to wait, over AVIFs alone."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from imaging.render.decoder import DecoderPool
from imaging.render.facts import Rendered
from imaging.render.plan import Plan
from imaging.render.transform import OutputFormat
from tests.delivery.stage import Painter


class Selective(Painter):
    """A painter that waits, or fails, only over AVIFs."""

    async def render(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        if plan.format is OutputFormat.AVIF:
            self._begin(target)
            return await super().render(source_path, plan, target)
        return self._paint(source_path, plan, target)

    def _begin(self, target: Path) -> None:
        target.write_bytes(b"half")


@dataclass
class Watched:
    """The real decoder, which tells when it is given an AVIF to make."""

    decoder: DecoderPool
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def render(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        if plan.format is OutputFormat.AVIF:
            self.began.set()
        return await self.decoder.render(source_path, plan, target)

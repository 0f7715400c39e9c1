"""Makes renditions: each once for everybody who asks meanwhile, within what may be made at once, and keeps them."""

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from imaging import database
from imaging.delivery.address import RenditionAddress
from imaging.delivery.admission import PixelGate, price
from imaging.delivery.avif_budget import AvifBudget
from imaging.delivery.flight import SingleFlight
from imaging.delivery.later import Later
from imaging.delivery.rows import Original, absent, row_for
from imaging.delivery.source import source_of
from imaging.delivery.watermarks import overlaid
from imaging.errors import FileRejected, NotFound
from imaging.journal import jobs
from imaging.ports import ObjectInfo, ObjectStore
from imaging.render.facts import Rendered
from imaging.render.plan import MEDIA_TYPES, OutputLimits, Plan, plan

UNFINISHED = "render-"
"""How files begin that are being rendered; one that is left over belongs to a process that was killed."""


class Renderer(Protocol):
    """What makes the pixels, elsewhere; see `render.decoder.DecoderPool`."""

    async def render(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        """Draw the planned rendition of a picture into the file `target`."""


@dataclass(frozen=True, slots=True)
class Made:
    """A stored rendition; `render_ms` is None when it was there already."""

    info: ObjectInfo
    render_ms: float | None = None


@dataclass(frozen=True)
class Maker:
    """Renders pictures into the store, and learns how long an AVIF takes. `directory` is for unfinished files."""

    store: ObjectStore
    renderer: Renderer
    directory: Path
    limits: OutputLimits
    recipe: int
    gate: PixelGate
    budget: AvifBudget
    _flight: SingleFlight[Made] = field(default_factory=SingleFlight, init=False)
    _later: Later = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_later", Later(self.gate))

    async def make(self, original: Original, address: RenditionAddress) -> Made:
        """Return the rendition, made if it is not stored.

        Raises:
            InvalidTransform: no picture can be made from the wish.
            NotFound: it may not be seen, or the bytes it was of are gone.
            FileRejected: the original cannot be decoded.
            Overloaded: too much is being made at once.
        """
        return await self._flight.run(address.key, partial(self._make, original, address))

    def make_later(self, address: RenditionAddress) -> None:
        """Make the rendition when nothing else is being made; or not, when too much waits."""
        self._later.add(address.key, partial(self._make_unasked, address))

    async def close(self) -> None:
        """Stop what is being made; nothing half-made is left."""
        await self._later.close()
        await self._flight.close()

    async def _make_unasked(self, address: RenditionAddress) -> None:
        await self.make(await row_for(address), address)

    async def _make(self, original: Original, address: RenditionAddress) -> Made:
        stored = await self.store.stat(address.key)
        if stored is not None:
            return Made(stored)
        if address.recipe > self.recipe:
            raise absent()
        planned = plan(address.wish, source_of(original), format=address.wish.format, limits=self.limits)
        async with overlaid(planned, address, self.store) as wish:
            with self.gate.admit(price(wish)):
                began_s = time.perf_counter()
                info = await self._render(original, address, wish)
                took_ms = (time.perf_counter() - began_s) * 1000
        try:
            await row_for(address)
        except NotFound:
            # It left sight while we were at it, perhaps after its renditions were removed: leave no orphan.
            await self.store.delete(address.key)
            # A CDN may have found it meanwhile, and may have been told to forget too early.
            async with database.transaction():
                await jobs.promise(jobs.PURGE_CDN, f"{address.key[0]}/{address.image_id.hex}")
            raise
        return Made(info, took_ms)

    async def _render(self, original: Original, address: RenditionAddress, wish: Plan) -> ObjectInfo:
        target = self.directory / f"{UNFINISHED}{uuid.uuid4().hex}.{wish.format.value}"
        try:
            async with self.store.local_file(original.original_key) as source:
                rendered = await self.renderer.render(source, wish, target)
            if rendered.encode_ms is not None:
                self.budget.learn(rendered.width * rendered.height, rendered.encode_ms)
            return await self.store.put(address.key, target, content_type=MEDIA_TYPES[wish.format])
        except FileRejected:
            # Deleting takes the original away from under us, which looks like a broken file.
            await row_for(address)
            raise
        finally:
            await asyncio.to_thread(target.unlink, missing_ok=True)

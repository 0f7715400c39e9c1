"""Find what an address asks for, or make it: checked, once for everybody, and kept."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from imaging.delivery.address import ORIGINAL_EXTENSIONS, OriginalAddress, RenditionAddress, parse
from imaging.delivery.admission import PixelGate
from imaging.delivery.avif_budget import AvifBudget
from imaging.delivery.choice import Choice, choose
from imaging.delivery.found import Found, Wanted
from imaging.delivery.make import Made, Maker, Renderer
from imaging.delivery.recipe import RECIPE
from imaging.delivery.rows import Original, absent, original_row, row_for
from imaging.delivery.source import source_of
from imaging.errors import SignatureRejected
from imaging.images.picture import Picture
from imaging.ports import ObjectStore, UrlSigner
from imaging.render.choices import OutputFormat
from imaging.render.plan import MEDIA_TYPES, OutputLimits, output_size

STAND_IN_S = 60
"""How long something else may be kept that is served in place of what was asked for."""

# What a browser names to which a CDN gives the `.avif` of a negotiated address.
_TAKES_AVIF = f"{MEDIA_TYPES[OutputFormat.AVIF]},{MEDIA_TYPES[OutputFormat.WEBP]}"


@dataclass(frozen=True)
class Delivery:
    """Finds or makes what addresses ask for. `directory` is for files that are being rendered.

    A store in a folder should share its file system with `directory`; `clock` gives seconds since the epoch.
    """

    store: ObjectStore
    signer: UrlSigner
    renderer: Renderer
    directory: Path
    limits: OutputLimits = field(default_factory=OutputLimits)
    recipe: int = RECIPE
    gate: PixelGate = field(default_factory=PixelGate)
    budget: AvifBudget = field(default_factory=AvifBudget)
    clock: Callable[[], float] = time.time

    async def find(self, wanted: Wanted) -> Found:
        """Return the bytes of a rendition, made if need be, or of an original.

        Raises:
            InvalidTransform: the address asks for what cannot be made.
            SignatureRejected: the address needs a signature, and this is not it.
            NotFound: there is no such picture, or it may not be seen.
            FileRejected: the original cannot be decoded, or not within the limits.
            Overloaded: too much is being made at once.
        """
        address = parse(wanted.path)
        if isinstance(address, OriginalAddress):
            return await self._find_original(address, wanted)
        return await self._find_rendition(address, wanted)

    async def choose(self, picture: Picture, address: RenditionAddress, accept: str) -> Choice | None:
        """Return the format that a negotiated address is answered in; None where the address names one for good.

        Who turned `.auto` into `.avif` did not know whether this picture is one for AVIF: it may get the next best.
        """
        fallback = address.alternative
        if fallback is None or address.wish.format not in (OutputFormat.AUTO, OutputFormat.AVIF):
            return None
        source, wish = source_of(picture), replace(address.wish, format=OutputFormat.AUTO)
        size = output_size(wish, source, self.limits)
        if address.wish.format is OutputFormat.AVIF:
            accept = _TAKES_AVIF

        def chosen(*, is_stored: bool) -> Choice:
            limits, budget_pixels = self.limits, self.budget.pixels
            facts = (wish, source, size, accept)
            return choose(*facts, fallback=fallback, limits=limits, budget_pixels=budget_pixels, is_stored=is_stored)

        choice = chosen(is_stored=False)
        if choice.later and await self.store.stat(address.in_format(choice.later).key):
            return chosen(is_stored=True)
        return choice

    async def warm(self, address: RenditionAddress) -> None:
        """Make what an address would be answered with, whatever the browser, before anybody asks; what is stored stays.

        Raises:
            InvalidTransform, NotFound, FileRejected, Overloaded: as `find`.
        """
        original = await row_for(address)
        formats: dict[OutputFormat, None] = {}
        for accept in (_TAKES_AVIF, MEDIA_TYPES[OutputFormat.WEBP], ""):
            choice = await self.choose(original, address, accept)
            formats[address.wish.format if choice is None else choice.later or choice.format] = None
        for wanted in map(address.in_format, formats):
            if await self.store.stat(wanted.key) is None:
                await self._maker.make(original, wanted)

    async def close(self) -> None:
        """Stop what is being made."""
        await self._maker.close()

    @cached_property
    def _maker(self) -> Maker:
        return Maker(self.store, self.renderer, self.directory, self.limits, self.recipe, self.gate, self.budget)

    async def _find_original(self, address: OriginalAddress, wanted: Wanted) -> Found:
        expires_s = self._check_private(address, wanted)
        original = await original_row(address)
        info = await self.store.stat(address.key)
        if info is None or address.ext != ORIGINAL_EXTENSIONS[original.format]:
            raise absent()
        keep_s = self._seconds_left(expires_s)
        return Found(info, original.content_type, address.filename, keep_s, attachment=original.filename)

    async def _find_rendition(self, asked: RenditionAddress, wanted: Wanted) -> Found:
        keep_s = None if asked.public else self._seconds_left(self._check_private(asked, wanted))
        original = await row_for(asked)
        choice = await self.choose(original, asked, wanted.accept)
        address = asked if choice is None else asked.in_format(choice.format)
        if _stands_in(asked, choice):
            keep_s = STAND_IN_S if keep_s is None else min(STAND_IN_S, keep_s)
        made = await self._made(original, address, wanted)
        if choice and choice.later and self._may_make(asked, wanted):
            self._maker.make_later(asked.in_format(choice.later))
        return Found(
            made.info,
            MEDIA_TYPES[address.wish.format],
            address.filename,
            keep_s,
            public=asked.public,
            negotiated=asked.wish.format is OutputFormat.AUTO,
            render_ms=made.render_ms,
            decision=choice.reason if choice else None,
        )

    async def _made(self, original: Original, address: RenditionAddress, wanted: Wanted) -> Made:
        info = await self.store.stat(address.key)
        if info is not None:
            return Made(info)
        if address.public:
            self.signer.check(address.signed_path, wanted.signature, wanted.expires_s)
        return await self._maker.make(original, address)

    def _may_make(self, address: RenditionAddress, wanted: Wanted) -> bool:
        """Return whether this asker may have something made that it does not get; see `_made`."""
        try:
            self.signer.check(address.signed_path, wanted.signature, wanted.expires_s)
        except SignatureRejected:
            return False
        return True

    def _check_private(self, address: RenditionAddress | OriginalAddress, wanted: Wanted) -> int:
        if wanted.expires_s is None:
            raise SignatureRejected("This address needs a signature with an expiry.")
        self.signer.check(address.signed_path, wanted.signature, wanted.expires_s)
        return wanted.expires_s

    def _seconds_left(self, expires_s: int) -> int:
        return max(0, int(expires_s - self.clock()))


def _stands_in(asked: RenditionAddress, choice: Choice | None) -> bool:
    """Return whether what is served is not what others will get at this address."""
    if choice is None:
        return False
    return choice.stand_in or asked.wish.format not in (OutputFormat.AUTO, choice.format)

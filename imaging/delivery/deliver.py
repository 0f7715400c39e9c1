"""Find what an address asks for, or make it: checked, once for everybody, and kept."""

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from imaging.delivery.address import ORIGINAL_EXTENSIONS, OriginalAddress, RenditionAddress, parse
from imaging.delivery.admission import PixelGate
from imaging.delivery.flight import SingleFlight
from imaging.delivery.recipe import RECIPE
from imaging.delivery.source import source_of
from imaging.delivery.watermarks import overlaid
from imaging.errors import FileRejected, NotFound, SignatureRejected
from imaging.images.models import Image, ImageState
from imaging.ports import ObjectInfo, ObjectStore, UrlSigner
from imaging.render.facts import CONTENT_TYPES, Rendered
from imaging.render.plan import MEDIA_TYPES, OutputLimits, Plan, choose_auto, output_size, plan
from imaging.render.transform import OutputFormat

UNFINISHED = "render-"
"""How files begin that are being rendered; one that is left over belongs to a process that was killed."""

# Asked for at every hit, and written out because building a query costs more than running this one.
_ROW = """
SELECT "id", "version", "bytes_version", "state", "visibility", "filename", "format",
       "width", "height", "orientation", "pages", "animated", "has_alpha"
FROM "image" WHERE "id" = '{}'
"""
STAND_IN_S = 60
"""How long something else may be kept that is served in place of what was asked for."""

_HIDDEN = (ImageState.TRASHED, ImageState.QUARANTINED)


class Renderer(Protocol):
    """What makes the pixels, elsewhere; see `render.decoder.DecoderPool`."""

    async def render(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        """Draw the planned rendition of a picture into the file `target`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: the undecoded path, the signature and expiry that came with it, the Accept header."""

    path: str
    signature: str = ""
    expires_s: int | None = None
    accept: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Bytes to serve, to be kept for `keep_s` seconds, None for ever; by everybody when they are `public`.

    `negotiated` says that another Accept header may get other bytes. `attachment` is the name under which the
    bytes are to be saved instead of shown. `render_ms` is set when they had to be made.
    """

    info: ObjectInfo
    content_type: str
    filename: str
    keep_s: int | None
    public: bool = False
    negotiated: bool = False
    attachment: str | None = None
    render_ms: float | None = None


@dataclass(frozen=True)
class Delivery:
    """Finds or makes what addresses ask for. `directory` is for files that are being rendered.

    `directory` and the store should share a file system; `clock` gives seconds since the epoch.
    """

    store: ObjectStore
    signer: UrlSigner
    renderer: Renderer
    directory: Path
    limits: OutputLimits = field(default_factory=OutputLimits)
    recipe: int = RECIPE
    gate: PixelGate = field(default_factory=PixelGate)
    clock: Callable[[], float] = time.time
    _flight: SingleFlight[tuple[ObjectInfo, float | None]] = field(default_factory=SingleFlight, init=False)

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

    async def close(self) -> None:
        """Stop what is being made."""
        await self._flight.close()

    async def _find_original(self, address: OriginalAddress, wanted: Wanted) -> Found:
        expires_s = self._check_private(address, wanted)
        image = await _seen_row(address.image_id)
        info = await self.store.stat(address.key)
        if info is None or address.version != image.bytes_version or address.ext != ORIGINAL_EXTENSIONS[image.format]:
            raise _absent()
        keep_s = self._seconds_left(expires_s)
        return Found(info, CONTENT_TYPES[image.format], address.filename, keep_s, attachment=image.filename)

    async def _find_rendition(self, address: RenditionAddress, wanted: Wanted) -> Found:
        keep_s = None if address.public else self._seconds_left(self._check_private(address, wanted))
        image = await _row_for(address)
        asked, address = address, self._settled(image, address, wanted.accept)
        stand_in = asked.wish.format not in (OutputFormat.AUTO, address.wish.format)
        if stand_in:
            keep_s = STAND_IN_S if keep_s is None else min(STAND_IN_S, keep_s)
        info, render_ms = await self.store.stat(address.key), None
        if info is None:
            if address.public:
                self.signer.check(address.signed_path, wanted.signature, wanted.expires_s)
            info, render_ms = await self._flight.run(address.key, partial(self._make, image, address))
        content_type = MEDIA_TYPES[address.wish.format]
        return Found(
            info,
            content_type,
            address.filename,
            keep_s,
            public=address.public,
            negotiated=asked.wish.format is OutputFormat.AUTO,
            render_ms=render_ms,
        )

    def _check_private(self, address: RenditionAddress | OriginalAddress, wanted: Wanted) -> int:
        if wanted.expires_s is None:
            raise SignatureRejected("This address needs a signature with an expiry.")
        self.signer.check(address.signed_path, wanted.signature, wanted.expires_s)
        return wanted.expires_s

    def _seconds_left(self, expires_s: int) -> int:
        return max(0, int(expires_s - self.clock()))

    def _settled(self, image: Image, address: RenditionAddress, accept: str) -> RenditionAddress:
        """Return the address in the format that is served.

        Who turned `.auto` into `.avif` did not know whether this picture is one for AVIF: it gets the next best.
        """
        if address.alternative is None or address.wish.format not in (OutputFormat.AUTO, OutputFormat.AVIF):
            return address
        if address.wish.format is OutputFormat.AVIF:
            accept = f"{MEDIA_TYPES[OutputFormat.AVIF]},{MEDIA_TYPES[OutputFormat.WEBP]}"
        source = source_of(image)
        wish = replace(address.wish, format=OutputFormat.AUTO)
        size = output_size(wish, source, self.limits)
        chosen = choose_auto(accept, wish, source, size, address.alternative, self.limits.auto_avif_pixels)
        return address.in_format(chosen)

    async def _make(self, image: Image, address: RenditionAddress) -> tuple[ObjectInfo, float | None]:
        stored = await self.store.stat(address.key)
        if stored is not None:
            return stored, None
        if address.recipe > self.recipe or address.version < image.bytes_version:
            raise _absent()
        planned = plan(address.wish, source_of(image), format=address.wish.format, limits=self.limits)
        async with overlaid(planned, address, self.store) as wish:
            with self.gate.admit(_price(wish)):
                began_s = time.perf_counter()
                info = await self._render(image, address, wish)
                took_ms = (time.perf_counter() - began_s) * 1000
        try:
            await _row_for(address)
        except NotFound:
            # It left sight while we were at it, perhaps after its renditions were removed: leave no orphan.
            await self.store.delete(address.key)
            raise
        return info, took_ms

    async def _render(self, image: Image, address: RenditionAddress, wish: Plan) -> ObjectInfo:
        target = self.directory / f"{UNFINISHED}{uuid.uuid4().hex}.{wish.format.value}"
        try:
            async with self.store.local_file(image.original_key) as original:
                await self.renderer.render(original, wish, target)
            return await self.store.put(address.key, target, content_type=MEDIA_TYPES[wish.format])
        except FileRejected:
            # Deleting takes the original away from under us, which looks like a broken file.
            await _row_for(address)
            raise
        finally:
            await asyncio.to_thread(target.unlink, missing_ok=True)


def _price(wish: Plan) -> int:
    source, overlay = wish.source, wish.overlay.source if wish.overlay else None
    laid_over = overlay.width * overlay.height if overlay else 0
    return wish.pages * (source.width * source.height + wish.width * wish.height) + laid_over


async def _row_for(address: RenditionAddress) -> Image:
    image = await _seen_row(address.image_id)
    if address.version > image.version or (address.public and not image.is_public):
        raise _absent()
    return image


async def _seen_row(image_id: uuid.UUID) -> Image:
    rows: list[Image] = await Image.raw(_ROW.format(image_id))
    if not rows or rows[0].state in _HIDDEN:
        raise _absent()
    return rows[0]


def _absent() -> NotFound:
    return NotFound("There is no picture at this address.")

"""Stored originals: whether they are still what was taken in, and what can be read from them anew."""

import asyncio
from typing import Any

from imaging import database
from imaging.errors import ChecksumMismatch, NotFound
from imaging.images import integrity
from imaging.images.edit import announce, note
from imaging.images.history import locked
from imaging.images.ingest import Inspector
from imaging.images.models import Image, ImageDetail
from imaging.images.picture import facts_of, raw_of
from imaging.journal.models import EventKind
from imaging.ports import ObjectStore, Wakeups
from imaging.render.facts import Inspection


class Originals:
    """Looks at the stored bytes of images; `slots` are shared with whoever else fills the decoder."""

    def __init__(self, store: ObjectStore, decoder: Inspector, wakeups: Wakeups, slots: asyncio.Semaphore) -> None:
        self._store = store
        self._decoder = decoder
        self._wakeups = wakeups
        self._slots = slots

    async def verify(self, image: Image) -> None:
        """Accept an image whose stored original is what was taken in.

        Raises:
            ChecksumMismatch: it is not, or it is gone.
            NotFound: the image is gone, or has other bytes by now.
        """
        try:
            sound = await integrity.is_sound(self._store, image)
        except NotFound:
            raise await _lost(image) from None
        if not sound:
            raise ChecksumMismatch("The stored original is damaged: its bytes are not those that were taken in.")

    async def read_again(self, image: Image) -> None:
        """Decode the original again, and keep what is found: placeholder, hashes, colours, metadata.

        Bytes and addresses stay as they are; an image that has other bytes by now is left alone.

        Raises:
            FileRejected: the original cannot be decoded, or is gone.
            NotFound: the image is gone, or has other bytes by now.
            Overloaded: too many are waiting.
        """
        try:
            async with self._store.local_file(image.original_key) as path, self._slots:
                found = await self._decoder.inspect(path)
        except NotFound:
            raise await _lost(image) from None
        async with database.transaction():
            now = await locked(image.id)
            if now is not None and now.bytes_version == image.bytes_version:
                await _keep(now, found)
        announce(self._wakeups)


async def _keep(image: Image, found: Inspection) -> None:
    facts = facts_of(found, size_bytes=image.size_bytes, sha256=image.sha256)
    new: dict[str, Any] = {name: value for name, value in facts.items() if getattr(image, name) != value}
    raw = raw_of(found)
    if not await ImageDetail.filter(image_id=image.id).update(**raw):
        await ImageDetail.create(image_id=image.id, **raw)
    if new:
        image.update_from_dict(new)
        await image.save(update_fields=[*new, "updated_at"])
        await note(EventKind.UPDATED, image, public_before=image.is_public, public_after=image.is_public)


async def _lost(image: Image) -> ChecksumMismatch | NotFound:
    """Return what to say of an original that is not there."""
    if await Image.filter(id=image.id, bytes_version=image.bytes_version).exists():
        return ChecksumMismatch("The stored original is gone.")
    return NotFound("The image is gone, or has other bytes by now.")

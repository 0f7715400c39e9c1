"""Replacing the bytes of an image: whole, with a version of their own, or not at all."""

import asyncio
import uuid
from dataclasses import dataclass

from tortoise.exceptions import IntegrityError

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.cancellation import to_the_end
from imaging.errors import Conflict, NotFound, OutcomeUnknown, StorageUnavailable
from imaging.images.edit import announce, refusal
from imaging.images.history import NewBytes, VersionLimits, check_unique, locked, succeed
from imaging.images.ingest import Deed, Inspector
from imaging.images.models import Image, ImageState, original_key
from imaging.images.picture import facts_of, raw_of
from imaging.images.received import ReceivedFile, keep_original
from imaging.journal import jobs
from imaging.ports import ObjectStore, Wakeups
from imaging.render.facts import Inspection

RESERVED_S = 3600.0
"""How long storing bytes may take before they count as left behind by a process that was killed."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be replaced by what; `viewer` is None where their right was looked at before."""

    image_id: uuid.UUID
    file: ReceivedFile
    viewer: Viewer | None = None
    expected_version: int | None = None
    also: Deed | None = None

    def check(self, image: Image | None) -> Image:
        """Return the image as it is now, when it may be replaced.

        Raises:
            NotFound, Forbidden, Conflict: it may not.
        """
        error = refusal(self.viewer, image) if self.viewer else None
        if error is not None:
            raise error
        if image is None:
            raise NotFound("There is no such image.")
        if image.state is ImageState.TRASHED:
            raise Conflict("This image is in the trash; restore it first.")
        if self.expected_version not in (None, image.version):
            message = f"This image is at version {image.version} by now; {self.expected_version} was expected."
            raise Conflict(message, field=["expected_version"])
        return image

    def is_done(self, image: Image) -> bool:
        """Return True when the image has these bytes already; those of a FAILED one are worth storing again."""
        return image.sha256 == self.file.sha256 and image.state is not ImageState.FAILED


class Replacement:
    """Gives images other bytes. What people said stays, and so do the visibility and the focal point.

    The file name becomes that of the new file. The bytes replaced become an earlier version; `slots` are shared with
    `Ingest`, so that both together do not overfill the decoder.
    """

    def __init__(
        self,
        store: ObjectStore,
        decoder: Inspector,
        wakeups: Wakeups,
        slots: asyncio.Semaphore,
        limits: VersionLimits | None = None,
    ) -> None:
        self._store = store
        self._decoder = decoder
        self._wakeups = wakeups
        self._slots = slots
        self._limits = limits or VersionLimits()

    async def replace(
        self, viewer: Viewer, image_id: uuid.UUID, file: ReceivedFile, *, expected_version: int | None = None
    ) -> Image:
        """Return the image with the bytes of the file, which is gone afterwards; unchanged if it has them already.

        Raises:
            Unauthenticated, Forbidden: the viewer may not change it.
            NotFound: there is no such image, for this viewer.
            Conflict: it is in the trash, or at another version than the expected one.
            SameBytes: another image of its owner has these bytes.
            FileRejected, Overloaded: the file is not taken in.
        """
        try:
            viewer.must_edit()
            return await self._replace(_Wish(image_id, file, viewer, expected_version))
        finally:
            await to_the_end(file.discard())

    async def replace_with(self, image_id: uuid.UUID, file: ReceivedFile, also: Deed) -> Image:
        """Do the same with a file of somebody whose right was looked at before; the caller discards it.

        `also` is awaited in the transaction that replaces the bytes, or finds them there already: who writes down
        in it that the file is settled, and looks at that first, replaces once, however often they are killed.

        Raises:
            NotFound: there is no such image, or what was staged is gone.
            Conflict, FileRejected, Overloaded: as `replace`.
        """
        return await self._replace(_Wish(image_id, file, also=also))

    async def _replace(self, wish: _Wish) -> Image:
        if wish.file.rejected is not None:
            raise wish.file.rejected
        if (done := await _done_already(wish)) is not None:
            return done
        async with self._slots:
            found = await self._decoder.inspect(wish.file.path)
        # From here on it is quick, and half of it would be a stray object: a hang-up no longer stops it.
        return await to_the_end(self._keep(wish, found))

    async def _keep(self, wish: _Wish, found: Inspection) -> Image:
        number = await _reserve(wish)
        key = original_key(wish.image_id, number)
        try:
            await keep_original(self._store, wish.file, key, found.source.format)
            return await self._write(wish, found, number)
        except OutcomeUnknown:
            # If it was not written, the promise of `_reserve` still stands.
            raise
        except BaseException as error:
            async with database.transaction():
                await jobs.promise(jobs.REMOVE_OBJECT, key)
            if isinstance(error, IntegrityError):
                # Another image was given these bytes meanwhile.
                await check_unique(wish.check(await Image.get_or_none(id=wish.image_id)), wish.file.sha256)
            raise
        finally:
            announce(self._wakeups)

    async def _write(self, wish: _Wish, found: Inspection, number: int) -> Image:
        file = wish.file
        async with database.transaction():
            image = wish.check(await locked(wish.image_id))
            if wish.is_done(image):
                await jobs.promise(jobs.REMOVE_OBJECT, original_key(image.id, number))
            else:
                await check_unique(image, file.sha256)
                if not await jobs.withdraw(jobs.REMOVE_OBJECT, original_key(image.id, number)):
                    raise StorageUnavailable("Storing the file took too long; try again.")
                facts = facts_of(found, size_bytes=file.size_bytes, sha256=file.sha256)
                new = NewBytes(number, file.filename or image.filename, facts, raw_of(found))
                await succeed(image, new, self._limits)
            if wish.also is not None:
                await wish.also(image)
        return image


async def _done_already(wish: _Wish) -> Image | None:
    async with database.transaction():
        image = wish.check(await locked(wish.image_id))
        if not wish.is_done(image):
            await check_unique(image, wish.file.sha256)
            return None
        if wish.also is not None:
            await wish.also(image)
        return image


async def _reserve(wish: _Wish) -> int:
    """Return the number of an object that nobody else uses; unless it is used, what has this number is removed.

    The promise to do so is written before the object is, and taken back when a row names it: whoever is killed
    in between leaves nothing.
    """
    async with database.transaction():
        image = wish.check(await locked(wish.image_id))
        prefix = original_key(image.id, 0).removesuffix("0")
        promised = await jobs.promised(jobs.REMOVE_OBJECT, prefix)
        number = 1 + max([image.version, *(int(key.removeprefix(prefix)) for key in promised)])
        await jobs.promise(jobs.REMOVE_OBJECT, original_key(image.id, number), after_s=RESERVED_S)
    return number

"""Originals that are gone from the store, or damaged there: found, told, and never deleted for it."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from imaging.errors import NotFound, StorageUnavailable
from imaging.images import integrity
from imaging.images.models import Image, ImageState
from imaging.ports import ObjectStore, Wakeups
from imaging.upkeep.task import Looked

PAGE = 500
ASKED_AT_ONCE = 8
FEW = 20
"""Of fewer originals than this it may be chance that half of them are missing."""

_DOUBT = "Most of the originals that were looked for are not in the storage: is it the right one?"
_COLUMNS = ("id", "bytes_version", "state", "failure_code", "sha256")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Originals:
    """Compares images with what the store keeps of them; `sample` is how many checksums are verified in one run."""

    store: ObjectStore
    wakeups: Wakeups
    sample: int

    async def lost(self, looked: Looked) -> AsyncIterator[str]:
        """Yield images whose original is not there and that do not say so, and such as say so and have it again.

        Raises:
            StorageUnavailable: most of a page of originals are not there; then it may be the wrong store.
        """
        last = uuid.UUID(int=0)
        while page := await Image.filter(id__gt=last).order_by("id").limit(PAGE).only(*_COLUMNS):
            last = page[-1].id
            looked(len(page))
            there = await self._are_there(page)
            if len(page) >= FEW and there.count(False) * 2 > len(page):
                raise StorageUnavailable(_DOUBT)
            for image, is_there in zip(page, there, strict=True):
                if is_there == (image.failure_code == integrity.MISSING) and _is_told_of(image, is_there=is_there):
                    yield _name(image)

    async def tell_lost(self, name: str) -> None:
        """Make an image that `lost` named FAILED, or READY again, by what is there now."""
        id, bytes_version = _read(name)
        image = await Image.get_or_none(id=id, bytes_version=bytes_version).only(*_COLUMNS)
        if image is None:
            return
        if await self._is_there(image):
            await integrity.recover(self.wakeups, id, bytes_version)
        elif await integrity.fail(self.wakeups, id, bytes_version, integrity.MISSING):
            _log.error("upkeep: the original of image %s is missing from the storage", id)

    async def damaged(self, looked: Looked) -> AsyncIterator[str]:
        """Yield images, of a sample drawn anew each time, whose original's bytes are not those that were taken in."""
        for image in await self._drawn():
            looked(1)
            if await self._is_damaged(image):
                yield _name(image)

    async def tell_damaged(self, name: str) -> None:
        """Make an image that `damaged` named FAILED, if a second reading finds the same."""
        id, bytes_version = _read(name)
        image = await Image.get_or_none(id=id, bytes_version=bytes_version).only(*_COLUMNS)
        if image is None or not await self._is_damaged(image):
            return
        if await integrity.fail(self.wakeups, id, bytes_version, integrity.CORRUPT):
            _log.error("upkeep: the original of image %s is damaged in the storage", id)

    async def expected(self) -> int:
        """Return about how many images there are."""
        return await Image.all().count()

    async def expected_sample(self) -> int:
        """Return about how many checksums are verified in one run."""
        return min(self.sample, await self.expected())

    async def _drawn(self) -> list[Image]:
        """Draw images: their ids are random, so those that follow a random one are."""
        sound, start = Image.filter(state__in=integrity.MAY_FAIL), uuid.uuid4()
        after = await sound.filter(id__gte=start).order_by("id").limit(self.sample).only(*_COLUMNS)
        rest = self.sample - len(after)
        before = await sound.filter(id__lt=start).order_by("id").limit(rest).only(*_COLUMNS) if rest else []
        return [*after, *before]

    async def _are_there(self, images: Sequence[Image]) -> list[bool]:
        there: list[bool] = []
        for start in range(0, len(images), ASKED_AT_ONCE):
            asked = [self._is_there(image) for image in images[start : start + ASKED_AT_ONCE]]
            there += await asyncio.gather(*asked)
        return there

    async def _is_there(self, image: Image) -> bool:
        """Ask for one byte: a store may take long to tell all about an object, and no original is empty."""
        try:
            async for _ in self.store.read(image.original_key, 0, 1):
                pass
        except NotFound:
            return False
        return True

    async def _is_damaged(self, image: Image) -> bool:
        """Return whether its bytes are there and are others."""
        try:
            return not await integrity.is_sound(self.store, image)
        except NotFound:
            return False


def _is_told_of(image: Image, *, is_there: bool) -> bool:
    return image.state is ImageState.FAILED if is_there else image.state in integrity.MAY_FAIL


def _name(image: Image) -> str:
    return f"{image.id.hex} {image.bytes_version}"


def _read(name: str) -> tuple[uuid.UUID, int]:
    id, _, bytes_version = name.partition(" ")
    return uuid.UUID(hex=id), int(bytes_version)

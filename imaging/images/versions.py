"""The versions of an image: what it was before, back to it, and how long it is kept."""

import datetime
import uuid
from collections.abc import Sequence
from functools import partial

from tortoise.exceptions import IntegrityError
from tortoise.functions import Count

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.errors import Conflict, NotFound
from imaging.images.edit import announce, refusal
from imaging.images.history import (
    NewBytes,
    VersionLimits,
    bytes_of,
    check_unique,
    earlier_versions,
    locked,
    retire,
    succeed,
)
from imaging.images.models import Image, ImageState, ImageVersion
from imaging.ports import Wakeups

AT_ONCE = 100


class Versions:
    """Lists what images were before, and brings it back, for their owners and admins."""

    def __init__(self, wakeups: Wakeups, limits: VersionLimits | None = None) -> None:
        self._wakeups = wakeups
        self._limits = limits or VersionLimits()

    async def earlier(self, image_ids: Sequence[uuid.UUID]) -> list[list[ImageVersion]]:
        """Return the earlier bytes of images that were found before, newest first, in one query.

        They are for who rules an image, and nobody else.
        """
        return await earlier_versions(image_ids)

    def expires_at(self, row: ImageVersion) -> datetime.datetime | None:
        """Return when earlier bytes are forgotten at the latest; None for the present ones."""
        if row.replaced_at is None:
            return None
        return row.replaced_at + datetime.timedelta(days=self._limits.keep_days)

    async def restore(self, viewer: Viewer, image_id: uuid.UUID, version: int) -> Image:
        """Return the image with the bytes that a version had, as a new version; nothing is copied.

        Of the present bytes nothing changes.

        Raises:
            Unauthenticated, Forbidden: the viewer may not change it.
            NotFound: there is no such image for this viewer, or the version never was, or is no longer kept.
            Conflict: the image is in the trash.
            SameBytes: another image of its owner has these bytes.
        """
        viewer.must_edit()
        try:
            async with database.transaction():
                image = await _restore(viewer, image_id, version, self._limits)
        except IntegrityError:
            await _refuse_copy(image_id, version)
            raise
        announce(self._wakeups)
        return image


class Retention:
    """Forgets earlier versions whose time is over, or that are too many by now; `at_once` are looked up together."""

    def __init__(self, wakeups: Wakeups, limits: VersionLimits | None = None, *, at_once: int = AT_ONCE) -> None:
        self._wakeups = wakeups
        self._limits = limits or VersionLimits()
        self._at_once = at_once

    async def retire(self, now: datetime.datetime) -> int:
        """Forget them, image by image, and return how many; their objects are removed by the worker.

        It may be killed at any moment, and may run twice.
        """
        before = now - datetime.timedelta(days=self._limits.keep_days)
        retired = 0
        for due in (partial(self._expired, before), self._crowded):
            while ids := set(await due()):
                for id in ids:
                    retired += await self._retire(id, before)
                announce(self._wakeups)
        return retired

    async def due(self, now: datetime.datetime) -> int:
        """Return how many earlier versions there are whose time is over."""
        return await ImageVersion.filter(replaced_at__lt=now - datetime.timedelta(days=self._limits.keep_days)).count()

    async def _expired(self, before: datetime.datetime) -> list[uuid.UUID]:
        rows = ImageVersion.filter(replaced_at__lt=before).order_by("replaced_at").limit(self._at_once)
        return [row.image_id for row in await rows.only("id", "image_id")]

    async def _crowded(self) -> list[uuid.UUID]:
        counted = ImageVersion.annotate(count=Count("id")).group_by("image_id").filter(count__gt=self._limits.most)
        return [row["image_id"] for row in await counted.limit(self._at_once).values("image_id", "count")]

    async def _retire(self, image_id: uuid.UUID, before: datetime.datetime) -> int:
        async with database.transaction():
            image = await locked(image_id)
            return 0 if image is None else await retire(image, self._limits, replaced_before=before)


async def named_keys(image_ids: Sequence[uuid.UUID]) -> set[str]:
    """Return the keys of all originals that rows of these images name; what is being stored is not yet among them."""
    ids = list(set(image_ids))
    images = await Image.filter(id__in=ids).only("id", "bytes_version")
    versions = await ImageVersion.filter(image_id__in=ids).only("id", "image_id", "bytes_version")
    return {image.original_key for image in images} | {row.original_key for row in versions}


async def _restore(viewer: Viewer, image_id: uuid.UUID, version: int, limits: VersionLimits) -> Image:
    image = await locked(image_id)
    error = refusal(viewer, image)
    if image is None or error is not None:
        raise error or NotFound("There is no such image.")
    if image.state is ImageState.TRASHED:
        raise Conflict("This image is in the trash; restore it first.")
    row = await bytes_of(image, version)
    if row is None:
        raise NotFound(f"The bytes of version {version} are not there.", field=["version"])
    if isinstance(row, ImageVersion) and row.bytes_version != image.bytes_version:
        await check_unique(image, row.sha256)
        await succeed(image, NewBytes.again(await ImageVersion.get(id=row.id)), limits)
    return image


async def _refuse_copy(image_id: uuid.UUID, version: int) -> None:
    """Tell which image was given the same bytes while this one was to get them back."""
    image = await Image.get_or_none(id=image_id)
    row = None if image is None else await bytes_of(image, version)
    if image is not None and row is not None:
        await check_unique(image, row.sha256)
